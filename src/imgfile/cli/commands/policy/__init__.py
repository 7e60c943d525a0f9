"""The practice's policy: what it says, whether a file can be one, changing it, and the page for patients."""
