"""Who acts at this computer, as far as that is certain before an identity is opened."""
