"""What people do, one act a file or folder; each opens with its ordered rules.

    ingest/          file photos, prove the filed copies, then erase the sources
      sources/       what ingest and scan are given: finding photos in files, folders and mailboxes, and reading them
      erasure/       what goes once a photo is filed: its source, further copies, a whole export
      tables/        the worksheets that scan writes and ingest reads
    scan.py          look through mailboxes and folders, changing nothing
    inbox/           photos that wait for a clinician: list, look, accept, reject
    lift.py          lift a safeguarding hold
    life/            a record after it was filed: amend, agree, withdraw, hold, move, rekey, destroy
    list.py          list what is filed
    finding/         find filed photos by what their sealed facts say
    disclosure/      show, view and export a filed photo: opened, entered in the trail, handed out
    init.py          found a practice's vault
    practice/        who and what belongs to it: join, approve, leave, recover, policy
    restore/         after an older backup was restored: put back, or accept what is lost
    moved.py         a vault, and `moved_keys.py` its keys, that lie elsewhere now; `nearby.py` offers those near by
    check/           how a set-up stands, point by point
    verify.py        check that everything filed is there and unaltered
    audit.py         report what the trail says
    strip.py         strip and inspect photos without a vault; `workers.py` shares that among processes
    demonstration/   what `imgfile demo` plays: a mailbox, a photo, and checks of what it claims

Values that several acts share: `options.py`, what a run is asked to do; `outcome.py`, what became of each photo;
`signed_form.py`, a form as it is read; `filed_mails.py`, which mails wait to be ticked off (`look_up_mails.py`).
"""
