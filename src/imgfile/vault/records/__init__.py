"""Filed photos: committed, found, and opened."""
