"""The parts of a MIME message: walking, decoding, and pictures written into text."""
