"""How a computer, and a person on it, come to belong to a vault: asking, judging what was asked, approving."""
