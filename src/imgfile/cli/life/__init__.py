"""What the commands share that show a filed record, and add to it."""
