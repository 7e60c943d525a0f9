"""The life of a record after it was filed: what is added to it, and how it ends. One act a file."""
