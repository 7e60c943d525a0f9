"""The closing report: each thing once, and what is left to do."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from imgfile.acts.erasure.mailbox_copies import Copy, Residue
from imgfile.acts.erasure.sources import Attempt
from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import Cleared, Filed, Ready
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import MailPart
from imgfile.cli.ingest.report import several_lines
from imgfile.cli.ingest.summary import Summary, remaining, several_summary, summary_facts
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import Busy, NotWritable, SourceRemains, SourceUnavailable
from imgfile.mail.mailbox import Export, open_export
from imgfile.mail.removal.place import Lies, Where
from kit.mail import mailboxes
from kit.vault.erasure import PHOTO, release, removal

GONE = Erasure(Evidence.E3, ("Backups hold it.",), ("2 thumbnails",))


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Give a mailbox."""
    (tmp_path / "Inbox").write_bytes(mailboxes.mail(mailboxes.text()))
    with open_export(tmp_path / "Inbox") as opened:
        return opened


def filed(**more: object) -> Filed:
    """Make an outcome."""
    return Filed(**({"reference": "7f3k-q2ma", "is_new": True, "reached": "device"} | more))  # type: ignore[arg-type]


def test_one_line_says_all_of_one_photo_of_several() -> None:
    """As what it is filed, what it follows, and what became of its source."""
    item = Item("a.jpg")
    told = {
        "filed as 7f3k-q2ma, read back, erased (E3), 2 thumbnails": filed(erasure=GONE),
        "filed as 7f3k-q2ma, follows b81d-07we, read back": filed(follows="b81d-07we"),
        "filed already as 7f3k-q2ma, proven again": filed(is_new=False, reached="manifest"),
        "filed already as 7f3k-q2ma, not erased": filed(is_new=False, reached="", remains=SourceRemains("x")),
        "filed as 7f3k-q2ma, read back, but another copy of its blocks remains on this disk (E0)": filed(
            erasure=Erasure(Evidence.E0)
        ),
    }
    for words, outcome in told.items():
        assert list(several_lines(item, outcome)) == [f"a.jpg: {words}."]


def test_what_is_out_of_reach_is_said_once_for_all(export: Export) -> None:
    """However many photos it is true of."""
    summary = Summary([(Item("a.jpg"), filed(erasure=GONE)), (Item("b.jpg"), filed(erasure=GONE))])
    assert list(several_summary(summary)) == ["2 filed and erased (E3).", "Out of reach: Backups hold it."]
    summary.cleared.append(Cleared(export.path, erasure=GONE))
    assert list(several_summary(summary))[1:] == [
        "Erased all of Inbox: overwritten in place, same disk blocks (E3). And: 2 thumbnails.",
        "Out of reach: Backups hold it.",
    ]
    assert list(several_summary(Summary([(Item("a.jpg"), Ready())]))) == ["1 ready. Nothing was changed."]
    assert list(several_summary(Summary([]))) == ["nothing to file."]


def test_what_is_left_in_a_mailbox_is_told_by_message_and_what_to_do_about_it(export: Export) -> None:
    """Many places of one message are one; what no message holds, by its byte."""
    places = [Where(at, Lies.IN_MESSAGE, 3) for at in (5, 9)]
    places += [Where(20, Lies.IN_DELETED, 4), Where(3_000, Lies.OUTSIDE), *(Where(at, Lies.UNTOLD) for at in range(9))]
    (error,) = remaining(Summary(residue=[Residue(export, tuple(places))]))
    assert error.message.endswith(
        "taken out: in message 3, in message 4, which is deleted and still in the file, outside any message, at byte "
        "3,000, in a file that is no text, at byte 0, in a file that is no text, at byte 1, and 7 more places."
    )
    assert error.hint.splitlines() == [
        "File the message's photo too, or take the very same one out with --erase-copies.",
        "Compact the folder in the mail program: that drops what is deleted.",
    ]
    unknown = Residue(export, unknown=SourceUnavailable("it is away.", "Look for it."))
    (error,) = remaining(Summary(residue=[unknown]))
    assert "further copies is not known: it is away." in error.message
    assert summary_facts(Summary(residue=[unknown]), 15)["residue"] == [
        {"source": str(export.path), "slug": "source", "exit": 18, "message": "it is away."}
    ]


def test_a_copy_or_an_export_that_could_not_go_is_told_and_15(export: Export) -> None:
    """But 19 where it is gone and the trail does not say so yet."""
    export.path.write_bytes(mailboxes.mail(mailboxes.photo(mailboxes.png(1, 20_000))))
    with ExitStack() as held:
        (source,) = find([str(export.path)], Scope(), held).sources
    assert isinstance(source, MailPart)
    copy = Copy(source, release(PHOTO), removal())
    summary = Summary([(Item("Inbox"), filed())], copies=[(copy, Attempt(remains=Busy("busy.")))])
    assert [error.message for error in remaining(summary)] == ["busy."]
    assert summary.messages() == []
    copies = summary_facts(summary, 15)["copies"]
    assert isinstance(copies, list)
    assert (copies[0]["part"], copies[0]["erased"], copies[0]["slug"]) == ("1/1", False, "busy")
    summary.cleared.append(Cleared(export.path, unfiled=2, remains=SourceRemains("kept.")))
    assert summary.tally.exit_code == 15
    summary.cleared = [Cleared(export.path, erasure=GONE, remains=NotWritable("full."))]
    assert summary.tally.exit_code == 19
    summary.cleared = [Cleared(export.path, erasure=Erasure(Evidence.E0))]
    assert summary.tally.exit_code == 15
