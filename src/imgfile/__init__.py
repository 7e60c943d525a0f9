"""imgfile files a clinical photograph into the patient's record, proves the filed copy, then erases the source.

A photo travels one way, and every step hands the next a value that only that step can make:

    source -> Photo -> MediaType -> Stripped -> Filing -> Verified -> Release -> Erasure
             read     identify     strip+check  answers   sealed,     audited   overwritten,
                                                          read back             with evidence

The rooms, top to bottom; each imports only rooms below it:

    cli/               words in, words out: one file a command, errors become exit codes
    acts/              what people do, one act a file, each opening with its ordered rules
    terminal/          asking, tables, NDJSON, progress, sanitising
    vault/             layout, commit, read back, verify, roster, audit trail
    mail/              find photos in mailbox exports and plan their removal
    erase/             overwrite in place with evidence; the copies a desktop leaves behind
    images/            identify by bytes, strip by allow-list, check independently
    staging.py         several new files that become durable together
    record_state/      what this computer saw of a record, and which entries of the trail it has begun
    draft_notes.py     what a killed run left under a temporary name, known as ours
    practice_state/    what this computer keeps of its place in a practice: its keys, and what it asked, began and named
    kept_notes.py      what this computer keeps of a vault's notes, to put back after a restore
    station.py         this computer in one vault: what it signs with, what it filed and has begun to erase
    state.py           which vaults this account trusts, what it saw of each, and where that lies
    notes.py           signed notes
    sealing/           the age v1 format
    beneath.py         what lies beneath a folder, reached without leaving it
    replacing.py       a new file in the place of one that others may change
    files.py           the file system
    device.py          what a disk says of a file: which it is, where it lies, what memory still holds
    renaming.py        names given in one step where there are no hard links
    process_lock.py    one process at a time
    clinical/          identifiers, vocabulary, rules, questions, the record's schema, the proof types
    canonical_json.py  JSON with one spelling, as it is signed and sealed
    counts.py          how many there are, with the word for it
    errors.py          the closed list of what can go wrong
    frozen.py          classes of facts, made without compiling
"""

__version__ = "0.1.0"
