"""Small pictures for the terminal, made in memory and kept nowhere."""
