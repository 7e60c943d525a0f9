"""Erasing a source with evidence, and the copies that a desktop leaves behind.

An erasure is noted durably, carried out, and judged; a torn one is finished from its note, whoever died when:

    checked, noted ──► overwritten ──► emptied ──► renamed ──► unlinked      a whole file   (`whole_file`)
    checked, noted ──► overwritten, read again                               a region       (`region`)

`resume` finishes either. The caller drops the note after the evidence is in the audit trail.
"""
