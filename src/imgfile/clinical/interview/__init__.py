"""From questions to answers: what is asked, how it is read, derived, shown and confirmed."""
