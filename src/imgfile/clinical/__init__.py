"""What imgfile knows of its field: identifiers, consent, rules, questions, the record, and the proofs."""
