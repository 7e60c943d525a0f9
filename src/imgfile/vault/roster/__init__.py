"""Who and what belongs to a vault."""
