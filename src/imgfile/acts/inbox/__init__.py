"""The inbox: photos that wait for a clinician. One act a file."""
