"""A real spreadsheet program, without a screen."""
