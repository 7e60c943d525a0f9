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
from kit.vault.practice import NOON, Practice, resigned


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


FACTS = manifest.Manifest(
    folder=PatientFolder("a" * 32),
    record=RecordId("b" * 32),
    key=KeyId("c" * 32),
    objects={
        layout.IMAGE: manifest.SealedObject(3, Digest("1" * 64)),
        layout.FACTS: manifest.SealedObject(5, Digest("2" * 64)),
    },
    photo_mark="3" * 64,
    birth_guard="7f",
    filed_at=NOON,
    station="",
    digest=Digest(""),
)


def published(practice: Practice, facts: manifest.Manifest = FACTS) -> str:
    """Sign a manifest, publish it at its place, and return its name."""
    name = f"{layout.record(facts.folder, facts.record)}/{layout.MANIFEST}"
    practice.vault.store.publish(name, manifest.sign(practice.vault, facts).encode())
    return name


def test_what_is_signed_is_what_is_loaded(practice: Practice) -> None:
    """Every fact comes back, with who signed it and the digest of the very text."""
    name = published(practice)
    note = notes.parse((practice.folder / name).read_bytes())
    assert note.kind == "manifest"
    assert note.body == {
        "patient": "a" * 32,
        "record": "b" * 32,
        "key": "c" * 32,
        "objects": {
            "image.age": {"length": 3, "sha256": "1" * 64},
            "record.age": {"length": 5, "sha256": "2" * 64},
        },
        "photo": "3" * 64,
        "dob": "7f",
        "filed": "2026-11-22T12:00:00Z",
    }
    assert manifest.load(practice.vault, FACTS.folder, FACTS.record) == replace(
        FACTS, station=practice.vault.here.station, digest=Digest(note.digest)
    )
    assert FACTS.reference == layout.reference(FACTS.record) == "qexv-qexv"


@pytest.mark.parametrize("place", [{"folder": PatientFolder("d" * 32)}, {"record": RecordId("d" * 32)}], ids=str)
def test_a_manifest_is_of_one_place(practice: Practice, place: dict[str, str]) -> None:
    """Copied to another patient, or to another record, it is refused, and its place is named."""
    note = (practice.folder / published(practice)).read_bytes()
    there = replace(FACTS, **place)  # type: ignore[arg-type]  # all are text
    name = f"{layout.record(there.folder, there.record)}/{layout.MANIFEST}"
    practice.vault.store.publish(name, note)
    with pytest.raises(Damaged, match=f"^{name} belongs to another record"):
        manifest.load(practice.vault, there.folder, there.record)


def test_only_a_listed_station_signs_manifests(practice: Practice) -> None:
    """Not somebody's own key under this station's name, nor a person's, nor another kind of note."""
    here, name = practice.vault.here.station, published(practice)
    body = notes.parse((practice.folder / name).read_bytes()).body
    person = practice.vault.roster.people[0].who
    for signer in (SigningKey.generate(here), SigningKey.generate(person), SigningKey.generate("e" * 32)):
        (practice.folder / name).write_bytes(signer.sign("manifest", practice.vault.id, body).encode())
        with pytest.raises(Damaged):
            manifest.load(practice.vault, FACTS.folder, FACTS.record)
    own = practice.vault.station.signing_key
    for note in (own.sign("audit", practice.vault.id, body), own.sign("manifest", "f" * 32, body)):
        (practice.folder / name).write_bytes(note.encode())
        with pytest.raises(Damaged, match="where a manifest was expected"):
            manifest.load(practice.vault, FACTS.folder, FACTS.record)


IMAGE, RECORD = {"length": 3, "sha256": "1" * 64}, {"length": 5, "sha256": "2" * 64}
STATED: list[tuple[str, object]] = [
    *((name, None) for name in ("key", "objects", "photo", "dob", "filed")),
    *(("key", key) for key in ("C" * 32, "c" * 31, "../" + "c" * 29)),
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


@pytest.mark.parametrize(("name", "value"), STATED, ids=str)
def test_each_fact_has_its_own_shape(practice: Practice, name: str, value: object) -> None:
    """What becomes a path is of random hex or a plain name; a length is a number, a digest lower-case hex."""
    place = published(practice)
    resigned(practice, "manifest", place, lambda body: {**body, name: value})
    with pytest.raises(Damaged, match=f"^{place} does not say what a manifest says"):
        manifest.load(practice.vault, FACTS.folder, FACTS.record)


@pytest.mark.parametrize("name", ["patient", "record", "key", "objects", "photo", "dob", "filed"])
def test_no_fact_may_be_left_out(practice: Practice, name: str) -> None:
    """A later format may add some; none of these goes."""
    place = published(practice)
    resigned(practice, "manifest", place, lambda body: {key: body[key] for key in body.keys() - {name}})
    with pytest.raises(Damaged, match="does not say what a manifest says"):
        manifest.load(practice.vault, FACTS.folder, FACTS.record)


def test_a_record_may_hold_more_objects(practice: Practice) -> None:
    """A later imgfile may file more beside the photo: they are listed, whatever they are."""
    more = {**FACTS.objects, "x" * 64 + ".age": manifest.SealedObject(7, Digest("4" * 64))}
    published(practice, replace(FACTS, objects=more))
    assert manifest.load(practice.vault, FACTS.folder, FACTS.record).objects == more
