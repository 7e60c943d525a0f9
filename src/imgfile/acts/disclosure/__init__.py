"""A filed photo leaves the vault for a moment or for good: opened, entered in the trail, shown or exported."""
