"""Planning how a photo is taken out of a mailbox in place; nothing here writes."""
