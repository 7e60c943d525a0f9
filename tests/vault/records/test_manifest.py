"""Manifests: signed by a listed station, for one place, and saying what manifests say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.layout import KeyId
from imgfile.vault.records import manifest
from imgfile.vault.thing_key import ThingKey
from kit.vault.practice import NOON, Practice, administrator_of, of_each_format, of_format_1, resigned


@of_each_format
@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "objects": {"image.age": body["objects"]["image.age"]}},
        lambda body: {**body, "objects": {**body["objects"], "image.age": {"length": "3", "sha256": "0" * 64}}},
        lambda body: {**body, "objects": {**body["objects"], "image.age": {"length": 3, "sha256": "0"}}},
        lambda body: {**body, "filed": "yesterday"},
        lambda body: {**body, "objects": 3},
        lambda body: {"record": body["record"]},
        lambda body: {**body, "record": "0" * 32},
    ],
)
def test_a_manifest_must_say_what_manifests_say(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Even this station's own signature does not make nonsense a manifest."""
    filed = practice.file()
    resigned(practice, "manifest", f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}", change)
    with pytest.raises(Damaged):
        manifest.load(practice.vault, filed.patient, filed.record)


KEY = ThingKey(PatientFolder("a" * 32), "b" * 32, 1, "5" * 64)
FACTS = manifest.Manifest(
    folder=PatientFolder("a" * 32),
    record=RecordId("b" * 32),
    key=KEY,
    objects={
        layout.IMAGE: manifest.SealedObject(3, Digest("1" * 64)),
        layout.FACTS: manifest.SealedObject(5, Digest("2" * 64)),
    },
    photo_mark="3" * 64,
    birth_guard="7f",
    filed_at=NOON,
    station="",
    digest=Digest(""),
    same_mark="6" * 64,
)


def facts_of(practice: Practice) -> manifest.Manifest:
    """Return the same facts as a vault of this format states them."""
    if practice.vault.roster.is_format_1:
        return replace(FACTS, key=KeyId("c" * 32), same_mark="")
    return replace(FACTS, roster=practice.vault.roster.seen)


def published(practice: Practice, facts: manifest.Manifest | None = None) -> str:
    """Sign a manifest, publish it at its place, and return its name."""
    facts = facts or facts_of(practice)
    name = f"{layout.record(facts.folder, facts.record)}/{layout.MANIFEST}"
    practice.vault.store.publish(name, manifest.sign(practice.vault, facts).encode())
    return name


@of_each_format
def test_what_is_signed_is_what_is_loaded(practice: Practice) -> None:
    """Every fact comes back, with who signed it and the digest of the very text."""
    name, roster = published(practice), practice.vault.roster
    note = notes.parse((practice.folder / name).read_bytes())
    assert (note.kind, note.version) == ("manifest", roster.format)
    of_format_1: Body = {"key": "c" * 32}
    of_format_2: Body = {
        "key": {"generation": 1, "sha256": "5" * 64},
        "same": "6" * 64,
        "roster": [1, roster.note.digest],
    }
    assert note.body == (of_format_1 if roster.is_format_1 else of_format_2) | {
        "patient": "a" * 32,
        "record": "b" * 32,
        "objects": {
            "image.age": {"length": 3, "sha256": "1" * 64},
            "record.age": {"length": 5, "sha256": "2" * 64},
        },
        "photo": "3" * 64,
        "dob": "7f",
        "filed": "2026-11-22T12:00:00Z",
    }
    assert manifest.load(practice.vault, FACTS.folder, FACTS.record) == replace(
        facts_of(practice), station=practice.vault.here.station, digest=Digest(note.digest)
    )
    assert FACTS.reference == layout.reference(FACTS.record) == "qexv-qexv"


@of_each_format
@pytest.mark.parametrize("place", [{"folder": PatientFolder("d" * 32)}, {"record": RecordId("d" * 32)}], ids=str)
def test_a_manifest_is_of_one_place(practice: Practice, place: dict[str, str]) -> None:
    """Copied to another patient, or to another record, it is refused, and its place is named."""
    note = (practice.folder / published(practice)).read_bytes()
    there = replace(facts_of(practice), **place)  # type: ignore[arg-type]  # all are text
    name = f"{layout.record(there.folder, there.record)}/{layout.MANIFEST}"
    practice.vault.store.publish(name, note)
    with pytest.raises(Damaged, match=f"^{name} belongs to another record"):
        manifest.load(practice.vault, there.folder, there.record)


@of_each_format
def test_only_a_listed_station_signs_manifests(practice: Practice) -> None:
    """Not somebody's own key under this station's name, nor a person's, nor another kind of note."""
    here, name = practice.vault.here.station, published(practice)
    body, version = notes.parse((practice.folder / name).read_bytes()).body, practice.vault.roster.format
    person = SigningKey.generate(practice.founder)
    for signer in (SigningKey.generate(here), person, administrator_of(practice), SigningKey.generate("e" * 32)):
        note = signer.sign("manifest", practice.vault.id, body, version=version)
        (practice.folder / name).write_bytes(note.encode())
        with pytest.raises(Damaged):
            manifest.load(practice.vault, FACTS.folder, FACTS.record)
    own = practice.vault.station.signing_key
    for kind, vault in (("audit", practice.vault.id), ("manifest", "f" * 32)):
        note = own.sign(kind, vault, body, version=version)
        (practice.folder / name).write_bytes(note.encode())
        with pytest.raises(Damaged, match="where a manifest was expected"):
            manifest.load(practice.vault, FACTS.folder, FACTS.record)


IMAGE, RECORD = {"length": 3, "sha256": "1" * 64}, {"length": 5, "sha256": "2" * 64}
STATED: list[tuple[str, object]] = [
    *((name, None) for name in ("key", "objects", "photo", "dob", "filed")),
    *(("photo", 3), ("dob", ["7f"]), ("filed", "2026-11-22"), ("filed", "2026-11-22T12:00:00+00:00"), ("filed", 3)),
    *(("objects", {"image.age": IMAGE}), ("objects", {"record.age": RECORD})),
    *(
        ("objects", {"image.age": image, "record.age": RECORD})
        for image in (
            *({**IMAGE, "length": length} for length in (True, "3", None)),
            *({**IMAGE, "sha256": digest} for digest in ("A" * 64, "1" * 63, "1" * 65, 1, None)),
            *({"length": 3}, {"sha256": "1" * 64}, [3, "1" * 64]),
        )
    ),
    *(
        ("objects", {"image.age": IMAGE, "record.age": RECORD, name: IMAGE})
        for name in ("../x.age", "x/y.age", "X.age", ".age", "x.note", "x" * 65 + ".age", "x.age\n")
    ),
]


KEY_SHAPES: list[tuple[str, object]] = [("key", key) for key in ("C" * 32, "c" * 31, "../" + "c" * 29)]
THING_SHAPES: list[tuple[str, object]] = [
    *((name, None) for name in ("same", "roster")),
    *(("key", key) for key in ("c" * 32, [1, "5" * 64], {"generation": 1}, {"sha256": "5" * 64})),
    *(("key", {"generation": number, "sha256": "5" * 64}) for number in (0, -1, "1", True, None)),
    *(("key", {"generation": 1, "sha256": digest}) for digest in ("5" * 63, "A" * 64, "../" + "5" * 61, 5, None)),
    *(("same", 3), ("same", ["6" * 64])),
    *(("roster", seen) for seen in ([], [1], [1, "5" * 63], ["1", "5" * 64], [True, "5" * 64])),
    *(("roster", seen) for seen in ([0, ""], {"1": "5" * 64}, 1)),
]


@of_format_1
@pytest.mark.parametrize(("name", "value"), [*STATED, *KEY_SHAPES], ids=str)
def test_each_fact_of_format_1_has_its_own_shape(practice: Practice, name: str, value: object) -> None:
    """A key's name becomes a path too."""
    refuses_stated(practice, name, value)


@pytest.mark.parametrize(("name", "value"), [*STATED, *THING_SHAPES], ids=str)
def test_each_fact_has_its_own_shape(practice: Practice, name: str, value: object) -> None:
    """What becomes a path is of random hex or a plain name; a length is a number, a digest lower-case hex."""
    refuses_stated(practice, name, value)


def refuses_stated(practice: Practice, name: str, value: object) -> None:
    """See that a manifest with this value for a fact is none, whoever signed it."""
    place = published(practice)
    resigned(practice, "manifest", place, lambda body: {**body, name: value})
    with pytest.raises(Damaged, match=f"^{place} does not say what a manifest says"):
        manifest.load(practice.vault, FACTS.folder, FACTS.record)


@pytest.mark.parametrize("name", ["same", "roster"])
def test_no_fact_of_format_2_may_be_left_out(practice: Practice, name: str) -> None:
    """Nor may one that format 1 did not have."""
    refuses_without(practice, name)


@of_each_format
@pytest.mark.parametrize("name", ["patient", "record", "key", "objects", "photo", "dob", "filed"])
def test_no_fact_may_be_left_out(practice: Practice, name: str) -> None:
    """A later format may add some; none of these goes."""
    refuses_without(practice, name)


def refuses_without(practice: Practice, name: str) -> None:
    """See that a manifest without this fact is none, whoever signed it."""
    place = published(practice)
    resigned(practice, "manifest", place, lambda body: {key: body[key] for key in body.keys() - {name}})
    with pytest.raises(Damaged, match="does not say what a manifest says"):
        manifest.load(practice.vault, FACTS.folder, FACTS.record)


def test_a_record_may_hold_more_objects(practice: Practice) -> None:
    """A later imgfile may file more beside the photo: they are listed, whatever they are."""
    more = {**FACTS.objects, "x" * 64 + ".age": manifest.SealedObject(7, Digest("4" * 64))}
    published(practice, replace(facts_of(practice), objects=more))
    assert manifest.load(practice.vault, FACTS.folder, FACTS.record).objects == more
