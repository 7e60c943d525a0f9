"""What objects are sealed to, and the keyed names of patients and photos."""
