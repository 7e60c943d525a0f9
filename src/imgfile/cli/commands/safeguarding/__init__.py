"""The commands about photos on a safeguarding hold."""
