"""Changing a patient's number: it was temporary, it changed, or two directories are one person's.

1. All photos of the old number go to the new one, and each is judged anew there (R25): the answers stay, for it is the
   same person, but the number, and the birth date where that was wrong. What is then missing is asked; an intimate
   photo of a child is attested anew by whoever does it (R9).
2. As on the day when each was decided: who consented then did so at the age that the patient had then.
3. All that was added goes along (`carry`): forms, withdrawals, notes, holds, hand-overs; amendments are in the facts.
4. One photo that is filed under both numbers stays under both: two persons destroy one of them first. Never are there
   two records of one photo under one number.
5. Each record goes as a moved one does (`leading`), the earliest first. Whatever died, the same two numbers go on where
   it stopped, at any computer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from imgfile.acts.life.amend import followed, with_answers
from imgfile.acts.life.attended import expect_attended, expect_intimate_stays
from imgfile.acts.life.concern import heeded
from imgfile.acts.life.leading import (
    Destination,
    Moved,
    Order,
    anew,
    begun_of,
    came_from,
    ended,
    file_anew,
    first_day,
    lead,
)
from imgfile.acts.life.person import Actor, facts_of
from imgfile.clinical.dates import show_date
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given, without
from imgfile.clinical.interview.filed import answered, as_it_stands, facts_before
from imgfile.clinical.interview.interview import Interview, birth_date_differs
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.patient import PatientId, patients_named
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, Damaged, Problem, RefusedByRule, UsageError
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.burn import keys_of
from imgfile.vault.life.early_end import watch_for
from imgfile.vault.life.gone import How
from imgfile.vault.life.history import History, gone_refusal
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.standing import Standings, born_otherwise
from imgfile.vault.life.write import finish_entries
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, record_names
from imgfile.vault.records.manifest import Cause, Manifest
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.trail.read import every_entry

if TYPE_CHECKING:
    from imgfile.clinical.facts import Facts
    from imgfile.clinical.interview.prompt import Ask, Prompt

_NOTHING: Final = "Nothing was changed."
_WHO: Final = frozenset({"patient", "scheme", "dob"})
_SAME: Final = "the old number and the new one are the same."
_AMENDED: Final = "Where the birth date was wrong:  imgfile amend RECORD"


@dataclass(frozen=True, slots=True)
class Old:
    """What is filed under the old number, in the order of filing."""

    folder: PatientFolder
    here: tuple[Manifest, ...]
    gone: tuple[History, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the patient is by now."""

    patient: PatientId
    born: date = field(repr=False)
    folder: PatientFolder


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the old number, as it will be filed under the new one."""

    opened: OpenedRecord
    filing: Filing | None = field(repr=False)
    """What every rule lets stand; None where a run that died filed it anew already."""
    begun: tuple[Manifest, ...] = ()

    @property
    def old(self) -> Manifest:
        """Its record under the old number."""
        return self.opened.manifest


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes where, with answers that every rule lets stand."""

    old: Old
    to: Identity
    rows: tuple[Row, ...]


# --- what there is ----------------------------------------------------------------------------------------------


def find_old(vault: Vault, number: str) -> Old:
    """Return what is filed under a number. Raises `AnswerInvalid`, `UsageError` where nothing ever was, `Damaged`."""
    pseudonyms = open_pseudonyms(vault)  # whatever numbers the policy takes today: what was filed before is found
    places = [_filed_in(vault, pseudonyms.folder(each)) for each in patients_named(number)]
    found = [each for each in places if each.here] or [each for each in places if each.gone]
    if not found:
        raise UsageError("nothing is filed under the old number.", f"{_NOTHING} Look at the number.")
    if len(found) > 1:
        raise UsageError("the old number fits patients of several schemes.", "Move their photos: imgfile move RECORD")
    return found[0]


def _filed_in(vault: Vault, folder: PatientFolder) -> Old:
    names = (each for each in record_names(vault, folder) if is_published(vault, folder, each))
    stated = [manifest.load(vault, folder, each) for each in names]
    histories = sorted((life.load(vault, each) for each in stated), key=lambda each: _when(each.manifest))
    here = tuple(each.manifest for each in histories if each.gone is None)
    return Old(folder, here, tuple(each for each in histories if each.gone is not None))


def _when(of: Manifest) -> tuple[datetime, RecordId]:
    return of.filed_at, of.record


def birth_dates(vault: Vault, old: Old, by: Actor) -> list[date]:
    """Return the birth dates that the photos of the old number have now: one, unless some were amended."""
    return sorted({open_record(vault, each, by.practice).facts.date_of_birth for each in old.here})


def exported(vault: Vault, old: Old) -> list[str]:
    """Return the references of the photos of which a copy left, under any number they had so far. Raises `Damaged`."""
    watched = {each.reference: watch_for(vault, each).records for each in old.here}
    left = {entry.get("record") for entry in every_entry(vault) if entry["act"] == "exported"}
    return [reference for reference, records in watched.items() if records & left]


# --- who it is now ----------------------------------------------------------------------------------------------


def expect_new(vault: Vault, number: str, old: Old, *, allow_test: bool) -> None:
    """See that a number can be a patient's here, and is another one. Raises `AnswerInvalid`, `UsageError`."""
    QUESTIONS["patient"].parse(number, _base(vault, allow_test=allow_test))
    pseudonyms = open_pseudonyms(vault)
    if {pseudonyms.folder(each) for each in patients_named(number)} == {old.folder}:  # else the scheme is asked for
        raise UsageError(_SAME, f"{_NOTHING} {_AMENDED}")


def _base(vault: Vault, *, allow_test: bool) -> Facts:
    return replace(facts_of(vault, None, today=datetime.now().astimezone().date()), allow_test=allow_test)


def identify(vault: Vault, old: Old, given: Mapping[str, Given], *, allow_test: bool, ask: Ask | None) -> Identity:
    """Settle the number and the birth date from now on.

    Raises `AnswerInvalid`, `UsageError`, `Cancelled`, `Damaged`; nothing was changed.
    """
    interview, pseudonyms = Interview(given, _base(vault, allow_test=allow_test), ask), open_pseudonyms(vault)
    who = interview.identify()
    while who is not None:
        patient, born = who
        folder = pseudonyms.folder(patient)
        if folder == old.folder:
            raise UsageError(_SAME, f"{_NOTHING} {_AMENDED}")
        there = _filed_in(vault, folder).here
        guard = pseudonyms.birth_guard(folder, born)
        standings = Standings(vault)
        otherwise = born_otherwise(map(standings.of, there), guard)
        if not otherwise:
            return Identity(patient, born, folder)
        if ask is None:
            raise AnswerInvalid.of([Problem("dob", "--dob", birth_date_differs(otherwise))])
        who = interview.correct_birth_date(otherwise)
    try:
        interview.complete()  # it reports what is missing or wrong of the two, and of a photo that is not filed here
    except AnswerInvalid as error:
        raise AnswerInvalid.of([each for each in error.problems if each.question in _WHO], _NOTHING) from None
    raise AnswerInvalid("the number or the birth date is missing.", _NOTHING)


# --- what becomes of each ---------------------------------------------------------------------------------------


def judge(  # noqa: PLR0913 - what, whose it is by now, by whom, and whether anything may be changed
    vault: Vault, old: Old, to: Identity, by: Actor, *, ask: Ask | None, is_dry: bool = False
) -> Iterator[Row]:
    """Yield each photo with its answers as they will be, every rule judging them anew.

    Where somebody leaves open whether there is a safeguarding concern, the record is kept, unless it `is_dry`.
    Raises `RefusedByRule`, `AnswerInvalid`, `UsageError`, `Damaged`, each naming the record, and `Cancelled`.
    """
    there, begun = _filed_in(vault, to.folder), begun_of(vault, old.here)
    for of in old.here:
        before = tuple(begun.get(of.record, ()))
        _expect_rekeyed(of, before, to)
        opened = open_record(vault, of, by.practice)
        _expect_once(vault, opened, to, there)
        try:
            yield Row(opened, None if before else _judged(vault, opened, to, by, ask), before)
        except RefusedByRule as refusal:
            error = refusal if is_dry else heeded(vault, of, refusal, by.person, at=datetime.now(UTC))
            raise RefusedByRule(error.rule, f"{of.reference}: {error.message}", error.hint or _NOTHING) from error
        except AnswerInvalid as error:
            hint = f"{_NOTHING} Answer it at the terminal, or amend it first:  imgfile amend {of.reference}"
            raise AnswerInvalid(f"{of.reference}: {error.message}", error.hint or hint, error.problems) from error


def _expect_rekeyed(of: Manifest, begun: Sequence[Manifest], to: Identity) -> None:
    """See that a run that died was after the same."""
    for each in begun:
        if each.origin is not None and each.origin.how is not Cause.REKEYED:
            raise UsageError(
                f"{of.reference} was being moved to another patient, and a run died.",
                f"Finish that first:  imgfile move {of.reference}",
            )
    if begun and begun[0].folder != to.folder:
        raise UsageError(
            f"its number was being changed to another one, and a run died: {of.reference} is {begun[0].reference} now.",
            "Finish that first, with that number; then change it once more.",
        )


def _expect_once(vault: Vault, opened: OpenedRecord, to: Identity, there: Old) -> None:
    """See that the very photo is not filed under the new number too, by another way than from here.

    Nor may consent to it have been withdrawn there, so that it was destroyed (R24).
    """
    of, mark = opened.manifest, open_pseudonyms(vault).photo(to.folder, opened.facts.picture.original_digest)
    for history in there.gone:
        if history.manifest.photo_mark == mark and history.gone is not None and history.gone.how is How.WITHDRAWN:
            refusal = gone_refusal(history.gone)
            raise RefusedByRule(
                refusal.rule,
                f"{of.reference} is a photo that was filed under the new number too: {refusal.message}",
                f"{_NOTHING} The same goes for this one:  imgfile consent withdraw {of.reference}",
            )
    for each in there.here:
        if each.photo_mark == mark and not came_from(each, of):
            raise RefusedByRule(
                "R25",
                f"{of.reference} and {each.reference} are one photo, filed under both numbers.",
                f"{_NOTHING} Two persons destroy one of them first:  imgfile destroy propose {of.reference}",
            )


def _judged(vault: Vault, opened: OpenedRecord, to: Identity, by: Actor, ask: Ask | None) -> Filing:
    """Judge one photo by its own answers, as on the day when it was decided, and the policy of today for the number."""
    now = opened.facts
    base = replace(facts_of(vault, by.person, today=now.decision.decided_on), filed_form=opened.filed_form)
    earlier = followed(vault, opened)
    _, given = answered(now, base, earlier)
    is_born_otherwise = to.born != now.date_of_birth
    changed = {"patient", "scheme", *(["dob"] if is_born_otherwise else [])}
    stands = as_it_stands(now, facts_before(now, base), changed)
    policy = replace(stands.policy, schemes=base.policy.schemes, local_number=base.policy.local_number)
    if now.decision.intimate_site is not None and "intimate" not in given:  # a mark made it so
        given = {**given, "intimate": Given("yes", Provenance.FLAG)}
    kept = without(given, "dob") if is_born_otherwise else given
    how = Provenance.TYPED if ask else Provenance.FLAG
    answers = {
        **kept,
        "patient": Given(to.patient.number, how),
        "scheme": Given(to.patient.scheme.value, how),
        "dob": Given(to.born.isoformat(), how) if is_born_otherwise else given["dob"],
    }
    facts = replace(stands, policy=policy, first_on=first_day(opened.manifest))
    interview = Interview(answers, facts, None if ask is None else _naming(opened, ask))
    interview.identify()
    filing = interview.complete(earlier or None, now.decision.shows_another)
    expect_intimate_stays(now, filing, is_asked=ask is not None)
    expect_attended(now, is_asked=ask is not None)
    return filing


def _naming(opened: OpenedRecord, ask: Ask) -> Ask:
    """Name the photo before the first question about it: of several photos whoever answers must know which is meant."""
    filed = show_date(opened.manifest.filed_at.astimezone().date())
    named = [f"{opened.manifest.reference}: {opened.facts.decision.body_site}; filed {filed}"]

    def asks(prompt: Prompt) -> str:
        notice = (*named, *prompt.notice)
        named.clear()
        return ask(replace(prompt, notice=notice))

    return asks


# --- doing it ---------------------------------------------------------------------------------------------------


def rekey(vault: Vault, plan: Plan, reason: str, by: Actor, *, at: datetime) -> Iterator[tuple[Manifest, Moved]]:
    """File every photo under the new number, and lead each old record there; yield each as it is done.

    Raises `NotWritable`, `Damaged`; what is done by then stays so, and the same numbers go on.
    """
    now = {each.manifest.record: each.gone.to[1] for each in plan.old.gone if each.gone and each.gone.to}
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        finish_entries(vault)
        list(_finished(vault, plan.old))
        begun = begun_of(vault, [row.old for row in plan.rows])
        for row in plan.rows:
            order = Order(row.opened, reason, by, at, Cause.REKEYED)
            history = life.load(vault, row.old)
            if history.gone is not None and history.gone.to is not None:  # somebody else was quicker
                done = ended(vault, row.old, history.gone)
            else:
                history.expect_here()
                there = begun.get(row.old.record)
                if not there:  # somebody was asked since it was looked at
                    _expect_once(vault, row.opened, plan.to, _filed_in(vault, plan.to.folder))
                    there = [_anew(vault, row, order, plan.to, now)]
                done = lead(vault, order, there)
            if done.tombstone.to is not None:
                now[row.old.record] = done.tombstone.to[1]
            yield row.old, done


def _anew(vault: Vault, row: Row, order: Order, to: Identity, now: Mapping[RecordId, RecordId]) -> Manifest:
    """File one photo under the new number; what it follows is called as it is now."""
    if row.filing is None:
        raise Damaged(f"{row.old.reference} was being moved, and what it became is away.", "imgfile verify")
    record, decision = RecordId(layout.new_id()), with_answers(row.opened.facts, row.filing).decision
    if decision.follows is not None:
        decision = replace(decision, follows=now.get(decision.follows, decision.follows))
    facts = anew(vault, order, Destination(row.filing, to.folder), record, decision)
    return file_anew(vault, order, facts, row.filing.form_data)


def finish(vault: Vault, old: Old) -> list[Moved]:
    """Remove the keys that a run which died left of records that lead elsewhere by now; return these records' ends."""
    with vault.station.locked():
        return list(_finished(vault, old))


def _finished(vault: Vault, old: Old) -> Iterator[Moved]:
    for history in old.gone:
        if history.gone is None or history.gone.cause is not Cause.REKEYED or not history.leads_to_photo(vault):
            continue
        if not history.is_kept and any(vault.store.exists(name) for name in keys_of(vault, history)):
            ended(vault, history.manifest, history.gone)
        yield Moved(history.gone, history.is_kept)
