"""The commands that need no vault: explain, inspect, strip, demo."""
