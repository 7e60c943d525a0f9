"""`imgfile destroy`: two persons destroy records, one file a command."""
