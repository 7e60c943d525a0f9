"""Who and what belongs to a practice: changes of its roster, each signed by a person."""
