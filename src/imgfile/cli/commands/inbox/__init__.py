"""`imgfile inbox`: photos that wait for a clinician."""
