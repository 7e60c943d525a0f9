"""What `verify` compares, one part of the vault a file. Nothing here needs a private key, but what `verify` opens."""
