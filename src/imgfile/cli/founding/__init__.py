"""Asking for what a practice's vault is founded with, and who joins it: questions, what they mean, the passphrase."""
