"""The vault: layout, commit, read back, verify, roster, audit trail."""
