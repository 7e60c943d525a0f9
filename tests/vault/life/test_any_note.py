"""Whatever a note of a record's life states is read back as it was stated, and stated again in the same bytes.

Every kind, each of its fields drawn: additions, tombstones, ends, manifests with an origin, items and what became of
them, proposals. What a note may not state `test_forged_notes` and `test_odd_notes` have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.notes import Note
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.things import INBOX_FOLDER
from imgfile.vault.layout import ThingId
from imgfile.vault.life import addition, ended, gone, proposals, settled
from imgfile.vault.life.addition import EFFECTS, LOOSENS, NEEDED, Addition, AdditionKind
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.proposals import ProposedThing
from imgfile.vault.life.settled import Settled, Verdict
from imgfile.vault.life.signers import Signer
from imgfile.vault.records import item, manifest
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Cause, Manifest, Origin, SealedObject
from imgfile.vault.thing_key import ThingKey
from kit.vault.practice import Practice, administrator_of

HEX = "0123456789abcdef"
IDS = st.text(HEX, min_size=32, max_size=32)
DIGESTS = st.text(HEX, min_size=64, max_size=64).map(Digest)
FOLDERS, RECORDS = IDS.map(PatientFolder), IDS.map(RecordId)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - bounds
    lambda when: when.replace(microsecond=0)
)
SEALED = st.builds(SealedObject, st.integers(0, 10**12), DIGESTS)
SOME = st.lists(DIGESTS, min_size=1, max_size=4, unique=True).map(lambda drawn: tuple(sorted(drawn)))
SEEN = st.tuples(st.integers(1, 10**6), DIGESTS.map(str))
TWO = st.lists(IDS, min_size=2, max_size=2, unique=True).map(lambda drawn: tuple(sorted(drawn)))
NOBODY = Signer("")
SIGNED = {"signer", "roster", "digest"}
"""What a note states of whoever signs it: nobody draws that."""


def key_of(draw: Callable[..., Any], folder: PatientFolder, thing: str) -> ThingKey:
    """Draw the key of a thing."""
    return ThingKey(folder, thing, draw(st.integers(1, 10**6)), draw(DIGESTS))


def made(kind: Any, drawn: dict[str, Any], *but: str) -> Any:  # noqa: ANN401 - any of the kinds of note
    """Make what a note states, of each of its fields."""
    assert drawn.keys() == {each.name for each in fields(kind)} - {*SIGNED, *but}
    return kind(**drawn, **({"signer": NOBODY} if "signer" not in but else {}))


@st.composite
def additions(draw: st.DrawFn) -> Addition:
    """Draw any addition that a note may state."""
    folder, thing, kind = draw(FOLDERS), ThingId(draw(IDS)), draw(st.sampled_from(AdditionKind))
    may = sorted(EFFECTS.get(kind, frozenset()))
    effects = draw(st.frozensets(st.sampled_from(may))) if may else frozenset()
    effects |= {NEEDED[kind]} if kind in NEEDED else frozenset()
    drawn: dict[str, Any] = {
        "folder": folder,
        "record": draw(RECORDS),
        "thing": thing,
        "kind": kind,
        "key": key_of(draw, folder, thing),
        "sealed": draw(SEALED),
        "knew": draw(SOME),
        "effects": effects,
        "ends": draw(SOME) if effects & LOOSENS else (),
        "birth_guard": draw(st.sampled_from(("", "5a"))),
        "at": draw(MOMENTS),
        "station": draw(IDS),
    }
    stated: Addition = made(Addition, drawn)
    return stated


@st.composite
def tombstones(draw: st.DrawFn) -> Gone:
    """Draw any tombstone."""
    folder, how, thing = draw(FOLDERS), draw(st.sampled_from(How)), draw(IDS)
    is_moved = how is How.MOVED
    drawn: dict[str, Any] = {
        "folder": folder,
        "record": draw(RECORDS),
        "manifest": draw(DIGESTS),
        "how": how,
        "knew": draw(SOME),
        "at": draw(MOMENTS),
        "to": (draw(FOLDERS), draw(RECORDS)) if is_moved else None,
        "cause": draw(st.sampled_from((Cause.MOVED, Cause.REKEYED))) if is_moved else Cause.MOVED,
        "key": key_of(draw, folder, thing) if is_moved else None,
        "sealed": draw(SEALED) if is_moved else None,
        "heads": draw(st.dictionaries(IDS, SEEN, max_size=3)) if how is How.WITHDRAWN else {},
        "proposals": draw(TWO) if how is How.DESTROYED else (),
    }
    stated: Gone = made(Gone, drawn)
    return stated


@st.composite
def ends(draw: st.DrawFn) -> Ended:
    """Draw the end of what a hold kept."""
    drawn = {"folder": draw(FOLDERS), "record": draw(RECORDS), "gone": draw(DIGESTS), "proposals": draw(TWO),
             "at": draw(MOMENTS)}  # fmt: skip
    stated: Ended = made(Ended, drawn)
    return stated


@st.composite
def verdicts(draw: st.DrawFn) -> Settled:
    """Draw what became of an item."""
    how = draw(st.sampled_from(Verdict))
    to = (draw(FOLDERS), draw(RECORDS)) if how is Verdict.ACCEPTED else None
    drawn = {"item": draw(RECORDS), "manifest": draw(DIGESTS), "how": how, "to": to, "at": draw(MOMENTS)}
    stated: Settled = made(Settled, drawn)
    return stated


@st.composite
def objects(draw: st.DrawFn) -> dict[str, SealedObject]:
    """Draw what lies beside a record or an item: photo and facts, and perhaps a form."""
    names = [layout.IMAGE, layout.FACTS, *([layout.FORM] if draw(st.booleans()) else [])]
    return {name: draw(SEALED) for name in names}


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Draw an item of the inbox."""
    name = draw(RECORDS)
    drawn: dict[str, Any] = {
        "item": name,
        "why": draw(st.sampled_from(item.Why)),
        "key": key_of(draw, INBOX_FOLDER, name),
        "objects": draw(objects()),
        "deadline": draw(st.just("") | MOMENTS.map(lambda when: when.date().isoformat())),
        "received": draw(MOMENTS),
    }
    stated: Item = made(Item, drawn, "station", "signer")
    return stated


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Draw a record's manifest, with where its photo was before."""
    folder, record = draw(FOLDERS), draw(RECORDS)
    origins = st.builds(Origin, st.sampled_from(Cause), RECORDS, MOMENTS, st.just(()) | SOME)
    drawn: dict[str, Any] = {
        "folder": folder,
        "record": record,
        "key": key_of(draw, folder, record),
        "objects": draw(objects()),
        "photo_mark": draw(IDS),
        "birth_guard": draw(st.sampled_from(("", "5a"))),
        "filed_at": draw(MOMENTS),
        "station": "",
        "digest": Digest(""),
        "same_mark": draw(IDS),
        "origin": draw(st.none() | origins),
    }
    assert drawn.keys() == {each.name for each in fields(Manifest)} - {"roster"}
    return Manifest(**drawn)


TRIED = settings(max_examples=20, suppress_health_check=list(HealthCheck))


def reads_back(stated: Any, sign: Callable[[Any], Note], parse: Callable[[Note], Any], **own: Any) -> None:  # noqa: ANN401
    """See that a note says what was stated, and that what it says is stated in the same bytes."""
    note = sign(stated)
    found = parse(note)
    assert replace(found, roster=(0, ""), digest=Digest(""), **own) == stated
    assert sign(found).text == note.text


def signs(vault: Vault, practice: Practice, room: Any) -> Callable[[Any], Note]:  # noqa: ANN401 - a module
    """Return how a person's note of a kind is signed."""
    key = administrator_of(practice)
    return lambda stated: room.sign(vault, stated, key)


@TRIED
@given(stated=additions() | tombstones() | ends() | verdicts())
def test_what_a_person_states_is_read_back(practice: Practice, stated: Addition | Gone | Ended | Settled) -> None:
    """Of a record, or of an item."""
    vault = practice.vault
    room: Any = {Addition: addition, Gone: gone, Ended: ended, Settled: settled}[type(stated)]
    reads_back(stated, signs(vault, practice, room), lambda note: room._parse(vault, note), signer=NOBODY)


@TRIED
@given(stated=items() | manifests())
def test_what_a_computer_states_is_read_back(practice: Practice, stated: Item | Manifest) -> None:
    """Of what it files, and of what it puts into the inbox."""
    room: Any = item if isinstance(stated, Item) else manifest
    reads_back(stated, lambda each: room.sign(practice.vault, each), room._parse, station="")


@TRIED
@given(st.data())
def test_what_is_proposed_is_read_back(practice: Practice, data: st.DataObject) -> None:
    """Each record once, whatever the order in which they are named; and the second signs the very text of the first."""
    vault, key, folder = practice.vault, administrator_of(practice), data.draw(FOLDERS)
    records = data.draw(st.lists(RECORDS, min_size=1, max_size=4, unique=True))
    things = [ProposedThing(folder, record, data.draw(DIGESTS)) for record in records]
    reason = {"id": data.draw(IDS), "sha256": data.draw(DIGESTS), "key": key_of(data.draw, folder, "x").to_json()}
    made_at = data.draw(MOMENTS)
    note = proposals.sign(vault, proposals.text(vault, things, reason, at=made_at), key)
    found = proposals._parse(vault, "a" * 32, note)
    assert (sorted(found.things, key=lambda each: each.record), found.made) == (
        sorted(things, key=lambda each: each.record),
        made_at,
    )
    assert found.reason.name == layout.reason(folder, str(reason["id"]))
    assert proposals.sign(vault, found.body, key).text == note.text
