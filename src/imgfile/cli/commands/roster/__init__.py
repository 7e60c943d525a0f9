"""`imgfile roster`: the signed list of who and what belongs to a vault, one file a command."""
