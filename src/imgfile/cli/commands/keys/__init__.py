"""`imgfile keys`: passphrases and the recovery key, one file a command."""
