"""Consent to a filed photo: what was agreed, agreed since, withdrawn, and due for review."""
