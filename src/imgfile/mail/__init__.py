"""Mailbox exports: find photos, and plan taking them out in place.

    path ── export.open_export ──► Export ── scan ──► Attachment ── decode ──► bytes
                                                          └── removal.plan_removal ──► patches, done by `erase`

Nothing here writes. `folders` finds the files of a mail program's folder, `containers` tells what each is, `mapping` is
a file as bytes. In a text mailbox `mbox` finds the messages, `walk` their parts, `headers`, `declared`, `words`,
`encodings` and `bodies` how mail spells things. `tnef`, `compound` and `msg` read Outlook's own files, `pst` its data
files, which `pst_layouts`, `pst_coding`, `pst_blocks` and `pst_properties` take apart; what all of these keep, `mapi`,
`objects` and `rtf` know. `search` goes through all of it, and into what lies wrapped in another (`wrappings`, `coded`).
`removal`, `refill` and `tombstone` plan what takes a photo's place, `residue` looks for second copies, `locks` keeps
mail programs out.
"""
