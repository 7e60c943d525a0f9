"""TIFF and BigTIFF."""
