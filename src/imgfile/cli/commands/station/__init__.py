"""`imgfile station`: the computers of the practice, one file a command."""
