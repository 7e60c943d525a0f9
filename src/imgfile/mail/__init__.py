"""Mailbox exports: find photos, and plan taking them out in place."""
