"""A filed photo's facts: their model, and their canonical JSON."""
