"""A note that somebody of the practice really signed, and that says what no such note says, ends nothing.

Each kind of note that decides what becomes of a photo, with each of its facts in another shape: refused in words that
name the note, by whoever reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from imgfile import canonical_json
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.errors import Damaged
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.keys import things
from imgfile.vault.life import addition, ended, gone, proposals, settled
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import How
from imgfile.vault.life.settled import Settled, Verdict
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import seal
from imgfile.vault.roster.model import Role
from imgfile.vault.store.directory import Store
from kit.vault.destroying import LATER, Two, forge_proposal, text_of
from kit.vault.inbox import put
from kit.vault.lives import NOTE, Life, with_senior
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, administrator_of

Forged = dict[str, Any]
ODD: tuple[Any, ...] = (None, 3, "x", [], {}, ["x"])
"""Shapes that no fact has which is put in their place below."""


def forge(practice: Practice, kind: str, name: str, body: Body, key: SigningKey | None = None) -> None:
    """Put a note in a name's place, whatever it says, signed by the founder or with another key."""
    path = practice.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    vault = practice.vault
    signed = (key or administrator_of(practice)).sign(kind, vault.id, body, version=vault.roster.format)
    path.write_bytes(signed.encode())


def refuse_each(practice: Practice, kind: str, name: str, bodies: list[Body], load: Callable[[], object]) -> None:
    """See that each of these notes is refused in words that name it."""
    for body in bodies:
        forge(practice, kind, name, body)
        with pytest.raises(Damaged) as caught:
            load()
        assert caught.value.message.startswith(f"{name} does not say what"), body
        assert caught.value.hint


def odd(body: Body, *names: str) -> list[Body]:
    """Return the body without each of its facts, and with each of some facts in other shapes."""
    without = [{name: value for name, value in body.items() if name != lost} for lost in body]
    return without + [{**body, name: value} for name in names for value in ODD]


def facts_of(line: bytes) -> Forged:
    """Read the facts of a note's second line."""
    return canonical_json.decode(line, limit=len(line))


# --- tombstones -----------------------------------------------------------------------------------------------


def test_a_tombstone_says_what_a_tombstone_says(practice: Practice) -> None:
    """Of each way in which a record can be gone; what it leads to, and why, is of a moved one alone."""
    practice = with_senior(practice)
    for how in How:
        life = Life.begin(practice)
        stone = life.go(how)
        path = practice.folder / stone.note
        kept = path.read_bytes()
        said = practice.vault.store.read(stone.note).split(b"\n")[1]
        facts = facts_of(said)
        bodies = odd(facts, "patient", "record", "manifest", "how", "knew", "at", "roster")
        bodies += [{**facts, "cause": cause} for cause in ("accepted", "x", 3)]
        bodies += [] if how is How.MOVED else [{**facts, "cause": "rekeyed"}]
        bodies += [{**facts, "knew": ["0" * 64] * (gone.MAX_KNOWN + 1)}]
        own = {
            How.MOVED: ("to", "answers", "key", "object"),
            How.WITHDRAWN: (),
            How.DESTROYED: ("proposals",),
        }[how]
        bodies += odd(facts, *own)
        if how is How.WITHDRAWN:
            bodies += [{**facts, "heads": value} for value in (None, 3, "x", ["x"], {"x": 3}, {"0" * 32: 3})]
        if how is How.DESTROYED:
            bodies += [{**facts, "proposals": facts["proposals"][:1] * 2}]
        refuse_each(
            practice,
            "gone",
            stone.note,
            bodies,
            lambda stone=stone: gone.load(practice.vault, stone.folder, stone.record),  # type: ignore[misc]
        )
        path.write_bytes(kept)
        assert life.history.gone == stone


def test_a_tombstone_of_another_record_or_of_a_computer_ends_nothing(practice: Practice) -> None:
    """A clinician signs that a photo is gone; who merely may write there does not, nor does a copy of a true one."""
    life, other = Life.begin(practice), Life.begin(practice)
    stone = life.move_away()
    facts = facts_of(practice.vault.store.read(stone.note).split(b"\n")[1])
    theirs = layout.tombstone(other.of.folder, other.of.record)
    forge(practice, "gone", theirs, facts)
    with pytest.raises(Damaged, match=f"^{theirs} belongs to another record") as caught:
        _ = other.history
    assert caught.value.hint == "Use the record no more until you know why:  imgfile verify"
    forge(practice, "gone", theirs, {**facts, "record": other.of.record}, practice.vault.station.signing_key)
    with pytest.raises(Damaged, match=f"^{theirs} is signed by somebody who may not say that"):
        _ = other.history


# --- what two persons sign ------------------------------------------------------------------------------------


def test_a_proposal_says_what_a_proposal_says(practice: Practice) -> None:
    """And a person signed it, not a computer."""
    two = Two.of(practice)
    life, other = Life.begin(two.practice), Life.begin(two.practice)
    vault, body = two.vault, text_of(two.vault, life.of, other.of)
    name = forge_proposal(vault, body, two.founder.key)
    found = proposals.load(vault, name)
    assert (found.folder, found.reference) == (life.of.folder, layout.reference(found.digest[:32]))  # type: ignore[arg-type]
    first, second = body["things"]
    bodies = odd(body, "act", "things", "made", "nonce", "roster", "reason")
    bodies += [
        {**body, "things": value}
        for value in ([first, first], [first, {**second, "patient": "0" * 32}], [first] * (proposals.MAX_THINGS + 1))
    ]
    where = layout.proposal(name)
    refuse_each(two.practice, "proposal", where, bodies, lambda: proposals.load(vault, name))
    forge(two.practice, "proposal", where, body, vault.station.signing_key)
    with pytest.raises(Damaged, match=f"^{where} is signed by a computer, and no person"):
        proposals.load(vault, name)


def test_a_proposal_of_a_newer_imgfile_is_not_signed_unread(practice: Practice) -> None:
    """It may say what this version does not show; what merely lies beside proposals is none."""
    two = Two.of(practice)
    life = Life.begin(two.practice)
    name = forge_proposal(two.vault, {**text_of(two.vault, life.of), "more": 1}, two.founder.key)
    (two.practice.folder / layout.PROPOSALS / "notes.txt").touch()
    assert [*proposals.names(two.vault)] == [name]
    found = proposals.load(two.vault, name)
    with pytest.raises(Damaged, match=f"^the proposal {found.reference} is of a newer imgfile") as caught:
        proposals.expect_signable(found)
    assert caught.value.hint == "Update imgfile, then approve it."
    known = proposals.load(two.vault, forge_proposal(two.vault, text_of(two.vault, life.of), two.founder.key))
    proposals.expect_signable(known)


def test_two_signatures_that_do_not_agree_destroy_nothing(practice: Practice) -> None:
    """Of two texts, about something else, of two others, or of one person twice."""
    two = Two.of(practice)
    two = replace(two, practice=enrol_person(two.practice, "Dr T. Third", "GMC 7444444")[0])
    life, other = Life.begin(two.practice), Life.begin(two.practice)
    vault, body, seen = two.vault, text_of(two.vault, life.of), two.vault.roster.seen
    thing = proposals.ProposedThing(life.of.folder, life.of.record, life.of.digest)
    elsewhere = replace(thing, record=other.of.record)
    founder, second = two.founder.key, two.second.key
    one, two_, again = (forge_proposal(vault, body, key) for key in (founder, second, founder))
    stranger = forge_proposal(vault, text_of(vault, life.of), second)
    agreed = proposals.expect_agreed(vault, "a.note", (one, two_), thing, signer=founder.name, roster=seen)
    assert [each.name for each in agreed] == [one, two_]
    refused = {
        "names two proposals that are not of one text": ((one, stranger), thing, founder.name),
        "names a proposal to destroy something else": ((one, two_), elsewhere, founder.name),
        "is signed by neither of the two who proposed it": ((one, two_), thing, "0" * 32),
        "names no two persons who may destroy together": ((one, again), thing, founder.name),
    }
    for words, (signatures, of, signer) in refused.items():
        with pytest.raises(Damaged, match=f"^b.note {words}"):
            proposals.expect_agreed(vault, "b.note", signatures, of, signer=signer, roster=seen)
    (person, senior, third) = vault.roster.people
    assert not proposals.persons_agree(vault, founder.name, third.credentials[0].holder, seen)
    assert not proposals.persons_agree(vault, founder.name, "0" * 32, seen)
    assert not proposals.may_agree(person, replace(senior, registration=person.registration))
    assert proposals.may_agree(person, senior)
    assert proposals.may_agree(senior, person)


# --- what a hold kept of a moved record -----------------------------------------------------------------------


def test_the_end_of_what_a_hold_kept_says_what_it_should(practice: Practice) -> None:
    """Of this record's own tombstone, which moved it, by one of the two who agreed."""
    two = Two.of(practice)
    life, other = Life.begin(two.practice), Life.begin(two.practice)
    stone, vault = life.move_away(), two.vault
    text = text_of(vault, life.of)
    agreed = tuple(forge_proposal(vault, text, key) for key in (two.founder.key, two.second.key))
    stated = Ended(
        folder=stone.folder, record=stone.record, gone=stone.digest, proposals=agreed, at=LATER, signer=Signer("")
    )
    body = ended.sign(vault, stated, two.founder.key).body

    def load() -> object:
        return ended.load(vault, stone, stone.folder, stone.record)

    assert load() is None
    forge(two.practice, "ended", stated.note, body)
    found = ended.load(vault, stone, stone.folder, stone.record)
    assert found is not None
    assert (found.gone, {*found.proposals}, found.signer.name) == (stone.digest, {*agreed}, two.founder.key.name)
    bodies = odd(body, "patient", "record", "gone", "proposals", "at", "roster")
    bodies.append({**body, "proposals": [agreed[0]] * 2})
    refuse_each(two.practice, "ended", stated.note, bodies, load)
    forge(two.practice, "ended", stated.note, {**body, "record": other.of.record})
    with pytest.raises(Damaged, match="belongs to another record"):
        load()
    forge(two.practice, "ended", stated.note, body, vault.station.signing_key)
    with pytest.raises(Damaged, match="is signed by somebody who may not say that"):
        load()
    forge(two.practice, "ended", stated.note, body)
    for another in (None, replace(stone, how=How.WITHDRAWN), replace(stone, digest=Digest("0" * 64))):
        with pytest.raises(Damaged, match="is of another tombstone than the record's"):
            ended.load(vault, another, stone.folder, stone.record)


# --- what became of an item of the inbox ----------------------------------------------------------------------


def test_what_became_of_an_item_says_what_it_should(practice: Practice) -> None:
    """Accepted as a record, or rejected as none; about this item, by a clinician."""
    practice, manager = enrol_person(practice, "Ms M. Manager", "", Role.PRIVACY_LEAD)
    waiting, other = put(practice), put(practice, data=b"another")
    vault, founder, name = practice.vault, administrator_of(practice), settled.name_of(waiting.item)
    verdicts = {Verdict.REJECTED: None, Verdict.ACCEPTED: (PatientFolder("a" * 32), other.item)}

    def load() -> object:
        return settled.load(vault, waiting)

    assert load() is None
    for how, to in verdicts.items():
        stated = Settled(item=waiting.item, manifest=waiting.digest, how=how, to=to, at=NOON, signer=Signer(""))
        body = settled.sign(vault, stated, founder).body
        forge(practice, "settled", name, body)
        found = settled.load(vault, waiting)
        assert found is not None
        assert (found.how, found.to) == (how, to)
        bodies = odd(body, "item", "manifest", "how", "at", "roster")
        bodies += (
            [{**body, "to": {"patient": "0" * 32}}]
            if to
            else [{**body, "to": {"patient": "0" * 32, "record": "0" * 32}}]
        )
        refuse_each(practice, "settled", name, bodies, load)
        for another in ({"item": other.item}, {"manifest": other.digest}):
            forge(practice, "settled", name, {**body, **another})
            with pytest.raises(Damaged, match=f"^{name} belongs to another item"):
                load()
        for key in (vault.station.signing_key, manager.key):
            forge(practice, "settled", name, body, key)
            with pytest.raises(Damaged, match=f"^{name} is signed by somebody who may not say that"):
                load()


# --- additions ------------------------------------------------------------------------------------------------


def test_an_addition_says_what_an_addition_says(practice: Practice) -> None:
    """Each fact in its own shape; a mark of a birth date is text."""
    life = Life.begin(practice)
    (stated,) = life.add(NOTE).additions
    assert stated.name == f"{stated.thing}.age"
    body = facts_of(practice.vault.store.read(stated.note).split(b"\n")[1])
    bodies = odd(body, "patient", "record", "addition", "kind", "knew", "at", "station", "roster", "key", "object")
    bodies += [{**body, "effects": value} for value in (None, 3, ["x"], ["held"], "x")]
    marks: tuple[Any, ...] = (None, 3, [], {})
    bodies += [{**body, "dob": mark} for mark in marks]
    bodies += [{**body, "ends": ["0" * 64]}, {**body, "knew": ["0" * 64] * (addition.MAX_KNOWN + 1)}]
    lengths: tuple[Any, ...] = (-1, True, "1", None)
    bodies += [{**body, "object": {**body["object"], "length": length}} for length in lengths]

    def load() -> object:
        return addition.load(practice.vault, stated.folder, stated.record, stated.thing)

    refuse_each(practice, "addition", stated.note, bodies, load)
    forge(practice, "addition", stated.note, body)
    assert load() is not None


# --- what is sealed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [b"", b"x" * 300])
def test_what_a_share_keeps_otherwise_is_not_stated(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, stored: bytes
) -> None:
    """Neither a key nor what is sealed to it: each is read back before a note names it."""
    life, real = Life.begin(practice), Store.read_back
    name = layout.addition_object(life.of.folder, life.of.record, "a" * 32)
    for bad in (layout.thing_key(life.of.folder, "a" * 32), name):
        with monkeypatch.context() as patch:
            patch.setattr(
                Store,
                "read_back",
                lambda store, asked, bad=bad: (stored, real(store, asked)[1]) if asked == bad else real(store, asked),
            )
            with pytest.raises(Damaged, match=f"^{bad} does not (hold what was written|read back as it was written)"):
                seal(practice.vault, life.of.folder, "a" * 32, name, b"words")
        for each in (layout.thing_key(life.of.folder, "a" * 32), name):
            (practice.folder / each).unlink(missing_ok=True)
    key, _ = seal(practice.vault, life.of.folder, "a" * 32, name, b"words")
    assert things.open_identity(practice.vault, key, life.keys)
