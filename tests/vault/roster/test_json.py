"""How a roster is spelled: every fact is read, none may be left out, and nonsense is damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile import canonical_json, notes
from imgfile.errors import Damaged, NotWritable
from imgfile.notes import Body, PublicKeys
from imgfile.vault import layout
from imgfile.vault.roster.json import body_of, parse
from imgfile.vault.roster.model import (
    Closed,
    ClosedHolder,
    ClosedStation,
    Credential,
    Generation,
    Person,
    Recovery,
    Role,
    Roster,
    StationEntry,
    Use,
)
from imgfile.vault.roster.successor import successor
from kit.vault.practice import Practice, administrator_of, change_roster, forge_roster, of_each_format
from kit.vault.rosters import furnished


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
@pytest.mark.parametrize("value", [0, -1, True, "1", None, [1]], ids=repr)
def test_a_number_is_a_whole_one_from_one_on(practice: Practice, value: object) -> None:
    """Of the roster, of its format and of a generation; what JSON calls true is none."""
    note = practice.vault.roster.note
    (generation,) = note.body["generations"]
    for change in ({"number": value}, {"format": value}, {"generations": [{**generation, "number": value}]}):
        with pytest.raises(Damaged):
            parse(replace(note, body={**note.body, **change}))


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


# --- any roster --------------------------------------------------------------------------------------------

VAULT = "c" * 32
IDS, DIGESTS = (st.text("0123456789abcdef", min_size=size, max_size=size) for size in (32, 64))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
COUNTS = st.integers(1, 99)
SEEN = st.tuples(COUNTS, DIGESTS)
ENDS = st.one_of(SEEN, st.just((0, "")))
HEADS = st.dictionaries(IDS, ENDS, max_size=2)
KEYS = st.tuples(st.binary(max_size=4), st.binary(max_size=4))


@st.composite
def listed(draw: st.DrawFn, /, kind: Any, id_field: str, **given: st.SearchStrategy[Any]) -> Any:  # noqa: ANN401 - of any kind
    """Draw an entry of a kind, with public keys under the same id."""
    made, keys = draw(IDS), draw(KEYS)
    return kind(**{id_field: made, "keys": PublicKeys(made, *keys)}, **{each: draw(one) for each, one in given.items()})


CREDENTIALS = listed(Credential, "holder", recipient=TEXTS, signing_key_digest=DIGESTS)
CLOSED_HOLDERS = listed(
    ClosedHolder, "holder", roster=COUNTS, heads=HEADS, person=TEXTS, name=TEXTS, registration=TEXTS
)
ROSTERS = st.builds(
    Roster,
    note=st.just(notes.Note("roster", layout.FORMAT_VERSION, VAULT, {}, b"", ())),
    number=COUNTS,
    vault=st.just(VAULT),
    format=st.just(layout.FORMAT_VERSION),
    is_post_quantum=st.booleans(),
    founded=TEXTS,
    generations=st.lists(
        st.builds(
            Generation,
            number=COUNTS,
            recipient=TEXTS,
            holders=st.dictionaries(IDS, DIGESTS, max_size=2),
            previous_digest=st.one_of(st.just(""), DIGESTS),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    recovery=listed(Recovery, "holder", recipient=TEXTS, signing_key_digest=DIGESTS),
    people=st.lists(
        st.builds(
            Person,
            who=IDS,
            name=TEXTS,
            registration=TEXTS,
            roles=st.sets(st.sampled_from(Role)).map(sorted).map(tuple),
            credentials=st.lists(CREDENTIALS, max_size=2).map(tuple),
            attester=TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    stations=st.lists(
        listed(
            StationEntry,
            "station",
            name=TEXTS,
            recipient=TEXTS,
            pseudonym_digest=st.one_of(st.just(""), DIGESTS),
            use=st.sampled_from(Use),
            person=st.one_of(st.just(""), IDS),
        ),
        max_size=2,
    ).map(tuple),
    policy_digest=DIGESTS,
    closed=st.builds(
        Closed,
        credentials=st.lists(CLOSED_HOLDERS, max_size=2).map(tuple),
        stations=st.lists(listed(ClosedStation, "station", name=TEXTS, roster=COUNTS, head=ENDS), max_size=2).map(
            tuple
        ),
        recoveries=st.lists(
            st.one_of(CLOSED_HOLDERS, CLOSED_HOLDERS.map(lambda one: replace(one, keys=None))), max_size=2
        ).map(tuple),
    ),
    accepted=st.sets(DIGESTS, max_size=2).map(sorted).map(tuple),
    roots=st.dictionaries(TEXTS, DIGESTS, max_size=2),
    forks=st.sets(DIGESTS, max_size=2).map(sorted).map(tuple),
    change=TEXTS,
    made=TEXTS,
)


def note_of(body: object, version: int = layout.FORMAT_VERSION) -> notes.Note:
    """Wrap what a roster says in a note that nobody signed: signatures are not read here."""
    return notes.Note("roster", version, VAULT, body, b"", ())  # type: ignore[arg-type]  # some are no bodies


@given(ROSTERS, DIGESTS)
def test_any_roster_is_read_as_it_was_written(roster: Roster, previous: str) -> None:
    """To the same values, and from these to the same bytes."""
    body = body_of(roster, previous=previous)
    line = canonical_json.encode(body)
    note = note_of(canonical_json.decode(line, limit=notes.MAX_NOTE_BYTES))
    read = parse(note)
    assert read == replace(roster, note=note)
    assert canonical_json.encode(body_of(read, previous=previous)) == line


def test_every_field_of_a_roster_is_drawn() -> None:
    """So that one that is added to the model, and forgotten in its spelling, fails the test above."""
    drawn = {
        Roster: {"note", "number", "vault", "format", "is_post_quantum", "founded", "generations", "recovery", "people"}
        | {"stations", "policy_digest", "closed", "accepted", "roots", "forks", "change", "made"},
        Person: {"who", "name", "registration", "roles", "credentials", "attester"},
        StationEntry: {"station", "name", "recipient", "keys", "pseudonym_digest", "use", "person"},
        Generation: {"number", "recipient", "holders", "previous_digest"},
        ClosedHolder: {"holder", "keys", "roster", "heads", "person", "name", "registration"},
        ClosedStation: {"station", "name", "keys", "roster", "head"},
    }
    assert {kind: {one.name for one in fields(kind)} for kind in drawn} == drawn


# --- any nonsense -------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), TEXTS, IDS, DIGESTS, st.just("x25519"), st.just("2")
)
NONSENSE = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)


def places(body: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - of any shape
    """Yield every value of a body as what holds it and where."""
    for key, value in list(body.items() if isinstance(body, dict) else enumerate(body)):
        yield body, key
        if isinstance(value, dict | list):
            yield from places(value)


def expect_roster_or_damage(body: object, version: int) -> None:
    """See that nothing but a roster, or `Damaged`, comes of it."""
    try:
        read = parse(note_of(body, version))
    except Damaged:
        return
    assert read.generation is read.generations[-1]
    assert set(read.administrators) <= set(read.holders)


@given(NONSENSE, st.sampled_from([1, 2]))
def test_any_json_is_damage_or_a_roster(body: object, version: int) -> None:
    """Whatever an administrator signs, those who read it meet no other exception."""
    expect_roster_or_damage({"format": version, "suite": "x25519", "body": body}, version)
    if isinstance(body, dict):
        expect_roster_or_damage(body, version)


@given(ROSTERS, st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_one_value_of_another_shape_is_damage_or_a_roster(roster: Roster, data: st.DataObject) -> None:
    """A good roster but for one value, at any depth: exchanged, or taken out."""
    body = canonical_json.decode(canonical_json.encode(body_of(roster, previous="")), limit=notes.MAX_NOTE_BYTES)
    holder, key = data.draw(st.sampled_from(list(places(body))))
    if data.draw(st.booleans()):
        holder[key] = data.draw(NONSENSE)
    else:
        del holder[key]
    expect_roster_or_damage(body, layout.FORMAT_VERSION)


EMPTIED = ("generations", "people", "stations", "accepted", "forks", "recovery", "closed", "roots")


@of_each_format
@pytest.mark.parametrize("value", ["", {}, 0, False, None], ids=repr)
def test_a_list_is_a_list(practice: Practice, value: object) -> None:
    """What is empty, and of another shape, is not taken for a list of nobody."""
    note = practice.vault.roster.note
    for name in EMPTIED:
        if name not in note.body or (name == "roots" and value == {}):
            continue
        with pytest.raises(Damaged):
            parse(replace(note, body={**note.body, name: value}))
    with pytest.raises(Damaged):
        parse(replace(note, body={**note.body, "generations": []}))


# --- what is not known --------------------------------------------------------------------------------------

UNKNOWN: list[tuple[str, ...]] = [
    (),
    *(("people", "0"), ("people", "0", "credentials", "0"), ("stations", "0"), ("generations", "0"), ("recovery",)),
    *(("closed",), ("closed", "credentials", "0"), ("closed", "stations", "0"), ("closed", "recoveries", "0")),
]


@pytest.mark.parametrize("place", UNKNOWN, ids=".".join)
def test_a_field_of_a_later_version_is_read_past_and_never_lost(
    practice: Practice, tmp_path: Path, place: tuple[str, ...]
) -> None:
    """At every depth: the roster is read, the vault is used, and no roster follows from this version."""
    practice = furnished(practice, tmp_path / "second")

    def with_more(body: Body) -> Body:
        inner: Any = body
        for step in place:
            inner = inner[int(step) if step.isdigit() else step]
        inner["later"] = {"version": 3}
        return body

    # what is closed may not change, so what is unknown there stands there since it was closed
    forge_roster(practice, lambda body: with_more(canonical_json.decode(canonical_json.encode(body), limit=1 << 20)))
    newest = practice.reopened().roster
    assert replace(newest, note=practice.vault.roster.note, number=0, change="", made="") == replace(
        practice.vault.roster, number=0, change="", made=""
    )
    with pytest.raises(NotWritable, match="written by a newer imgfile") as caught:
        change_roster(practice)
    assert caught.value.hint == "Update imgfile."
    with pytest.raises(NotWritable, match="written by a newer imgfile"):
        successor(newest, newest, administrator_of(practice))


def test_a_recovery_key_that_does_not_sign_is_not_spelled(practice: Practice) -> None:
    """Format 2 lists what it signs with, or asks for a new one."""
    roster = practice.vault.roster
    with pytest.raises(NotWritable, match="does not sign yet"):
        body_of(replace(roster, recovery=Recovery(roster.recovery.holder)), previous="")
