"""Mailbox exports: find photos, and plan taking them out in place.

    path ── mailbox.open_export ──► Export ── scan ──► Attachment ── decode ──► bytes
                                                           └── removal.plan.plan_removal ──► Removal, done by `erase`

Nothing here writes. `folders` finds the files of a mail program's folder, `detect` says what each is, `view` is a file
as bytes. In a text mailbox `mbox` and `text_mailbox` find the messages, `headers` and `header_text` read their fields,
`mime` their parts, `coding` what these are written in. `outlook` reads Outlook's own files, `packed` archives and
documents within one `budget`, `enclosed` what lies in any of them. `search` goes through all of it, and into what lies
wrapped in another (`wrapping`); `model` is what it finds, `verdict` what it makes of every other part, `kinds` what a
file is that is no picture. `pictures`, `data_uri`, `smime` and `tombstone` know what a body may be.
`removal` plans what takes a photo's place and looks for second copies, `locks` keeps mail programs out.
"""
