"""Asking for what a practice's vault is founded with: the questions, what they mean, and the passphrase."""
