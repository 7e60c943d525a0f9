"""Saying what copies were written, and where they are in the record: of export, handed and ingest."""
