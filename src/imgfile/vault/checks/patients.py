"""Patients' directories: their keys, records and sealed reasons against the notes that state them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks import life
from imgfile.vault.checks.findings import Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.life import Lived
from imgfile.vault.checks.litter import is_litter
from imgfile.vault.checks.named_rosters import History
from imgfile.vault.checks.strangers import stranger, strangers
from imgfile.vault.checks.thing_keys import check_thing_key
from imgfile.vault.keys.patient_keys import load_key
from imgfile.vault.layout import KeyId
from imgfile.vault.life.burn import is_spent
from imgfile.vault.life.history import addition_names
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, patients
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.objects import read_matched
from imgfile.vault.thing_key import ThingKey


@dataclass
class Filed:
    """What was found filed, ~200 bytes a record: each record's manifest digest, and every sealed reason."""

    manifests: dict[str, str] = field(default_factory=dict, repr=False)
    stations: dict[str, str] = field(default_factory=dict, repr=False)
    """Record → the station that signed its manifest."""
    reasons: dict[str, str] = field(default_factory=dict, repr=False)
    """Name of a sealed reason in the vault → its digest."""
    of_closed: set[str] = field(default_factory=set, repr=False)
    """Records whose station is closed: they count only if its trail states them."""
    of_format_1: set[str] = field(default_factory=set, repr=False)
    """Records whose manifest is of version 1."""
    keys: set[str] = field(default_factory=set, repr=False)
    """Names of the keys that things have."""
    history: History = field(default_factory=History, repr=False)
    """The rosters, which notes name."""
    lived: Lived = field(default_factory=Lived, repr=False)
    """What was added to records, and which are gone."""


def check_patients(vault: Vault, filed: Filed, on_record: Callable[[], None]) -> Iterator[Found]:
    """Check every patient's directory; fill `filed`; call `on_record` for each record that exists."""
    for folder in patients(vault):
        yield from caught(layout.patient(folder), _check_patient(vault, folder, filed, on_record))
    yield from _strange_folders(vault, layout.PATIENTS)
    yield from caught(layout.PATIENT_KEYS, _check_patient_keys(vault))


def _check_patient_keys(vault: Vault) -> Iterator[Found]:
    keys = layout.PATIENT_KEYS
    yield from _strange_folders(vault, keys)
    for name in vault.store.names(keys):
        if vault.store.is_folder(f"{keys}/{name}"):
            yield from caught(f"{keys}/{name}", _check_identities(vault, PatientFolder(name)))


def _strange_folders(vault: Vault, of: str) -> Iterator[Found]:
    """Find what is no patient's folder: a link is none, for no backup of the vault holds what it leads to."""
    yield from strangers(vault, of, lambda name: layout.is_id(name) and vault.store.is_folder(f"{of}/{name}"))


def _check_patient(vault: Vault, folder: PatientFolder, filed: Filed, on_record: Callable[[], None]) -> Iterator[Found]:
    here = layout.patient(folder)
    marks: Counter[str] = Counter()
    for name in vault.store.names(here):
        if layout.is_key_note(name):
            yield from caught(f"{here}/{name}", _check_key(vault, folder, KeyId(name.removesuffix(".note"))))
        elif name == layout.REASONS:
            yield from caught(f"{here}/{name}", _check_reasons(vault, folder, filed))
        elif layout.is_id(name) and vault.store.is_folder(f"{here}/{name}"):
            if is_published(vault, folder, RecordId(name)):
                on_record()
            yield from caught(f"{here}/{name}", _check_record(vault, folder, RecordId(name), filed, marks))
        else:
            yield stranger(f"{here}/{name}")
    yield from strangers(vault, here, lambda _: True)
    for count in marks.values():
        if count > 1:
            yield Finding(Kind.DUPLICATE, here, f"One photo is filed {count} times for this patient.")


def _check_key(vault: Vault, folder: PatientFolder, key: KeyId) -> Iterator[Found]:
    stated = load_key(vault, folder, key)
    name = layout.patient_identity(folder, key)
    if is_spent(vault, folder, key):
        if vault.store.exists(name):
            left = Finding(Kind.REMAINS, name, "All that it opens is gone; so should it be.")
            yield Doubt(left, lambda: vault.store.exists(name))
    elif not vault.store.exists(name):
        yield Finding(Kind.MISSING, name, "A recipient note states it: what is sealed to it cannot be opened.")
    elif not vault.store.holds(name, stated.identity_digest):
        message = vault.store.no_file(name) or "It is not the identity that its recipient note states."
        yield Finding(Kind.DAMAGED, name, message)


def _check_record(
    vault: Vault, folder: PatientFolder, record: RecordId, filed: Filed, marks: Counter[str]
) -> Iterator[Found]:
    here = layout.record(folder, record)
    if not is_published(vault, folder, record):
        died = Finding(Kind.UNFINISHED, here, "A run died before this record existed; its source was not touched.")
        yield Doubt(died, lambda: not is_published(vault, folder, record))
        return
    stated = manifest.load(vault, folder, record)
    filed.manifests[record], filed.stations[record] = stated.digest, stated.station
    marks[stated.photo_mark] += not vault.store.exists(layout.tombstone(folder, record))  # one moved away is not here
    if vault.roster.closed_station(stated.station) is not None:
        filed.of_closed.add(record)
    yield from _check_roster(vault, here, stated, filed)
    beside = life.Beside(frozenset(), ()) if vault.roster.is_format_1 else life.names_beside(vault, stated)
    own = {*stated.objects, layout.MANIFEST}
    yield from strangers(vault, here, lambda name: name in own or name in beside)
    for name in stated.objects:
        yield from _check_object(vault, stated, name)
    if isinstance(stated.key, ThingKey):
        filed.keys.add(stated.key.name)
        if not life.is_gone(vault, stated):
            yield from check_thing_key(vault, stated.key, is_accepted=stated.digest in vault.roster.accepted)
    elif not vault.store.exists(layout.patient_recipient(folder, stated.key)):
        yield Finding(Kind.MISSING, layout.patient_recipient(folder, stated.key), "A record is sealed to this key.")
    yield from _check_life(vault, stated, beside, filed)


def _check_life(vault: Vault, stated: Manifest, beside: life.Beside, filed: Filed) -> Iterator[Found]:
    """Check what was added to a record, and that it is gone where it is."""
    if vault.roster.is_format_1:
        return
    here = layout.record(stated.folder, stated.record)
    for name in beside.unfinished:
        died = Finding(Kind.UNFINISHED, f"{here}/{name}", "A run died before a note stated it; it means nothing.")
        note = f"{here}/{name.removesuffix('.age')}.note"
        yield Doubt(died, lambda note=note: not vault.store.exists(note))  # type: ignore[misc]
    yield from life.check_life(vault, stated, filed.lived)
    things = addition_names(vault, stated.folder, stated.record)
    filed.keys |= filed.lived.keys | {layout.thing_key(stated.folder, thing) for thing in things}


def _check_roster(vault: Vault, here: str, stated: Manifest, filed: Filed) -> Iterator[Found]:
    """Check the roster that a manifest names, unless an administrator accepted the manifest by name."""
    if not stated.roster[0]:
        filed.of_format_1.add(stated.record)
    elif stated.digest not in vault.roster.accepted and (flaw := filed.history.flaw(stated.station, stated.roster)):
        yield Finding(Kind.DAMAGED, f"{here}/{layout.MANIFEST}", flaw)


def _check_object(vault: Vault, stated: Manifest, name: str) -> Iterator[Found]:
    full = f"{layout.record(stated.folder, stated.record)}/{name}"
    if not vault.store.exists(full):
        yield Finding(Kind.MISSING, full, "The manifest names it, and it is not there.")
    else:
        yield from caught(full, _read(vault, stated, name))


def _read(vault: Vault, stated: Manifest, name: str) -> Iterator[Found]:
    read_matched(vault, stated, name)
    yield from ()  # a generator, so that it is `caught` that runs it


def check_inbox_reasons(vault: Vault, filed: Filed) -> Iterator[Found]:
    """Check the reasons of photos of which no patient is known."""
    if vault.store.is_folder(_INBOX_REASONS):
        yield from _check_sealed(vault, _INBOX_REASONS, filed)


_INBOX_REASONS: Final = f"{layout.INBOX}/{layout.REASONS}"


def _check_reasons(vault: Vault, folder: PatientFolder, filed: Filed) -> Iterator[Found]:
    yield from _check_sealed(vault, f"{layout.patient(folder)}/{layout.REASONS}", filed)


def _check_sealed(vault: Vault, here: str, filed: Filed) -> Iterator[Found]:
    yield from strangers(vault, here, _is_sealed)
    for name in filter(_is_sealed, vault.store.names(here)):
        digest = hashlib.sha256(vault.store.read(f"{here}/{name}")).hexdigest()
        if not layout.is_id(name.removesuffix(".age")) and name != f"{digest}.age":
            yield Finding(Kind.DAMAGED, f"{here}/{name}", "It is not the reason that its name states.")
        else:
            filed.reasons[f"{here}/{name}"] = digest


def _check_identities(vault: Vault, folder: PatientFolder) -> Iterator[Found]:
    here = f"{layout.PATIENT_KEYS}/{folder}"
    yield from strangers(vault, here, _is_sealed)
    for name in filter(_is_sealed, vault.store.names(here)):
        key = name.removesuffix(".age")
        if not vault.store.exists(layout.patient_recipient(folder, key)):
            died = Finding(Kind.UNFINISHED, f"{here}/{name}", "A run died before this key was used for anything.")
            stated = layout.patient_recipient(folder, key)
            yield Doubt(died, lambda stated=stated: not vault.store.exists(stated))  # type: ignore[misc]


def _is_sealed(name: str) -> bool:
    return name.endswith(".age") and not is_litter(name)
