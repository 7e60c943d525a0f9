"""What runs in the process that decodes, and nowhere else: it imports one format's decoder, and gives up all else."""
