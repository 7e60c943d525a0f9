"""Handing a filed photo to another system: its page and bar code, the lines to paste, the pack of all of them."""
