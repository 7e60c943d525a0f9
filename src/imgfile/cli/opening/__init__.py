"""What opening a vault may have to say first: that it was moved, and what the recovery key signed."""
