"""Every way in which a photo leaves a mailbox: its mail lies in the account still, and waits to be ticked off.

| what becomes of the photo | its mail |
| --- | --- |
| filed, into a record or the inbox; filed already, its stored copy proven | listed |
| described, or returned with its erasure asked | listed, with that word: no record has its reference |
| kept: --keep-source, returned without erasure, set aside, on hold, refused, skipped | not listed |
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from imgfile.acts.filed_mails import MailMemory
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.clinical.vocabulary import Disposition
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.vault.filings import MOLE, flags
from kit.vault.ingest_runs import CONFIRMED, KEPT, Attendant, parts_of, run_of
from kit.vault.practice import Practice

INBOX = Wishes(allow_test=True, is_confirmed=True, into_inbox=True)
DESCRIBE = ["1", "n", "n", MOLE["patient"], "Confluent erythema with satellite lesions", "not needed", "4321"]
RETURN = ["2", "n", "y", "n", "", "sent unasked, not needed", "4321"]
LISTED: dict[str, tuple[Wishes, list[str], Disposition | None]] = {
    "filed": (CONFIRMED, [], Disposition.FILE),
    "filed into the inbox": (INBOX, [], Disposition.FILE),
    "filed and kept": (KEPT, [], None),
    "described": (CONFIRMED, DESCRIBE, Disposition.DESCRIBE_AND_DESTROY),
    "returned, erased here too": (CONFIRMED, RETURN, Disposition.REJECT_RETURN),
    "returned": (CONFIRMED, ["2", "n", "n"], None),
    "set aside": (CONFIRMED, ["3"], None),
    "on hold": (CONFIRMED, ["4"], None),
    "a concern": (CONFIRMED, ["1", "y"], None),
    "refused": (CONFIRMED, ["refused"], None),
}


@pytest.mark.parametrize("way", LISTED)
def test_a_mail_that_lost_a_photo_waits_to_be_ticked_off(practice: Practice, tmp_path: Path, way: str) -> None:
    """Whatever became of the photo, and by its reference, whether a record has that or not."""
    wishes, typed, how = LISTED[way]
    mail = mailboxes.mail(mailboxes.text(), mailboxes.photo(photos.phone_jpeg(), kind="image/jpeg"))
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mail, held)
        refused = typed == ["refused"]
        somebody = None if not typed or refused else Attendant({"patient": ["d"], "not_filing": list(typed)})
        answers = {} if somebody else flags({**MOLE, **({"objection": "yes"} if refused else {})})
        list(ingest(run_of(practice, wishes, somebody), [Request(part, answers)]))
    memory = MailMemory(practice.reopened().station)
    assert [each.how for each in memory.waiting()] == ([how] if how else [])
    if how:
        (each,) = memory.waiting()
        with memory.station.locked():
            assert memory.tick_off(memory.named([each.reference[:4]])) == [each]
        assert memory.waiting() == []


def test_a_copy_that_is_proven_and_erased_leaves_a_mail_too(practice: Practice, tmp_path: Path) -> None:
    """The same photo in a second mail: of each of the two it is said."""
    photo = mailboxes.photo(photos.phone_jpeg(), kind="image/jpeg")
    for number in (1, 2):
        with ExitStack() as held:
            mail = mailboxes.mail(mailboxes.text(), photo, number=number)
            (part,) = parts_of(tmp_path / f"Inbox{number}", mail, held)
            list(ingest(run_of(practice, CONFIRMED), [Request(part, flags(MOLE))]))
    waiting = MailMemory(practice.reopened().station).waiting()
    assert len({each.message for each in waiting}) == 2
    assert len({each.record for each in waiting}) == 1
