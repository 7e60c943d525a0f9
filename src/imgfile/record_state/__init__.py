"""What this computer keeps of records that were added to: what it saw of them, and which entries it has begun."""
