"""Erasing a source with evidence, and the copies that a desktop leaves behind."""
