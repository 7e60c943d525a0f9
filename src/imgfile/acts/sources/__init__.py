"""Where photos come from: found, read, and named."""
