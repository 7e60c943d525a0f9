"""One roster: what it says, and what it must say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from imgfile import canonical_json
from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.roster.model import parse
from kit.vault.practice import Practice


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
