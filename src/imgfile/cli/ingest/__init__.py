"""What `imgfile ingest` alone needs: its options, its dialogue, its run, its report and its summary."""
