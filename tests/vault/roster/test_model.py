"""One roster: what it says of people, computers and keys, and how it is found there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import canonical_json
from imgfile.notes import PublicKeys
from imgfile.vault import layout
from imgfile.vault.roster.json import parse
from imgfile.vault.roster.model import (
    Closed,
    ClosedHolder,
    ClosedStation,
    Role,
    Use,
    fingerprint_of,
    is_fingerprint,
    words_slip,
)
from imgfile.vault.roster.named_files import named_files
from kit.vault.practice import Practice, begin_generation, enrol_second_station, of_each_format, of_format_1


def test_people_and_stations_are_found_by_id(practice: Practice) -> None:
    """And nobody else is; a person by a credential of theirs as well."""
    roster = practice.vault.roster
    person = roster.people[0]
    (credential,) = person.credentials
    assert roster.person(person.who) == roster.person(credential.holder) == person
    assert roster.credential(credential.holder) == credential
    assert roster.station(roster.stations[0].station) == roster.stations[0]
    assert roster.person("nobody") is None
    assert roster.credential(person.who) is None
    assert roster.station("nowhere") is None
    assert roster.closed_station(roster.stations[0].station) is None
    assert person.title == "Dr A. Example, GMC 7654321"
    assert replace(person, registration="").title == "Dr A. Example"


@of_format_1
def test_a_person_of_format_1_is_a_credential_of_the_same_id(practice: Practice) -> None:
    """Which is what the trail of that day names."""
    roster = practice.vault.roster
    (person,) = roster.people
    assert roster.person(practice.founder) == person
    assert roster.credential(person.who) == person.credentials[0]
    assert roster.administrators.keys() == {person.who}


@of_each_format
def test_a_roster_is_canonical_json_that_anybody_reads(practice: Practice) -> None:
    """Line 2 of the note is JSON with the documented fields."""
    text = (practice.folder / layout.roster(1)).read_text(encoding="utf-8").split("\n")[1]
    body = json.loads(text)
    assert canonical_json.encode(body).decode() == text
    fields = {
        *("number", "previous", "format", "suite", "founded", "generations"),
        *("recovery", "people", "stations", "policy"),
    }
    of_format_2 = {"made", "change", "forks", "roots", "closed", "accepted"}
    assert set(body) == (fields if practice.vault.roster.is_format_1 else fields | of_format_2)


def test_a_roster_says_who_and_what_belongs(practice: Practice, tmp_path: Path) -> None:
    """Every fact of its note, in the order in which it stands there."""
    enrol_second_station(practice, tmp_path / "second")
    practice, _ = begin_generation(practice)
    roster = practice.vault.roster
    body = roster.note.body
    assert parse(roster.note) == roster
    assert (roster.number, roster.vault, roster.format) == (3, roster.note.vault, 2)
    assert roster.policy_digest == body["policy"]
    assert (roster.founded, roster.made, roster.change) == (body["founded"], body["made"], "changed")
    assert [(one.number, one.recipient, one.holders, one.previous_digest) for one in roster.generations] == [
        (entry["number"], entry["recipient"], entry["holders"], entry["previous"]) for entry in body["generations"]
    ]
    assert [one.station for one in roster.stations] == [entry["id"] for entry in body["stations"]]
    for one, entry in zip(roster.stations, body["stations"], strict=True):
        assert (one.name, one.recipient) == (entry["name"], entry["recipient"])
        assert one.pseudonym_digest == entry["pseudonym"]
        assert (one.use, one.person, one.keys) == (Use(entry["use"]), entry["person"], PublicKeys.from_json(entry))
    (person,), (entry,) = roster.people, body["people"]
    assert (person.who, person.name, person.registration) == (entry["id"], entry["name"], entry["registration"])
    assert (person.roles, person.attester) == ((Role.ADMINISTRATOR, Role.CLINICIAN), entry["attester"])
    (credential,), (listed,) = person.credentials, entry["credentials"]
    assert (credential.holder, credential.recipient) == (listed["id"], listed["recipient"])
    assert (credential.signing_key_digest, credential.keys) == (listed["signing_key"], PublicKeys.from_json(listed))
    recovery, spare = roster.recovery, body["recovery"]
    assert (recovery.holder, recovery.recipient) == (spare["id"], spare["recipient"])
    assert (recovery.signing_key_digest, recovery.keys) == (spare["signing_key"], PublicKeys.from_json(spare))
    assert roster.station_keys == {entry["id"]: PublicKeys.from_json(entry) for entry in body["stations"]}


@of_format_1
def test_a_roster_of_format_1_says_the_same_of_fewer(practice: Practice) -> None:
    """What it lacks is empty: nobody's station, clinical, nothing closed; the recovery key has an id alone."""
    roster = practice.vault.roster
    body = roster.note.body
    assert parse(roster.note) == roster
    assert (roster.number, roster.format, roster.is_format_1) == (1, 1, True)
    assert (roster.recovery.holder, roster.recovery.keys, roster.recovery.recipient) == (body["recovery"], None, "")
    (entry,), (listed,) = roster.stations, body["stations"]
    assert (entry.station, entry.use, entry.person) == (listed["id"], Use.CLINICAL, "")
    assert (roster.closed.credentials, roster.closed.stations, roster.closed.recoveries) == ((), (), ())
    assert (roster.change, roster.made, roster.roots, roster.forks, roster.accepted) == ("", "", {}, (), ())
    assert roster.roster_signers == roster.administrators


def test_whoever_left_is_still_called_by_name(practice: Practice) -> None:
    """For what they filed and signed; the recovery key has no name, nor has somebody of whom only keys are known."""
    roster, (person,) = practice.vault.roster, practice.vault.roster.people
    (entry,), keys = roster.stations, person.credentials[0].keys
    left = ClosedHolder("c" * 32, keys, 2, {}, "1" * 32, "Dr L. Left", "GMC 7222222")
    bare = ClosedHolder("d" * 32, keys, 2, {}, "2" * 32, "Dr B. Bare")
    lost = ClosedHolder("e" * 32, keys, 2, {})
    retired = ClosedStation("f" * 32, "OLD", entry.keys, 2, (0, ""))
    now = replace(roster, closed=Closed(credentials=(left, bare, lost), stations=(retired,)))
    titles = {holder: now.title_of(holder) for holder in (practice.founder, *(letter * 32 for letter in "cde"))}
    assert [*titles.values()] == ["Dr A. Example, GMC 7654321", "Dr L. Left, GMC 7222222", "Dr B. Bare", ""]
    assert now.title_of(roster.recovery.holder) is None
    wanted = [("Dr A. Example", "GMC 7654321"), ("Dr L. Left", "GMC 7222222"), ("Dr B. Bare", "")]
    assert [*now.names] == wanted
    assert now.station_names == {entry.station: entry.name, "f" * 32: "OLD"}
    assert now.holding(practice.founder) == person
    assert now.holding(person.who) is None
    assert now.holding("c" * 32) is None


def test_who_attests_is_a_clinician_of_a_wanted_kind(practice: Practice) -> None:
    """Of any, where none is wanted; whoever only administers never is."""
    roster, (person,) = practice.vault.roster, practice.vault.roster.people
    nurse = replace(person, who="1" * 32, attester="nurse", roles=(Role.CLINICIAN,))
    clerk = replace(person, who="2" * 32, attester="nurse", roles=(Role.ADMINISTRATOR,))
    now = replace(roster, people=(replace(person, attester="doctor"), nurse, clerk))
    assert [*now.attesters({"nurse"})] == [nurse]
    assert [*now.attesters(())] == [*now.clinicians] == [now.people[0], nurse]
    assert [*now.attesters({"paramedic"})] == []


@of_each_format
def test_every_key_that_signs_is_open_and_every_file_is_named(practice: Practice) -> None:
    """The recovery key signs in format 2 alone; each file that is named lies there with that digest."""
    roster = practice.vault.roster
    keys = [roster.stations[0].keys, roster.people[0].credentials[0].keys]
    assert [*roster.open_keys] == keys + ([] if roster.is_format_1 else [roster.recovery.keys])
    named = named_files(roster)
    assert (layout.signer_key(roster.recovery.holder) in named) is not roster.is_format_1
    assert all(practice.vault.store.holds(name, digest) for name, digest in named.items())


def test_the_newest_generation_is_the_current_one(practice: Practice) -> None:
    """What is filed is sealed to it; those before stay listed, for what was filed to them."""
    practice, made = begin_generation(practice)
    assert [one.number for one in practice.vault.roster.generations] == [1, 2]
    assert practice.vault.roster.generation.number == 2
    assert practice.vault.roster.generation.recipient == str(made.recipient)


def test_administrators_and_the_recovery_key_sign_rosters(practice: Practice) -> None:
    """A clinician does not; nor does anybody else."""
    roster = practice.vault.roster
    assert roster.administrators.keys() == {practice.founder}
    assert roster.roster_signers.keys() == {practice.founder, roster.recovery.holder}
    demoted = replace(roster, people=(replace(roster.people[0], roles=(Role.CLINICIAN,)),))
    assert demoted.administrators == {}
    assert demoted.roster_signers.keys() == {roster.recovery.holder}


def test_every_holder_of_the_practice_key_is_listed(practice: Practice) -> None:
    """By credential, and the recovery key, each with what is sealed to."""
    roster = practice.vault.roster
    assert roster.holders == {
        practice.founder: roster.people[0].credentials[0].recipient,
        roster.recovery.holder: roster.recovery.recipient,
    }
    assert roster.holders.keys() == roster.generation.holders.keys()


def test_a_fingerprint_is_eight_words_of_the_digest() -> None:
    """The words of the BIP-39 list, 11 bits each; the first six are those that 0.1.0 showed."""
    assert fingerprint_of("00" * 32) == "abandon abandon abandon abandon / abandon abandon abandon abandon"
    assert fingerprint_of("ff" * 32) == "zoo zoo zoo zoo / zoo zoo zoo zoo"
    assert len(set(fingerprint_of("0123456789abcdef" * 4).split())) == 9


@pytest.mark.parametrize("typed", ["{}", " {} \n", "{upper}", "{hyphens}", "{commas}"])
def test_a_fingerprint_is_typed_as_people_type(typed: str) -> None:
    """In any case, with whatever between the words."""
    digest = "0123456789abcdef" * 4
    words = fingerprint_of(digest)
    spoken = words.replace("/ ", "")
    spellings = {"upper": words.upper(), "hyphens": spoken.replace(" ", "-"), "commas": spoken.replace(" ", ", ")}
    assert is_fingerprint(typed.format(words, **spellings), digest)


def test_other_words_are_no_fingerprint() -> None:
    """Fewer, more, in another order, or of another digest."""
    digest = "0123456789abcdef" * 4
    words = fingerprint_of(digest).replace("/ ", "").split()
    for other in (words[:7], words[:6], [*words, "zoo"], words[::-1], [*words[:7], "zoo"], []):
        assert not is_fingerprint(" ".join(other), digest)
    assert not is_fingerprint(fingerprint_of("00" * 32), digest)


@pytest.mark.parametrize(
    ("typed", "least", "slip"),
    [
        ("", 8, "No word was typed; there are eight."),
        ("zoo", 8, "1 word was typed; there are eight."),
        ("zoo zoo", 6, "2 words were typed; there are eight, or the first six."),
        (" ".join(["zoo"] * 6), 6, ""),
        (" ".join(["zoo"] * 7), 8, "7 words were typed; there are eight."),
        (" ".join(["zoo"] * 8), 8, ""),
        (" ".join(["zoo"] * 9), 6, "9 words were typed; there are eight, or the first six."),
    ],
)
def test_how_many_words_are_missing_is_said(typed: str, least: int, slip: str) -> None:
    """In words that fit one, and none."""
    assert words_slip(typed, least=least) == slip


def test_a_vault_is_known_by_the_words_of_its_first_roster(practice: Practice) -> None:
    """As they are read out."""
    assert practice.vault.roster.fingerprint == fingerprint_of(practice.vault.station.pin.first_digest)
