"""After an older backup of a vault was restored: what is still known is put back, what is lost accepted by name."""
