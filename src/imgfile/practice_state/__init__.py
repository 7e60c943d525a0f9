"""What this computer keeps of its place in a practice: its keys, and what it asked, began, named and tested."""
