"""Completing what is typed: what may follow a half-typed line, and how each shell asks."""
