"""Erasing the sources of what is filed, and finishing what an earlier run began."""
