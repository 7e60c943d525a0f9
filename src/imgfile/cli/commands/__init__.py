"""One file a command, by the name of the command."""
