"""Who may say what of a record: what tightens anybody's computer, what loosens a person in a role."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from imgfile.clinical.record.additions import Said
from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.layout import ThingId
from imgfile.vault.life import addition
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import EFFECTS, LOOSENED_BY, AdditionKind, Effect, roles_for
from imgfile.vault.roster.model import Role
from kit.vault.lives import ALLOWED, HOLD, LIFTED, NOTE, WITHDRAWN, Life, amended_site, as_intimate
from kit.vault.practice import NOON, Practice, change_roster


@pytest.mark.parametrize("kind", AdditionKind)
@pytest.mark.parametrize("effect", [None, *Effect])
@pytest.mark.parametrize("has_birth_guard", [False, True])
def test_nothing_that_loosens_is_a_computers_to_sign(
    kind: AdditionKind, effect: Effect | None, *, has_birth_guard: bool
) -> None:
    """Over every kind and effect."""
    effects = frozenset({effect} - {None})
    roles = roles_for(kind, effects, has_birth_guard=has_birth_guard)  # type: ignore[arg-type]
    loosens = effect in LOOSENED_BY.values() and effect in EFFECTS.get(kind, frozenset())
    if loosens or (kind is AdditionKind.AMENDMENT and (has_birth_guard or not effects)):
        assert Role.CLINICIAN in roles
    if kind in {AdditionKind.CLINICAL_NOTE, AdditionKind.OUTCOME, AdditionKind.HOLD, AdditionKind.USE_STOPPED}:
        assert not roles


@pytest.mark.parametrize(
    ("said", "effects", "needs_person"),
    [
        (NOTE, (), False),
        (WITHDRAWN, (Effect.USE_STOPPED,), False),
        (HOLD, (Effect.HELD,), False),
        (as_intimate(), (Effect.INTIMATE,), False),
        (amended_site("left knee"), (), True),
        (amended_site("left knee"), (Effect.ORDINARY,), True),
        (LIFTED, (Effect.RELEASED,), True),
        (ALLOWED, (Effect.USE_ALLOWED,), True),
    ],
)
def test_a_computer_signs_what_tightens_alone(
    practice: Practice, said: Said, effects: tuple[Effect, ...], *, needs_person: bool
) -> None:
    """What it may not say is a note that does not hold, and that `verify` reports."""
    record = Life.begin(practice)
    ends = (record.of.digest,) if effects and effects[0] in LOOSENED_BY.values() else ()
    if not needs_person:
        assert len(record.add(said, *effects, ends=ends).additions) == 1
        return
    with pytest.raises(Damaged, match="may not say that"):
        record.add(said, *effects, ends=ends)
    assert Kind.DAMAGED in {finding.kind for finding in verify(practice.vault)}


def test_who_was_no_clinician_by_the_roster_that_the_note_names_does_not_amend(practice: Practice) -> None:
    """The role counts as it was then, not as it is now."""
    record = Life.begin(practice)
    history = record.add(amended_site("left knee"), key=record.founder)
    roles = (Role.ADMINISTRATOR,)
    change_roster(practice, lambda newest: replace(newest, people=(replace(newest.people[0], roles=roles),)))
    practice = replace(practice, vault=practice.reopened())
    record = replace(record, practice=practice)
    assert life.load(practice.vault, record.of).additions == history.additions
    with pytest.raises(Damaged, match="may not say that"):
        record.add(amended_site("left hip"), key=record.founder)


def _of_another_record(body: Body) -> None:
    body["record"] = "b" * 32


def _another_kind(body: Body) -> None:
    body["kind"] = "hold"


def _unknown_effect(body: Body) -> None:
    body["effects"] = ["loosened"]


def _twice(body: Body) -> None:
    body["effects"] = ["intimate", "intimate"]


def _ends_without_reason(body: Body) -> None:
    body["ends"] = ["c" * 64]


def _knows_nothing(body: Body) -> None:
    body["knew"] = []


def _knows_too_much(body: Body) -> None:
    body["knew"] = ["c" * 64] * 1_001


def _no_object(body: Body) -> None:
    del body["object"]


def _negative(body: Body) -> None:
    body["object"] = {"length": -1, "sha256": "c" * 64}


def _no_roster(body: Body) -> None:
    body["roster"] = [7, "c" * 64]


def _a_path(body: Body) -> None:
    body["addition"] = "../../roster/1"


@pytest.mark.parametrize(
    "forge",
    [
        _of_another_record,
        _another_kind,
        _unknown_effect,
        _twice,
        _ends_without_reason,
        _knows_nothing,
        _knows_too_much,
        _no_object,
        _negative,
        _no_roster,
        _a_path,
    ],
)
def test_a_note_of_another_shape_is_none_whoever_signed_it(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, forge: Callable[[Body], None]
) -> None:
    """Each clause of the format, one at a time, signed by the founder."""
    record = Life.begin(practice)
    key = record.founder
    signed = type(key).sign

    def signing(self: object, kind: str, vault: str, body: Body, *, version: int = 1) -> object:
        if kind == "addition":
            forge(body)
        return signed(self, kind, vault, body, version=version)  # type: ignore[arg-type]

    monkeypatch.setattr(type(key), "sign", signing)
    with pytest.raises(Damaged):
        record.add(amended_site("left knee"), key=key)


def test_an_addition_does_not_count_beside_another_record(practice: Practice) -> None:
    """Copied with its object, under its own name, to a photo of the same patient; nor under another name to its own."""
    first, second = Life.begin(practice), Life.begin(practice)
    one = first.add(NOTE).additions[0]
    for name in (layout.addition_note, layout.addition_object):
        shutil.copy(
            practice.folder / name(first.of.folder, first.of.record, one.thing),
            practice.folder / name(second.of.folder, second.of.record, one.thing),
        )
    with pytest.raises(Damaged, match="belongs to another record"):
        addition.load(practice.vault, second.of.folder, second.of.record, one.thing)
    other = ThingId("b" * 32)
    note = practice.folder / layout.addition_note(first.of.folder, first.of.record, one.thing)
    shutil.copy(note, note.with_name(f"{other}.note"))
    with pytest.raises(Damaged, match="belongs to another record"):
        addition.load(practice.vault, first.of.folder, first.of.record, other)
    assert one.at == NOON + timedelta(minutes=1)
