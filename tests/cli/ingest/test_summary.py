"""The summary of a run: each thing once, and what is left to do."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from imgfile.acts.erasure.mailbox_copies import Copy
from imgfile.acts.erasure.sources import Attempt
from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import Cleared, Ready
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import MailPart
from imgfile.cli.ingest.summary import Summary, remaining, several_summary, summary_facts
from imgfile.clinical.proofs import Erasure, Evidence
from imgfile.errors import Busy, NotWritable, SourceRemains
from imgfile.mail.mailbox import Export
from kit.mail import mailboxes
from kit.terminal.outcomes import GONE, filed
from kit.vault.erasure import PHOTO, release, removal


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


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ([{}], "1 filed; the source is still there."),
        ([{"is_new": False}, {}], "1 filed; the source is still there. 1 filed already."),
        ([{"is_item": True}], "1 put into the inbox; the source is still there."),
        ([{"is_item": True, "is_new": False}], "1 put into the inbox already."),
        (
            [{"is_item": True, "erasure": GONE}, {"erasure": GONE}],
            "1 filed and erased (E3). 1 put into the inbox and erased (E3).",
        ),
    ],
)
def test_what_waits_in_the_inbox_is_not_said_to_be_filed(outcomes: list[dict[str, Any]], words: str) -> None:
    """Nobody has filed it yet: a clinician does."""
    summary = Summary([(Item("a.jpg"), replace(filed(), **each)) for each in outcomes])
    assert next(iter(several_summary(summary))) == words


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
