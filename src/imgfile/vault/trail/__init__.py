"""The audit trail, and the permissions to erase that only it can give."""
