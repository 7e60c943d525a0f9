"""Worksheets: written by scan, read by ingest."""
