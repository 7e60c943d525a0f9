"""What became of a record after it was filed: what was added to it, and its end; each a signed note of its own."""
