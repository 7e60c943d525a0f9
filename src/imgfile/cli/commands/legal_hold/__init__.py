"""`imgfile legal-hold`: keep records from being destroyed, one file a command."""
