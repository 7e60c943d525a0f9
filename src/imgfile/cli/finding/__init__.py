"""The words of `imgfile find`: what is looked for, by flags or at the terminal, and what was found."""
