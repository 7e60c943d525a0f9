"""One package a format: each strips by an allow-list of its own, and is imported when a photo of it is met."""
