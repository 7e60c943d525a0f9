"""Every item that was named becomes a request or has an outcome already, in its order."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from imgfile.acts.erasure.sources import Attempt, Finished
from imgfile.acts.ingest.plan import Item, find_cleared, find_rows, outcomes, plan_named, plan_table
from imgfile.acts.options import Request
from imgfile.acts.outcome import Cleared, Failed, Filed, Outcome, Ready, Skipped, Undecided
from imgfile.acts.sources.found import Found, Mailbox, Scope, Sighting
from imgfile.acts.sources.source import MailPart, Piped, Source
from imgfile.acts.tables.read import Action, Row
from imgfile.clinical.proofs import Digest, RecordId
from imgfile.device import Mark
from imgfile.erase.note import PendingErasure, WholeFile
from imgfile.errors import AnswerInvalid, Error, SourceInUse, SourceUnavailable, UnreadableMail, UsageError
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.typed_answers import picture
from kit.vault.filings import MOLE, flags
from kit.vault.ingest_runs import local, parts_of

ANSWERS = flags(MOLE)
DIGEST, OTHER_DIGEST = Digest("ab" * 32), Digest("cd" * 32)
FILED = Filed("7f3k-q2ma", is_new=True, reached="device")
ABSENT = SourceUnavailable("it is not there.")
TODAY = date(2026, 11, 28)


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """Keep mailboxes open for the test."""
    with ExitStack() as stack:
        yield stack


def photo(folder: Path, name: str) -> Path:
    """Put a photo into a folder."""
    path = folder / name
    path.write_bytes(photos.phone_jpeg())
    return path


def two_parts(folder: Path, held: ExitStack) -> list[MailPart]:
    """Put a mailbox with two photos into a folder."""
    return parts_of(folder / "Inbox", mailboxes.mail(mailboxes.text(), picture(1), picture(2)), held)


def found(*sources: Source, failures: Sequence[tuple[str, Error]] = ()) -> Found:
    """Have found these."""
    return Found([Sighting(source) for source in sources], failures=list(failures))


def finished(path: Path, outcome: Filed | Failed | Cleared | None) -> Finished:
    """Have finished the erasure of a whole file."""
    pending = PendingErasure(
        path=path,
        mark=Mark(2049, 77, 12, 99),
        size=1000,
        filed=((RecordId("cd" * 16), DIGEST),),
        original=DIGEST,
        target=WholeFile.chosen(1000),
        layout=None,
        sectors=b"8 bytes." * 2,
    )
    return Finished(pending, Attempt(), outcome)


# --- what was named -----------------------------------------------------------------------------------------


def test_each_photo_that_was_found_is_a_request_with_the_answers_given(tmp_path: Path) -> None:
    """In the order in which they were found; outside a table there is no row."""
    sources = [local(photo(tmp_path, name)) for name in ("b.jpg", "a.jpg")]
    items = plan_named(found(*sources), {}, [str(tmp_path)])
    assert items == [Item(source.shown, Request(source, {})) for source in sources]
    assert [(item.row, item.source, item.outcome) for item in items] == [(0, source, None) for source in sources]
    (one,) = plan_named(found(sources[0]), ANSWERS, [str(tmp_path)])
    assert one.request == Request(sources[0], ANSWERS)
    assert plan_named(found(), {}, [str(tmp_path)]) == []


def test_what_could_not_be_opened_has_failed_behind_the_photos(tmp_path: Path) -> None:
    """By the name that was given, without a source."""
    source = local(photo(tmp_path, "a.jpg"))
    first, last = plan_named(found(source, failures=[("gone.jpg", ABSENT)]), {}, ["gone.jpg", "a.jpg"])
    assert first.source == source
    assert last == Item("gone.jpg", outcome=Failed(ABSENT))
    assert last.source is None


def test_answers_of_one_photo_go_to_no_other(tmp_path: Path, held: ExitStack) -> None:
    """A folder, or a mailbox of several photos, was not named photo by photo."""
    first, second = (local(photo(tmp_path, name)) for name in ("a.jpg", "b.jpg"))
    with pytest.raises(UsageError) as caught:
        plan_named(found(first, second), ANSWERS, [str(tmp_path)])
    assert caught.value.message == "2 photos were found, and the answers given are for one."
    assert "--part" in caught.value.hint
    with pytest.raises(UsageError, match=r"^3 photos were found"):
        plan_named(found(first, *two_parts(tmp_path, held)), ANSWERS, [first.shown, str(tmp_path / "Inbox")])
    with pytest.raises(UsageError):
        plan_named(found(first, second), ANSWERS, [first.shown, str(tmp_path)])


def test_photos_that_were_each_named_share_what_was_given(tmp_path: Path, held: ExitStack) -> None:
    """As files, as a pipe, or as the only photo of a mailbox."""
    one = local(photo(tmp_path, "a.jpg"))
    part, _ = two_parts(tmp_path, held)
    pipe = Piped(io.BytesIO())
    items = plan_named(found(one, part, pipe), ANSWERS, [one.shown, str(tmp_path / "Inbox"), "-"])
    assert [item.request.given if item.request else None for item in items] == [ANSWERS] * 3
    assert items[2].named == "standard input"


def test_without_answers_any_number_of_photos_may_be_found(tmp_path: Path, held: ExitStack) -> None:
    """Each is asked about."""
    assert len(plan_named(found(*two_parts(tmp_path, held)), {}, [str(tmp_path / "Inbox")])) == 2


# --- what an earlier run had begun --------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [FILED, Failed(ABSENT)])
def test_a_source_that_is_gone_has_the_outcome_of_the_run_that_this_one_finished(
    tmp_path: Path, outcome: Filed | Failed
) -> None:
    """It was filed, though nobody saw it."""
    gone = tmp_path / "gone.jpg"
    done = [finished(tmp_path / "other.jpg", Failed(ABSENT)), finished(gone, outcome)]
    error = SourceUnavailable("it is not there at all.")
    (item,) = plan_named(found(failures=[(str(gone), error)]), {}, [str(gone)], done)
    assert item.outcome == outcome
    (item,) = plan_named(found(failures=[(str(gone), error)]), {}, [str(gone)])
    assert item.outcome == Failed(error)
    torn = UnreadableMail("it is torn.")
    (item,) = plan_named(found(failures=[(str(gone), torn)]), {}, [str(gone)], done)
    assert item.outcome == Failed(torn)


def test_an_erasure_that_could_not_be_finished_accounts_for_nothing(tmp_path: Path) -> None:
    """The photo may be there still."""
    gone = tmp_path / "gone.jpg"
    (item,) = plan_named(found(failures=[(str(gone), ABSENT)]), {}, [str(gone)], [finished(gone, None)])
    assert item.outcome == Failed(ABSENT)


def test_an_export_that_is_gone_by_now_is_cleared_and_no_item(tmp_path: Path) -> None:
    """It is reported with the exports."""
    gone, other = tmp_path / "mails.zip", tmp_path / "other.zip"
    cleared = Cleared(gone, ("7f3k",))
    done = [finished(other, FILED), finished(gone, FILED), finished(gone, cleared)]
    assert find_cleared(str(gone), ABSENT, done) is cleared
    assert find_cleared(str(other), ABSENT, done) is None
    assert find_cleared(str(gone), UnreadableMail("it is torn."), done) is None
    assert find_cleared(str(gone), ABSENT, []) is None
    assert plan_named(found(failures=[(str(gone), ABSENT)]), {}, [str(gone)], done) == []


# --- a table's rows -----------------------------------------------------------------------------------------


def row(number: int, source: Path | str, action: Action = Action.FILE, *, part: str = "", digest: str = "") -> Row:
    """Make a row of a table."""
    return Row(number, action, str(source), part, digest, ANSWERS)


def nothing(_row: Row) -> None:
    """Recognise no photo."""


def planned(rows: Sequence[Row], held: ExitStack, done: Sequence[Finished] = ()) -> list[Item]:
    """Find what rows name, and plan a run over them."""
    return plan_table(rows, find_rows(rows, Scope(with_logos=True), held), finished=done, recall=nothing, today=TODAY)


def test_each_row_is_an_item_with_its_number(tmp_path: Path, held: ExitStack) -> None:
    """One to file with its answers and digest; those to be left have their outcomes."""
    path = photo(tmp_path, "a.jpg")
    rows = [
        row(2, tmp_path / "never looked at.jpg", Action.SKIP),
        row(3, path, digest=DIGEST),
        row(4, tmp_path / "nor this.jpg", Action.UNDECIDED),
    ]
    skipped, filing, undecided = planned(rows, held)
    assert skipped == Item(rows[0].source, outcome=Skipped(), row=2)
    assert filing == Item(str(path), Request(local(path), ANSWERS, DIGEST), row=3)
    assert undecided == Item(rows[2].source, outcome=Undecided(), row=4)
    (undigested,) = planned([row(2, path)], held)
    assert undigested.request
    assert undigested.request.expected is None


def test_only_what_is_to_be_filed_is_looked_for_and_each_file_once(tmp_path: Path, held: ExitStack) -> None:
    """Its photos are of one export, however the rows spell it."""
    two_parts(tmp_path, ExitStack())
    (tmp_path / "by another name").hardlink_to(tmp_path / "Inbox")
    rows = [
        row(2, tmp_path / "Inbox", part="1/2"),
        row(3, tmp_path / "Inbox", part="1/3"),
        row(4, tmp_path / "by another name", part="1/2"),
        row(5, tmp_path / "gone", Action.SKIP),
        row(6, tmp_path / "gone.jpg"),
    ]
    by_name = find_rows(rows, Scope(), held)
    assert list(by_name) == [str(tmp_path / name) for name in ("Inbox", "by another name", "gone.jpg")]
    assert by_name[rows[0].source] is by_name[rows[2].source]
    assert len(by_name[rows[0].source].sources) == 2
    assert [name for name, _ in by_name[rows[4].source].failures] == [rows[4].source]


@pytest.mark.parametrize("name", ["with a null\0.jpg", "x" * 300])
def test_a_name_that_cannot_be_looked_at_fails_when_it_is_opened(name: str, tmp_path: Path, held: ExitStack) -> None:
    """As one row's outcome, and no other's."""
    item, other = planned([row(2, name), row(3, photo(tmp_path, "a.jpg"))], held)
    assert isinstance(item.outcome, Failed)
    assert isinstance(item.outcome.error, SourceUnavailable)
    assert other.request


def test_a_photo_of_a_mailbox_is_named_by_its_part(tmp_path: Path, held: ExitStack) -> None:
    """Without one it must be the only photo there."""
    first, second = two_parts(tmp_path, ExitStack())
    inbox = tmp_path / "Inbox"
    items = planned([row(2, inbox, part=second.part), row(3, inbox), row(4, inbox, part="9/9")], held)
    assert isinstance(items[0].source, MailPart)
    assert items[0].source.part == second.part != first.part
    assert isinstance(items[1].outcome, Failed)
    assert items[1].outcome.error.message == f"{inbox} holds 2 photos, and the row names none of them."
    assert items[1].outcome.error.hint == "Fill in: part"
    assert isinstance(items[2].outcome, Failed)
    assert isinstance(items[2].outcome.error, UnreadableMail)
    assert items[2].outcome.error.message == f"{inbox} has no photo at part 9/9."
    (only,) = parts_of(tmp_path / "Sent", mailboxes.mail(picture(3)), ExitStack())
    (item,) = planned([row(2, tmp_path / "Sent")], held)
    assert isinstance(item.source, MailPart)
    assert item.source.part == only.part


def test_one_photo_is_not_two_rows(tmp_path: Path, held: ExitStack) -> None:
    """However its path is spelled: it belongs to one patient. Two parts of a mailbox are two photos."""
    path = photo(tmp_path, "a.jpg")
    (tmp_path / "b.jpg").hardlink_to(path)
    two_parts(tmp_path, ExitStack())
    inbox = tmp_path / "Inbox"
    rows = [
        row(2, path), row(3, f"{tmp_path}/./a.jpg"), row(4, tmp_path / "b.jpg"), row(5, photo(tmp_path, "c.jpg")),
        row(6, inbox, part="1/2"), row(7, inbox, part="1/3"), row(8, inbox, part="1/2"),
    ]  # fmt: skip
    items = planned(rows, held)
    assert [item.row for item in items if item.request] == [2, 5, 6, 7]
    for item in (items[1], items[2], items[6]):
        assert isinstance(item.outcome, Failed)
        assert isinstance(item.outcome.error, AnswerInvalid)
        (problem,) = item.outcome.error.problems
        assert (problem.question, problem.flag) == ("source", "source")
        assert problem.message == "is the photo of an earlier row"


# --- rows whose photos are gone -----------------------------------------------------------------------------


def test_a_row_whose_source_is_gone_is_recognised_as_filed(tmp_path: Path, held: ExitStack) -> None:
    """A table that is run again comes to an end; what is recognised counts before what an earlier run had begun."""
    gone = tmp_path / "gone.jpg"
    rows = [row(2, gone, digest=DIGEST)]
    recalled: list[Row] = []

    def recall(wanted: Row) -> Outcome:
        recalled.append(wanted)
        return FILED

    by_name = find_rows(rows, Scope(), held)
    (item,) = plan_table(rows, by_name, finished=[finished(gone, Failed(ABSENT))], recall=recall, today=TODAY)
    assert item == Item(str(gone), outcome=FILED, row=2)
    assert recalled == rows


def test_a_part_that_is_gone_from_its_mailbox_is_recognised_too(tmp_path: Path, held: ExitStack) -> None:
    """The mailbox is there, and could be opened."""
    two_parts(tmp_path, ExitStack())
    rows = [row(2, tmp_path / "Inbox", part="1/9")]
    by_name = find_rows(rows, Scope(), held)
    (item,) = plan_table(rows, by_name, recall=lambda _row: FILED, today=TODAY)
    assert item.outcome == FILED


def test_what_is_there_and_cannot_be_had_just_now_is_not_gone(tmp_path: Path) -> None:
    """A mailbox in use may hold the photo still: nothing is looked for in the vault."""
    path = photo(tmp_path, "Inbox")
    in_use = SourceInUse("it is in use.")
    box = Mailbox(path, str(path), "mbox")
    for mailboxes_found in ([], [box]):
        by_name = {str(path): Found(mailboxes=mailboxes_found, failures=[(str(path), in_use)])}
        (item,) = plan_table([row(2, path)], by_name, recall=lambda _row: pytest.fail("it was looked for"), today=TODAY)
        assert item.outcome == Failed(in_use)


def test_a_row_that_nobody_recognises_has_the_outcome_of_the_run_that_this_one_finished(
    tmp_path: Path, held: ExitStack
) -> None:
    """Only of the very photo that the row names, where it names one."""
    gone = tmp_path / "gone.jpg"
    done = [finished(gone, FILED)]
    for digest, is_accounted in ((DIGEST, True), ("", True), (OTHER_DIGEST, False)):
        (item,) = planned([row(2, gone, digest=digest)], held, done)
        assert (item.outcome == FILED) is is_accounted
        assert isinstance(item.outcome, Filed if is_accounted else Failed)


# --- in order -----------------------------------------------------------------------------------------------


def test_what_was_known_beforehand_and_what_is_filed_come_in_the_items_order(tmp_path: Path) -> None:
    """One outcome an item; of those that are filed, as soon as each is done."""
    source = local(photo(tmp_path, "a.jpg"))
    request = Request(source)
    known = Item("x", outcome=Skipped())
    items = [known, Item("a", request), known, Item("b", request)]
    done: list[tuple[Request, Outcome]] = [(request, FILED), (request, Ready())]
    filed = iter(done)
    merged = outcomes(items, filed)
    assert next(merged) == (known, Skipped())
    assert next(merged) == (items[1], FILED)
    assert list(merged) == [(known, Skipped()), (items[3], Ready())]
    assert next(filed, None) is None


def test_a_source_stays_out_of_an_items_repr() -> None:
    """A path may name a patient."""
    assert "Jane" not in repr(Item(os.fspath(Path("Jane Doe.jpg")), outcome=Skipped()))
