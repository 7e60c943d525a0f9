"""The age v1 format (age-encryption.org/v1): bytes and streams, no files."""
