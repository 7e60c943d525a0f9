"""`imgfile mail`: the mails that photos were filed from, until somebody ticks them off, one file a command."""
