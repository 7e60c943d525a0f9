"""`imgfile vault`: the vaults that this computer knows, one file a command."""
