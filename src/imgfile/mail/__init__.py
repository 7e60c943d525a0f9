"""Mailbox exports: find photos, and plan taking them out in place.

    path ── export.open_export ──► Export ── scan ──► Attachment ── decode ──► bytes
                                                          └── removal.plan_removal ──► Patch, done by `erase`

Nothing here writes. `mapping` is the file as bytes, `mbox` its messages, `walk` their parts, `search` what the
parts hold, `headers`, `words` and `encodings` how mail spells it; `removal`, `refill` and `tombstone` plan what
takes a photo's place, `residue` looks for second copies, `locks` keeps mail programs out.
"""
