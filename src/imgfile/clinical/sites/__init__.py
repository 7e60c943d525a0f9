"""Body sites: which count as intimate, which never do, and which somebody must be asked about (R10)."""
