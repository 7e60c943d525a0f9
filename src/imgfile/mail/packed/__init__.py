"""Files that hold other files, beside Outlook's: what lies in them, opened within bounds and in memory."""
