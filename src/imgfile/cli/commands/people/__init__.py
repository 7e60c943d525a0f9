"""`imgfile people`: who belongs to the practice, one file a command."""
