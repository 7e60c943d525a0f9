"""One roster: what it says, and what it must say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import canonical_json
from imgfile.errors import Damaged
from imgfile.notes import Body, PublicKeys
from imgfile.vault import layout
from imgfile.vault.roster.model import Generation, fingerprint_of, parse
from kit.vault.practice import Practice, begin_generation, enrol_second_station


def test_a_roster_of_a_newer_format_or_without_its_facts_is_refused(practice: Practice) -> None:
    """Newer says update; incomplete says damaged."""
    note = practice.vault.roster.note
    with pytest.raises(Damaged, match="newer imgfile"):
        parse(replace(note, body={**note.body, "format": 2}))
    for key in note.body.keys() - {"founded", "previous"}:
        with pytest.raises(Damaged):
            parse(replace(note, body={name: value for name, value in note.body.items() if name != key}))
    nonsenses: list[Body] = [{"people": [3]}, {"stations": None}, {"generations": [{}]}]
    for nonsense in nonsenses:
        with pytest.raises(Damaged):
            parse(replace(note, body={**note.body, **nonsense}))


def test_people_and_stations_are_found_by_id(practice: Practice) -> None:
    """And nobody else is."""
    roster = practice.vault.roster
    person = roster.people[0]
    assert roster.person(person.who) == person
    assert roster.person("nobody") is None
    assert roster.station("nowhere") is None
    assert person.title == "Dr A. Example, GMC 7654321"
    assert replace(person, registration="").title == "Dr A. Example"
    assert len(roster.fingerprint.split("-")) == 6


def test_a_roster_is_canonical_json_that_anybody_reads(practice: Practice) -> None:
    """Line 2 of the note is JSON with the documented fields."""
    text = (practice.folder / layout.roster(1)).read_text(encoding="utf-8").split("\n")[1]
    body = json.loads(text)
    assert canonical_json.encode(body).decode() == text
    assert set(body) == {
        *("number", "previous", "format", "suite", "founded", "generations"),
        *("recovery", "people", "stations", "policy"),
    }


def test_a_roster_says_who_and_what_belongs(practice: Practice, tmp_path: Path) -> None:
    """Every fact of its note, in the order in which it stands there."""
    enrol_second_station(practice, tmp_path / "second")
    practice, _ = begin_generation(practice)
    roster = practice.vault.roster
    body = roster.note.body
    assert parse(roster.note) == roster
    assert (roster.number, roster.vault, roster.recovery) == (3, roster.note.vault, body["recovery"])
    assert roster.policy_digest == body["policy"]
    assert [vars_of(one) for one in roster.generations] == [tuple(entry.values()) for entry in ordered(body)]
    assert [(one.station, one.name, one.recipient, one.pseudonym_digest) for one in roster.stations] == [
        (entry["id"], entry["name"], entry["recipient"], entry["pseudonym"]) for entry in body["stations"]
    ]
    (person,), (entry,) = roster.people, body["people"]
    assert (person.who, person.name, person.registration) == (entry["id"], entry["name"], entry["registration"])
    assert (person.roles, person.recipient) == (("administrator", "clinician"), entry["recipient"])
    assert person.signing_key_digest == entry["signing_key"]
    assert person.keys == PublicKeys.from_json(entry)
    assert roster.station_keys == {entry["id"]: PublicKeys.from_json(entry) for entry in body["stations"]}


def vars_of(generation: Generation) -> tuple[object, ...]:
    """Return a generation's facts, sorted by their names in a note."""
    return (generation.holders, generation.number, generation.recipient)


def ordered(body: Body) -> list[Body]:
    """Return the generations of a note, each with its facts sorted by name."""
    return [dict(sorted(entry.items())) for entry in body["generations"]]


def test_the_newest_generation_is_the_current_one(practice: Practice) -> None:
    """What is filed is sealed to it; those before stay listed, for what was filed to them."""
    practice, made = begin_generation(practice)
    assert [one.number for one in practice.vault.roster.generations] == [1, 2]
    assert practice.vault.roster.generation.number == 2
    assert practice.vault.roster.generation.recipient == str(made.recipient)


def test_the_suite_is_of_the_roster(practice: Practice) -> None:
    """Whatever is neither is not taken for post-quantum."""
    note = practice.vault.roster.note
    for suite, is_post_quantum in (("mlkem768x25519", True), ("x25519", False), ("other", False)):
        assert parse(replace(note, body={**note.body, "suite": suite})).is_post_quantum is is_post_quantum


def test_what_is_wrong_with_a_roster_is_said(practice: Practice) -> None:
    """Update, or damaged: people do different things then."""
    note = practice.vault.roster.note
    with pytest.raises(Damaged, match=r"^the vault was written by a newer imgfile\.$") as caught:
        parse(replace(note, body={**note.body, "format": layout.FORMAT_VERSION + 1}))
    assert caught.value.hint == "Update imgfile on this computer."
    with pytest.raises(Damaged, match=r"^a roster does not say what a roster says\.$"):
        parse(replace(note, body={**note.body, "people": [{"id": 1}]}))


@pytest.mark.parametrize("name", ["id", "name", "registration", "roles", "recipient", "signing_key", "ed25519"])
def test_no_fact_of_a_person_may_be_left_out(practice: Practice, name: str) -> None:
    """Each by itself."""
    note = practice.vault.roster.note
    (entry,) = note.body["people"]
    people = [{key: entry[key] for key in entry.keys() - {name}}]
    with pytest.raises(Damaged):
        parse(replace(note, body={**note.body, "people": people}))


@pytest.mark.parametrize("name", ["id", "name", "recipient", "pseudonym", "ml_dsa_44"])
def test_no_fact_of_a_station_may_be_left_out(practice: Practice, name: str) -> None:
    """Each by itself."""
    note = practice.vault.roster.note
    (entry,) = note.body["stations"]
    stations = [{key: entry[key] for key in entry.keys() - {name}}]
    with pytest.raises(Damaged):
        parse(replace(note, body={**note.body, "stations": stations}))


def test_a_fingerprint_is_six_words_of_the_digest() -> None:
    """The words of the BIP-39 list, 11 bits each."""
    assert fingerprint_of("00" * 32) == "-".join(["abandon"] * 6)
    assert fingerprint_of("ff" * 32) == "-".join(["zoo"] * 6)
