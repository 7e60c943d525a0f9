"""What a search for photos says: what was found, what was not looked into, in words and in tables."""
