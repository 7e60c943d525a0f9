"""Photographs as bytes: identify, strip by allow-list, check independently."""
