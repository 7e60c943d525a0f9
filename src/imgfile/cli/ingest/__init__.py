"""How `imgfile ingest` speaks: its dialogue, its report, its closing lines."""
