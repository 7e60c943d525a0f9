"""What becomes of a part that is no picture and is not opened."""
