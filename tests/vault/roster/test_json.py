"""How a roster is spelled: every fact is read, none may be left out, and nonsense is damage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.roster.json import parse
from kit.vault.practice import Practice, of_each_format


@of_each_format
def test_a_roster_of_a_newer_format_or_without_its_facts_is_refused(practice: Practice) -> None:
    """Newer says update; incomplete says damaged."""
    note = practice.vault.roster.note
    with pytest.raises(Damaged, match="newer imgfile"):
        parse(replace(note, body={**note.body, "format": 3}))
    for key in note.body.keys() - {"previous"}:
        with pytest.raises(Damaged):
            parse(replace(note, body={name: value for name, value in note.body.items() if name != key}))
    nonsenses: list[Body] = [{"people": [3]}, {"stations": None}, {"generations": [{}]}]
    for nonsense in nonsenses:
        with pytest.raises(Damaged):
            parse(replace(note, body={**note.body, **nonsense}))


@of_each_format
def test_the_suite_is_of_the_roster(practice: Practice) -> None:
    """Whatever is neither is no suite, and not taken for post-quantum."""
    note = practice.vault.roster.note
    for suite, is_post_quantum in (("mlkem768x25519", True), ("x25519", False)):
        assert parse(replace(note, body={**note.body, "suite": suite})).is_post_quantum is is_post_quantum
    strange: tuple[object, ...] = ("other", "", None, ["x25519"])
    for other in strange:
        with pytest.raises(Damaged):
            parse(replace(note, body={**note.body, "suite": other}))


@of_each_format
def test_a_roster_is_of_the_version_of_its_note(practice: Practice) -> None:
    """What one says and the other does not is neither."""
    note = practice.vault.roster.note
    other = 3 - note.version
    for changed in (replace(note, version=other), replace(note, body={**note.body, "format": other})):
        with pytest.raises(Damaged, match="does not say what a roster says"):
            parse(changed)


@of_each_format
def test_what_is_wrong_with_a_roster_is_said(practice: Practice) -> None:
    """Update, or damaged: people do different things then."""
    note = practice.vault.roster.note
    with pytest.raises(Damaged, match=r"^the vault was written by a newer imgfile\.$") as caught:
        parse(replace(note, body={**note.body, "format": layout.FORMAT_VERSION + 1}))
    assert caught.value.hint == "Update imgfile on this computer."
    with pytest.raises(Damaged, match=r"^a roster does not say what a roster says\.$"):
        parse(replace(note, body={**note.body, "people": [{"id": 1}]}))


@of_each_format
@pytest.mark.parametrize("name", ["id", "name", "registration", "roles", "recipient", "signing_key", "ed25519"])
def test_no_fact_of_a_person_may_be_left_out(practice: Practice, name: str) -> None:
    """Each by itself, of the person or of their credential."""
    note = practice.vault.roster.note
    (entry,) = note.body["people"]
    people = [{key: entry[key] for key in entry.keys() - {name}}]
    if name not in entry:
        (credential,) = entry["credentials"]
        people = [{**entry, "credentials": [{key: credential[key] for key in credential.keys() - {name}}]}]
    with pytest.raises(Damaged):
        parse(replace(note, body={**note.body, "people": people}))


@of_each_format
@pytest.mark.parametrize("name", ["id", "name", "recipient", "pseudonym", "ml_dsa_44"])
def test_no_fact_of_a_station_may_be_left_out(practice: Practice, name: str) -> None:
    """Each by itself."""
    note = practice.vault.roster.note
    (entry,) = note.body["stations"]
    stations = [{key: entry[key] for key in entry.keys() - {name}}]
    with pytest.raises(Damaged):
        parse(replace(note, body={**note.body, "stations": stations}))
