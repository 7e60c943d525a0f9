"""Filing photographs; `pipeline` opens with the rules."""
