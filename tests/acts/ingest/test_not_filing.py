"""What becomes of a photo that is not filed, by whichever door that is said; and what is on hold is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.audit import Entry, read_trails
from imgfile.acts.disclosure.open import admit
from imgfile.acts.erasure.ledger import Ledger
from imgfile.acts.erasure.sources import Going, erase_sources, finish_pending, how_aside, is_on_hold
from imgfile.acts.erasure.whole_export import agree, foresee, survey
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.lift import LOST, expect_held, holds_here, lift
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, NotFiled, Outcome, Refused, SetAside, exit_code
from imgfile.acts.scan import ON_HOLD, entry_of, with_holds
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import LocalFile, MailPart
from imgfile.acts.strip import Job, strip_all
from imgfile.clinical.dates import show_date
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.proofs import Digest
from imgfile.clinical.vocabulary import Disposition, Provenance
from imgfile.errors import Cancelled, NotWritable, RefusedByRule, SourceChanged, SourceRemains, UsageError
from imgfile.mail.mailbox import open_export
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.record_state.set_aside import SetAside as Kept
from imgfile.station import Station, known_vaults
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.roster.model import Role
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail.permissions import Disposal
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.vault.erasure import digest_of
from kit.vault.filings import MOLE, RASH, flags
from kit.vault.inbox import put
from kit.vault.ingest_runs import CONFIRMED, DRY, KEPT, Attendant, local, run_of
from kit.vault.joining import account, joined
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, clinician_of
from kit.vault.sources import entered, file_at, released, torn

DOORS = (Provenance.FLAG, Provenance.TABLE, Provenance.ANSWERS_FILE)
ALONE = {
    "safeguarding_hold": (SetAside, 17, "held"),
    "quarantine": (SetAside, 17, "waits"),
    "reject_return": (NotFiled, 0, None),
    "describe_and_destroy": (Refused, 17, None),
    "file": (Filed, 0, "filed"),
    "burn it": (Failed, 13, None),
}
"""What is said of a photo by a door where nobody is asked → its outcome, its exit code, its entry in the trail."""


@pytest.fixture
def photo(tmp_path: Path) -> LocalFile:
    """Give a photo in a file."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(photos.phone_jpeg())
    return local(path)


def outcome_of(
    practice: Practice, source: LocalFile | MailPart, wishes: Wishes = CONFIRMED, attendant: Attendant | None = None
) -> Outcome:
    """Run ingest over one photo, with every answer of an adult's."""
    given = {} if attendant else flags(MOLE)
    ((_, outcome),) = ingest(run_of(practice, wishes, attendant), [Request(source, given)])
    return outcome


def disposed(practice: Practice, source: LocalFile | MailPart, said: str, how: Provenance, wishes: Wishes) -> Outcome:
    """Run ingest over one photo whose disposition is said by a door."""
    given = {**flags(MOLE, how), "disposition": Given(said, how)}
    ((_, outcome),) = ingest(run_of(practice, wishes), [Request(source, given)])
    return outcome


def on_hold(practice: Practice, source: LocalFile | MailPart, digest: Digest, why: Why = Why.HOLD) -> None:
    """Put a photo on hold, or into quarantine."""
    until = NOON.date() if why is Why.QUARANTINE else None
    with practice.vault.station.locked():
        PhotosSetAside(practice.vault.station).add(digest, why, source.shown, at=NOON, until=until)


@pytest.mark.parametrize("how", DOORS)
@pytest.mark.parametrize("said", ALONE)
def test_where_nobody_is_asked_nothing_is_erased_by_a_disposition(
    practice: Practice, photo: LocalFile, how: Provenance, said: str
) -> None:
    """Every door that takes answers, with --yes: only what is filed leaves its source; the rest is left as it is."""
    kind, code, act = ALONE[said]
    outcome = disposed(practice, photo, said, how, CONFIRMED)
    assert isinstance(outcome, kind)
    assert exit_code(outcome) == code
    assert photo.path.exists() is (said != "file")
    acts = [name for name, _ in entered(practice, "held", "waits", "disposed", "filed")]
    assert acts == ([act] if act else [])
    assert [str(finding) for finding in verify(practice.vault)] == []


def test_a_dry_run_sets_nothing_aside(practice: Practice, photo: LocalFile) -> None:
    """It ends as the run itself would, with the deadline that would hold; and says of nothing that it was done."""
    until = NOON.date() + timedelta(days=practice.vault.policy.quarantine_days)
    would = {
        "safeguarding_hold": "it would be put on a safeguarding hold; it is left as it is.",
        "quarantine": f"it would be set aside until {show_date(until)}; it stays where it is",
    }
    for said, words in would.items():
        outcome = disposed(practice, photo, said, Provenance.FLAG, DRY)
        assert isinstance(outcome, SetAside)
        assert (exit_code(outcome), outcome.error.message.startswith(words)) == (17, True)
        assert "This was a dry run" in outcome.error.hint
    assert not practice.vault.station.has_set_aside
    disposed(practice, photo, "quarantine", Provenance.FLAG, CONFIRMED)
    known = disposed(practice, photo, "quarantine", Provenance.FLAG, DRY)
    assert isinstance(known, SetAside)
    assert known.error.message.startswith("it is set aside until")


def test_a_photo_that_waits_has_the_practices_deadline_and_filing_ends_it(practice: Practice, photo: LocalFile) -> None:
    """Said twice, the first deadline stands."""
    disposed(practice, photo, "quarantine", Provenance.TABLE, CONFIRMED)
    (waiting,) = PhotosSetAside(practice.vault.station).all()
    assert waiting.until == NOON.date() + timedelta(days=practice.vault.policy.quarantine_days)
    with practice.vault.station.locked():
        again = PhotosSetAside(practice.vault.station).add(
            digest_of(photo.path.read_bytes()), Why.QUARANTINE, "x", at=NOON, until=date(2030, 1, 1)
        )
    assert again == waiting
    assert isinstance(outcome_of(practice, photo), Filed)
    assert PhotosSetAside(practice.vault.station).all() == []


def test_what_a_hold_says_names_whom_to_call(practice: Practice, photo: LocalFile) -> None:
    """999 where the practice stated nobody; and not to forward."""
    outcome = disposed(practice, photo, "safeguarding_hold", Provenance.FLAG, CONFIRMED)
    assert isinstance(outcome, SetAside)
    assert "Do not forward" in outcome.error.hint
    assert "call 999" in outcome.error.hint
    assert outcome.error.rule == "R21"


@pytest.mark.parametrize("said", ["safeguarding_hold", "quarantine"])
def test_where_photos_go_into_the_inbox_it_is_left_alone_too(practice: Practice, photo: LocalFile, said: str) -> None:
    """Without the key that names patients and photos, which such a computer has not."""
    outcome = disposed(practice, photo, said, Provenance.FLAG, replace(CONFIRMED, into_inbox=True))
    assert isinstance(outcome, SetAside)
    assert practice.vault.station.has_set_aside
    ((act, _),) = entered(practice, "held", "waits")
    assert act in {"held", "waits"}


def test_one_that_was_sent_unasked_waits_until_somebody_spoke_to_them(practice: Practice, photo: LocalFile) -> None:
    """Refused by R11 as ever, with a deadline; consent given since files it."""
    given = flags({**MOLE, "form": "sent_unasked", "spoken_since": "not_applicable"})
    ((_, outcome),) = ingest(run_of(practice, CONFIRMED), [Request(photo, given)])
    assert isinstance(outcome, Refused)
    assert outcome.error.rule == "R11"
    (waiting,) = PhotosSetAside(practice.vault.station).all()
    assert waiting.until is not None
    assert photo.path.exists()
    assert isinstance(outcome_of(practice, photo), Filed)
    assert PhotosSetAside(practice.vault.station).all() == []


# --- at the terminal ---


def typing(*typed: str, **more: list[str]) -> Attendant:
    """Sit at the terminal: `d` at the first question, then this."""
    return Attendant({"patient": ["d", "s"], "not_filing": list(typed), **more})


@pytest.mark.parametrize(
    ("typed", "how"),
    [
        (["4"], Disposition.SAFEGUARDING_HOLD),
        (["hold"], Disposition.SAFEGUARDING_HOLD),
        (["3"], Disposition.QUARANTINE),
        (["2", "y"], Disposition.SAFEGUARDING_HOLD),
        (["1", "Y"], Disposition.SAFEGUARDING_HOLD),
    ],
)
def test_d_at_the_first_question_leads_to_what_becomes_of_it(
    practice: Practice, photo: LocalFile, typed: list[str], how: Disposition
) -> None:
    """A safeguarding concern always leads to the hold, before anything else is asked."""
    outcome = outcome_of(practice, photo, replace(CONFIRMED, is_confirmed=False), typing(*typed))
    assert isinstance(outcome, SetAside)
    assert outcome.how is how
    assert photo.path.exists()


def test_enter_goes_back_to_filing_it(practice: Practice, photo: LocalFile) -> None:
    """The first question is asked again; nothing was changed."""
    somebody = typing("")
    outcome_of(practice, photo, CONFIRMED, somebody)
    assert somebody.asked == ["patient", "patient"]
    assert not practice.vault.station.has_set_aside


def test_what_is_left_open_about_a_concern_is_on_hold(practice: Practice, photo: LocalFile) -> None:
    """The safeguard was left out twice: R9 refuses it, and every door leaves it alone from now on."""
    answers = {name: [text] for name, text in RASH.items()}
    somebody = Attendant({**answers, "safeguards": ["1 2 5", "1 2 5"]} | {"giver": ["mother phone"]})
    given = flags({name: text for name, text in RASH.items() if name != "safeguards"})
    ((_, outcome),) = ingest(run_of(practice, CONFIRMED, somebody), [Request(photo, given)])
    assert isinstance(outcome, Refused)
    assert outcome.error.rule == "R9"
    assert is_on_hold(practice.vault.station, digest_of(photo.path.read_bytes()))


# --- what is on hold, at every door ---


def test_no_door_of_ingest_touches_a_photo_on_hold(practice: Practice, photo: LocalFile) -> None:
    """Confirmed beforehand, a dry run, or somebody at the terminal: it is not even shown."""
    on_hold(practice, photo, digest_of(photo.path.read_bytes()))
    for wishes in (CONFIRMED, DRY):
        outcome = outcome_of(practice, photo, wishes)
        assert isinstance(outcome, SetAside)
        assert exit_code(outcome) == 17
    somebody = Attendant()
    assert isinstance(outcome_of(practice, photo, CONFIRMED, somebody), SetAside)
    assert somebody.shown == []
    for said in ALONE:
        assert isinstance(disposed(practice, photo, said, Provenance.TABLE, CONFIRMED), SetAside)
    assert photo.path.exists()
    assert entered(practice, "filed") == []


@contextmanager
def second_computer(practice: Practice, state: Path) -> Iterator[Practice]:
    """Be another computer of the practice, as its next command opens the vault."""
    with account(state):
        (pin,) = known_vaults()
        yield replace(practice, vault=open_vault(Station(pin)))


def test_no_computer_of_the_practice_takes_in_what_another_has_on_hold(
    practice: Practice, photo: LocalFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R21: nor does its own whose memory of it was lost; an erasure that was begun stops; lifted, it is filed."""
    state, begun = tmp_path / "second", file_at(tmp_path / "begun.jpg", photos.png(photos.pixels(40, 30)))
    joined(practice, state)
    practice = replace(practice, vault=practice.reopened())
    with second_computer(practice, state) as second:
        release = released(second, begun.path.read_bytes())
        with second.vault.station.locked():
            torn(lambda: erase_sources(second.vault, [Going(begun, release)], Ledger(), at=NOON), monkeypatch)
    for held in (photo, begun):
        disposed(practice, held, "safeguarding_hold", Provenance.FLAG, CONFIRMED)
    (practice.vault.station.folder / "aside").unlink()
    somebody = Attendant()
    with second_computer(practice, state) as second:
        for at in (practice, second):
            outcomes = [outcome_of(at, photo, wishes) for wishes in (CONFIRMED, DRY)]
            outcomes += [outcome_of(at, photo, CONFIRMED, somebody)]
            outcomes += [disposed(at, photo, said, Provenance.TABLE, CONFIRMED) for said in ALONE]
            for outcome in outcomes:
                assert isinstance(outcome, SetAside)
                assert outcome.error.message == "it is on a safeguarding hold, at RECEPTION-3; it is left as it is."
        with second.vault.station.locked():
            (finished,) = finish_pending(second.vault, at=NOON)
    assert isinstance(finished.attempt.remains, SourceRemains)
    assert (somebody.shown, photo.path.exists(), begun.path.exists()) == ([], True, True)
    for each in holds_here(practice.vault):
        assert each.source == LOST
        lift(practice.vault, expect_held(practice.vault, each.short), [clinician_of(practice)], "no concern", at=NOON)
    assert holds_here(practice.vault) == []
    with second_computer(practice, state) as second:
        assert isinstance(outcome_of(second, photo), Filed)


@pytest.mark.parametrize(
    ("why", "words"), [(Why.HOLD, "safeguarding hold"), (Why.QUARANTINE, "until somebody decides")]
)
def test_a_mailbox_that_holds_one_is_never_erased_whole(
    practice: Practice, tmp_path: Path, why: Why, words: str
) -> None:
    """On hold or in quarantine, whatever was agreed to, in a dry run too, and though its other photo is filed."""
    kept, other = photos.phone_jpeg(), photos.png(photos.pixels(40, 30))
    path = tmp_path / "export.mbox"
    path.write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.photo(kept), mailboxes.photo(other))]))
    with ExitStack() as held:
        source = find([str(path)], Scope(with_logos=True), held).sources[0]
        on_hold(practice, source, digest_of(kept), why)  # type: ignore[arg-type] # a mailbox has parts

    def aside(digest: Digest) -> Kept | None:
        return how_aside(practice.vault.station, digest)

    with open_export(path) as export:
        surveyed = survey(export, {digest_of(other): released(practice, other)}, aside)
        with pytest.raises(SourceRemains, match=words):
            agree(surveyed, Wishes(is_confirmed=True, may_lose_unfiled=True), lambda _: True)
        for may_lose in (False, True):
            foreseen = foresee(export, [], aside, may_lose=may_lose)
            assert foreseen is not None
            assert words in foreseen.message
        filed = survey(export, {digest_of(each): released(practice, each) for each in (kept, other)}, aside)
        assert (filed.kept is None) is (why is Why.QUARANTINE)  # filed by now: it waits no more
    assert path.exists()


def test_scan_says_so_and_its_table_skips_it(practice: Practice, photo: LocalFile) -> None:
    """The note comes first."""
    on_hold(practice, photo, digest_of(photo.path.read_bytes()))
    with ExitStack() as held:
        found = find([str(photo.path)], Scope(only_looks=True, with_looks=True), held)
        (entry,) = with_holds([entry_of(each) for each in found.photos])
    assert entry.note.startswith(ON_HOLD)
    assert entry.is_on_hold


@pytest.mark.parametrize("is_in_place", [True, False])
def test_strip_neither_copies_nor_replaces_it(practice: Practice, photo: LocalFile, *, is_in_place: bool) -> None:
    """Though it needs no vault; another photo is stripped."""
    before = photo.path.read_bytes()
    on_hold(practice, photo, digest_of(before))
    target = photo.path if is_in_place else photo.path.with_name("copy.jpg")
    ((_, outcome),) = strip_all([Job(str(photo.path), target)], is_in_place=is_in_place)
    assert isinstance(outcome, RefusedByRule)
    assert outcome.rule == "R21"
    assert photo.path.read_bytes() == before
    assert is_in_place or not target.exists()


# --- lifting it ---


def test_a_lift_that_the_trail_cannot_state_lifts_nothing(
    practice: Practice, photo: LocalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is durable first: whatever dies, the photo stays on hold."""
    disposed(practice, photo, "safeguarding_hold", Provenance.FLAG, CONFIRMED)
    (held,) = PhotosSetAside(practice.vault.station).all()

    def full(*_: object) -> None:
        raise NotWritable("the share is full.")

    monkeypatch.setattr(chain, "append", full)
    with pytest.raises(NotWritable):
        lift(practice.vault, held, [clinician_of(practice)], "discussed, no further action", at=NOON)
    assert PhotosSetAside(practice.vault.station).all() == [held]


def test_a_named_person_lifts_it_and_then_it_may_be_filed(practice: Practice, photo: LocalFile) -> None:
    """With a reason that is sealed; the vault verifies, and the trail says who."""
    disposed(practice, photo, "safeguarding_hold", Provenance.FLAG, CONFIRMED)
    (mark,) = [each.short for each in PhotosSetAside(practice.vault.station).all()]
    held = expect_held(practice.vault, mark)
    who = lift(practice.vault, held, [clinician_of(practice)], "discussed, no further action", at=NOON)
    assert who == "Dr A. Example, GMC 7654321"
    assert [name for name, _ in entered(practice, "held", "lifted")] == ["held", "lifted"]
    assert [str(finding) for finding in verify(practice.vault)] == []
    assert isinstance(outcome_of(practice, photo), Filed)


def test_who_has_no_role_for_it_lifts_nothing(practice: Practice, photo: LocalFile) -> None:
    """A reception's identity, or a witness's (R21, R26); whoever leads on privacy does."""
    disposed(practice, photo, "safeguarding_hold", Provenance.FLAG, CONFIRMED)
    (held,) = PhotosSetAside(practice.vault.station).all()
    for role in (Role.RECEPTION, Role.WITNESS):
        practice, somebody = enrol_person(practice, f"R. {role}", "", role)
        with pytest.raises(RefusedByRule, match="may lift a safeguarding hold") as refused:
            lift(practice.vault, held, [somebody.identity], "discussed", at=NOON)
        assert refused.value.rule == "R26"
    assert PhotosSetAside(practice.vault.station).all() == [held]
    practice, lead = enrol_person(practice, "Ms L. Lead", "", Role.PRIVACY_LEAD)
    assert lift(practice.vault, held, [lead.identity], "discussed", at=NOON) == "Ms L. Lead"


@pytest.mark.parametrize("typed", ["", "zz", "0"])
def test_a_hold_that_is_not_there_is_named_so(practice: Practice, typed: str) -> None:
    """Nothing was changed."""
    with pytest.raises(UsageError, match="no hold of this computer"):
        expect_held(practice.vault, typed)


def test_what_a_hold_remembers_names_no_photo_in_clear(practice: Practice, photo: LocalFile) -> None:
    """Neither its digest nor its path; a line of another computer, or a torn one, counts for nothing."""
    digest = digest_of(photo.path.read_bytes())
    on_hold(practice, photo, digest)
    path = practice.vault.station.folder / "aside"
    data = path.read_bytes()
    assert digest.encode() not in data
    assert b"rash" not in data
    path.write_bytes(data + b"AAAA\n" + data[: len(data) // 2])
    assert len(PhotosSetAside(practice.vault.station).all()) == 1


@pytest.mark.parametrize("where", ["filed", "in the inbox"])
def test_r28_what_is_kept_elsewhere_is_neither_described_nor_returned(
    practice: Practice, photo: LocalFile, where: str
) -> None:
    """Nobody is told that nothing is kept of it; at the terminal and by each door, and its source stays."""
    if where == "filed":
        assert isinstance(outcome_of(practice, photo, KEPT), Filed)
    else:
        digest, item = digest_of(photo.path.read_bytes()), put(practice)
        on_hold(practice, photo, digest, Why.QUARANTINE)
        with practice.vault.station.locked():
            PhotosSetAside(practice.vault.station).note_copy(digest, item.reference)
    said = [disposed(practice, photo, "reject_return", how, CONFIRMED) for how in DOORS]
    said += [outcome_of(practice, photo, CONFIRMED, typing(*answers)) for answers in (DESCRIBED, ["2", "n", "y", "n"])]
    for outcome in said:
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, RefusedByRule)
        assert (outcome.error.rule, "it stays there" in outcome.error.message) == ("R28", True)
    assert photo.path.exists()
    assert acts(practice) == (["filed"] if where == "filed" else [])


# --- what a clinician erases (R28) ---

WORDS = "Two moles on the left forearm, 4 mm, even colour"
DESCRIBED = ["1", "n", "n", "9434765870", WORDS, "described, the patient asked for that", "4321"]


def acts(practice: Practice) -> list[str]:
    """Return what the trail says of a photo that is not filed."""
    return [name for name, _ in entered(practice, "disposed", "erased", "filed", "held")]


def test_a_clinician_describes_and_erases_it(practice: Practice, photo: LocalFile) -> None:
    """The entry comes first, then the evidence; the words are sealed with the patient's; the vault verifies."""
    outcome = outcome_of(practice, photo, CONFIRMED, typing(*DESCRIBED))
    assert isinstance(outcome, NotFiled)
    assert (outcome.how, exit_code(outcome)) == (Disposition.DESCRIBE_AND_DESTROY, 0)
    assert not photo.path.exists()
    assert acts(practice) == ["disposed", "erased"]
    assert [str(finding) for finding in verify(practice.vault)] == []
    reader = admit(practice.vault, [clinician_of(practice)])
    (entry,) = [each for each in read_trails(practice.vault, reader) if isinstance(each, Entry) and each.reason]
    assert (entry.act, entry.actor, entry.details["how"]) == (
        "disposed",
        "Dr A. Example, GMC 7654321",
        "describe_and_destroy",
    )
    assert entry.reason is not None
    assert WORDS in entry.reason


def test_words_about_a_photo_of_nobody_known_are_sealed_all_the_same(practice: Practice, photo: LocalFile) -> None:
    """Beside the items of the inbox, under a key of their own."""
    outcome = outcome_of(practice, photo, CONFIRMED, typing("2", "n", "y", "n", "", "sent unasked, not needed", "4321"))
    assert isinstance(outcome, NotFiled)
    assert outcome.text
    assert not photo.path.exists()
    assert [str(finding) for finding in verify(practice.vault)] == []


def test_a_photo_that_is_returned_stays_unless_its_erasing_is_asked_for(practice: Practice, photo: LocalFile) -> None:
    """Nothing is entered: nothing was done."""
    outcome = outcome_of(practice, photo, CONFIRMED, typing("2", "n", "n"))
    assert isinstance(outcome, NotFiled)
    assert photo.path.exists()
    assert acts(practice) == []


@pytest.mark.parametrize("typed", [["1", "n", "y"], ["2", "n", "y", "y"]])
def test_what_a_decision_rested_on_is_filed(practice: Practice, photo: LocalFile, typed: list[str]) -> None:
    """It leads back to the first question (GMC, paragraph 57)."""
    somebody = typing(*typed)
    outcome_of(practice, photo, CONFIRMED, somebody)
    assert "part of the patient's record" in somebody.told[-1]
    assert somebody.asked == ["patient", "patient"]
    assert acts(practice) == []


def test_q_at_the_confirmation_changes_nothing(practice: Practice, photo: LocalFile) -> None:
    """Nor do other digits than the registration's."""
    with pytest.raises(Cancelled):
        outcome_of(practice, photo, CONFIRMED, typing(*DESCRIBED[:-1], "1234"))
    assert photo.path.exists()
    assert acts(practice) == []


def decided(practice: Practice, data: bytes, **changes: Any) -> Disposal:  # noqa: ANN401 - any field of Disposal
    """Settle it as a clinician would."""
    disposal = Disposal(digest_of(data), Disposition.DESCRIBE_AND_DESTROY, practice.vault.here.person, None, WORDS)
    return replace(disposal, **changes)


@pytest.mark.parametrize("changes", [{"actor": "nobody"}, {"how": Disposition.QUARANTINE}])
def test_only_a_clinician_makes_the_permission(practice: Practice, changes: dict[str, Any]) -> None:
    """And only for what erases."""
    with practice.vault.station.locked(), pytest.raises(RefusedByRule) as caught:
        permissions.dispose(practice.vault, decided(practice, b"photo", **changes), at=NOON)
    assert caught.value.rule == "R28"
    assert acts(practice) == []


def test_the_permission_is_bound_to_the_very_photo(practice: Practice, photo: LocalFile, tmp_path: Path) -> None:
    """In a file of its own and within a mailbox: what holds other bytes is left, byte for byte."""
    other = photos.png(photos.pixels(40, 30))
    with practice.vault.station.locked():
        disposed = permissions.dispose(practice.vault, decided(practice, other), at=NOON)
        before = photo.path.read_bytes()
        (attempt,) = erase_sources(practice.vault, [Going(photo, disposed)], Ledger(), at=NOON)
        assert isinstance(attempt.remains, SourceChanged)
        assert photo.path.read_bytes() == before
        path = tmp_path / "Inbox"
        path.write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.photo(before))]))
        whole = path.read_bytes()
        (part,) = parts_in(path)
        (attempt,) = erase_sources(practice.vault, [Going(part, disposed)], Ledger(), at=NOON)
        assert isinstance(attempt.remains, SourceChanged)
        assert path.read_bytes() == whole


def test_within_a_mailbox_its_place_says_that_it_was_not_filed(practice: Practice, tmp_path: Path) -> None:
    """The mailbox keeps its length; a scan knows that a photo was taken out there, and names no record."""
    data = photos.phone_jpeg()
    path = tmp_path / "Inbox"
    path.write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.text(), mailboxes.photo(data))]))
    length = path.stat().st_size
    with practice.vault.station.locked():
        disposed = permissions.dispose(practice.vault, decided(practice, data), at=NOON)
        (attempt,) = erase_sources(practice.vault, [Going(parts_in(path)[0], disposed)], Ledger(), at=NOON)
    assert attempt.erasure is not None
    assert path.stat().st_size == length
    assert b"X-Imgfile: removed; ref=not-filed;" in path.read_bytes()
    assert parts_in(path) == []


def test_in_the_inventory_of_an_export_it_is_decided_about(practice: Practice, tmp_path: Path) -> None:
    """Not unfiled: nothing is lost with the export that anybody would have to agree to."""
    data = photos.phone_jpeg()
    path = tmp_path / "export.mbox"
    path.write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.photo(data))]))
    with practice.vault.station.locked():
        disposed = permissions.dispose(practice.vault, decided(practice, data), at=NOON)
    with open_export(path) as export:
        surveyed = survey(export, {}, lambda _: None, {disposed.digest: disposed})
    assert surveyed.inventory.disposed == (disposed,)
    assert not surveyed.inventory.loses_photos
    assert agree(surveyed, Wishes(is_confirmed=True), None)


@pytest.mark.parametrize("is_stated", [True, False])
def test_a_run_that_died_is_finished_by_what_the_trail_says(
    practice: Practice, photo: LocalFile, monkeypatch: pytest.MonkeyPatch, *, is_stated: bool
) -> None:
    """Entered, noted, and killed before a byte went; a note without the entry erases nothing."""
    with practice.vault.station.locked():
        disposed = permissions.dispose(practice.vault, decided(practice, photo.path.read_bytes()), at=NOON)
        torn(lambda: erase_sources(practice.vault, [Going(photo, disposed)], Ledger(), at=NOON), monkeypatch)
        if not is_stated:
            monkeypatch.setattr(permissions, "how_disposed", lambda _vault, _mark: None)
        (finished,) = finish_pending(practice.vault, at=NOON)
    assert photo.path.exists() is not is_stated
    assert isinstance(finished.outcome, NotFiled) is is_stated
    assert acts(practice) == (["disposed", "erased"] if is_stated else ["disposed"])


def parts_in(path: Path) -> list[MailPart]:
    """Return the photos of a mailbox."""
    with open_export(path) as export:
        return [MailPart(export, attachment) for attachment in export.attachments()]
