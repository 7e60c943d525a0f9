"""What this computer keeps of photos: what it saw of their records, entries it has begun, which it leaves alone."""
