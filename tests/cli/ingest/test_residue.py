"""What is left in a mailbox of photos that were taken out: each place in words, and what to do about it."""

from __future__ import annotations

from imgfile.acts.erasure.mailbox_copies import Residue
from imgfile.cli.ingest.summary import Summary, remaining, summary_facts
from imgfile.errors import SourceUnavailable
from imgfile.mail.mailbox import Export
from imgfile.mail.removal.place import Lies, Where


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
        "What cannot be taken out goes with its message: delete that in the mail program.",
        "Compact the folder in the mail program: that drops what is deleted.",
    ]
    (error,) = remaining(Summary(residue=[Residue(export, (Where(5, Lies.IN_MESSAGE, 3, "2"),))]))
    assert error.message.endswith("taken out: in message 3 (part 2).")
    assert error.hint == "File the message's photo too, or take the very same one out with --erase-copies."
    (error,) = remaining(Summary(residue=[Residue(export, (Where(5, Lies.IN_MESSAGE, 3, "2"),))], erases_copies=True))
    assert error.hint.startswith("It was left, or refused: file that message's photo too, or delete the message")
    assert "--erase-copies" not in error.hint  # it was given
    kept = Residue(export, (Where(None, Lies.IN_MESSAGE, 3, "2.1", "it lies in a zip archive"),))
    (error,) = remaining(Summary(residue=[kept]))
    assert error.message.endswith("taken out: in message 3 (part 2.1: it lies in a zip archive).")
    assert "--erase-copies" not in error.hint
    assert summary_facts(Summary(residue=[kept]), 15)["residue"] == [
        {
            "source": str(export.path),
            "lies": "in_message",
            "in_message": 3,
            "part": "2.1",
            "remains": "it lies in a zip archive",
        }
    ]
    unknown = Residue(export, unknown=SourceUnavailable("it is away.", "Look for it."))
    (error,) = remaining(Summary(residue=[unknown]))
    assert "further copies is not known: it is away." in error.message
    assert summary_facts(Summary(residue=[unknown]), 15)["residue"] == [
        {"source": str(export.path), "slug": "source", "exit": 18, "message": "it is away."}
    ]
