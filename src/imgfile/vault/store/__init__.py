"""The seam to where a vault lies: the only place that turns a name of the vault into a path."""
