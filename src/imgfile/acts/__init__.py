"""What people do, one act a file or folder; each opens with its ordered rules.

    ingest/          file photos, prove the filed copies, then erase the sources
      sources/       what ingest and scan are given: finding photos in files, folders and mailboxes, and reading them
      erasure/       what goes once a photo is filed: its source, further copies, a whole export
      tables/        the worksheets that scan writes and ingest reads
    scan.py          look through mailboxes and folders, changing nothing
    init.py          found a practice's vault
    list.py          list what is filed
    disclosure/      show, view and export a filed photo: opened, entered in the trail, handed out
    verify.py        check that everything filed is there and unaltered
    audit.py         report what the trail says
    strip.py         strip and inspect photos without a vault; `workers.py` shares that among processes
    demonstration/   what `imgfile demo` plays: a mailbox, a photo, and checks of what it claims

Values that several acts share: `options.py`, what a run is asked to do; `outcome.py`, what became of each photo.
"""
