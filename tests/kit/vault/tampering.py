"""Every attack on every kind of object of a vault, and what `verify` finds of it without a private key.

    PYTHONPATH=tests python -m kit.vault.tampering

writes `docs/reference/tampering.md`, which takes some minutes; `tests/vault/checks/test_attacks.py` holds it to what
is found. Whoever attacks has the whole share, and keys of their own. Whoever looks is the station that wrote last.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from imgfile import notes, station
from imgfile.clinical.proofs import Verified
from imgfile.errors import Damaged, NoVault
from imgfile.notes import SigningKey
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Addition
from imgfile.vault.life.gone import Gone
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import ClosedStation, Role, Roster
from imgfile.vault.store import patience
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail.reasons import seal_reason, stated_reason
from kit.tools import REPOSITORY
from kit.vault import tampered_ends, tampered_lives, tampered_rekeys
from kit.vault.destroying import Two, forge_proposal, forge_tombstone, text_of
from kit.vault.filings import MOLE
from kit.vault.forged_filings import file_naming, naming, of_another_digest
from kit.vault.lives import GP, NOTE, Life
from kit.vault.people import Newcomer, close_person, enrol_person, remove_and_fork
from kit.vault.practice import (
    NOON,
    OTHER_PATIENT,
    PATIENT,
    Practice,
    administrator_of,
    begin_generation,
    change_roster,
    enrol_second_station,
    forge_roster,
    found_practice,
)
from kit.vault.tampered_ends import Ends
from kit.vault.tampered_lives import Lives, live
from kit.vault.tampered_rekeys import Rekeyed, hide

PAGE: Final = REPOSITORY / "docs" / "reference" / "tampering.md"
REFUSED: Final = "the vault is refused"
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Furnished:
    """A vault with one of everything, at the station that founded it, and what its parts are called."""

    practice: Practice
    first: Verified
    beside: Verified
    other: Verified
    reasons: tuple[str, str]
    second: Station
    newcomer: Newcomer
    added: tuple[Addition, ...]
    """A note beside the first record, one beside its neighbour, and one beside the other patient's."""
    gone: tuple[Gone, ...]
    """Tombstones: two of the first patient's, and one of the other's."""
    lives: Lives
    """What else records, and the inbox, leave."""
    ends: Ends
    """What became of what legal holds kept of moved records."""
    rekeyed: Rekeyed
    """What changed numbers leave."""
    foreign: Path
    """Another practice's vault, with as much in it."""

    @property
    def here(self) -> str:
        """The station's id."""
        return self.practice.vault.here.station

    @property
    def objects(self) -> dict[str, Path]:
        """One object of each kind."""
        return {name: self.practice.folder / place for name, place in self._places.items()}

    @property
    def _places(self) -> dict[str, str]:
        newest = self.practice.vault.roster
        record = layout.record(self.first.patient, self.first.record)
        reason, reason_key = self.reasons
        return {
            "the first roster": layout.roster(1),
            "an older roster": layout.roster(2),
            "the newest roster": layout.roster(newest.number),
            "the policy": layout.policy(newest.policy_digest),
            "a practice key, sealed to a holder": layout.practice_key(newest.generation.number, self.practice.founder),
            "a practice key, sealed to the next": layout.previous_practice_key(newest.generation.number),
            "a signing key": layout.signer_key(self.practice.founder),
            "a pseudonym key": layout.station_key(self.here),
            "a record's key": layout.thing_key(self.first.patient, self.first.record),
            "a reason's key": reason_key,
            "a photo": f"{record}/{layout.IMAGE}",
            "a photo's facts": f"{record}/{layout.FACTS}",
            "a manifest": f"{record}/{layout.MANIFEST}",
            "a reason": reason,
            **self._of_lives(0),
            "an older note of a trail": layout.trail(self.here, 1),
            "the newest note of a trail": layout.trail(self.here, self._newest),
            "another station's note": layout.trail(self.second.pin.station, 1),
        }

    def _of_lives(self, at: int) -> dict[str, str]:
        """Name what was added to a record, and what of a record is left that is gone."""
        added, gone = self.added[at], self.gone[at]
        return {
            "an addition": added.note,
            "what an addition says": layout.addition_object(added.folder, added.record, added.thing),
            "an addition's key": layout.thing_key(added.folder, added.thing),
            "a tombstone": gone.note,
            "a proposal": layout.proposal(gone.proposals[0]),
            **(self.lives.places(at) if at < len(self.lives.moved) else {}),
            **self.ends.places(at),
            **self.rekeyed.places(at),
        }

    @property
    def _newest(self) -> int:
        return max(int(path.stem) for path in (self.practice.folder / "audit" / self.here).iterdir())

    def peer(self, kind: str, where: str) -> Path | None:
        """Return another object of the same kind: `beside` it, or of the `other` patient; None where there is none."""
        folder, newest = self.practice.folder, self.practice.vault.roster.number
        own = self._places[kind]
        of_records = {"a photo", "a photo's facts", "a manifest", "a record's key"}
        if kind in of_records:
            peer = self.beside if where == "beside" else self.other
            moved = own.replace(self.first.record, peer.record)
            return folder / moved.replace(self.first.patient, peer.patient)
        if kind in self._of_lives(0):
            there = self._of_lives(1 if where == "beside" else 2)
            return folder / there[kind] if kind in there else None
        if where != "beside":
            return None
        beside = {
            "the first roster": layout.roster(2),
            "an older roster": layout.roster(3),
            "the newest roster": layout.roster(newest - 1),
            "an older note of a trail": layout.trail(self.here, 2),
            "the newest note of a trail": layout.trail(self.here, 1),
            "a signing key": layout.signer_key(self.newcomer.holder),
            "a pseudonym key": layout.station_key(self.second.pin.station),
            "a reason's key": layout.thing_key(self.first.patient, self.first.record),
            "a practice key, sealed to a holder": layout.practice_key(1, self.practice.founder),
        }
        return folder / beside[kind] if kind in beside else None


def furnish(folder: Path, state: Path) -> Furnished:
    """Found two practices and give each two patients, four records, two generations, and what was closed."""
    foreign = _founded(folder / "theirs", state.with_name("their-state"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state.with_name("their-state")))
        permissions.release(foreign.vault, [foreign.file()], at=NOON)
    practice = _founded(folder, state)
    os.environ["IMGFILE_STATE"] = str(state)
    first, beside = practice.file(b"one"), practice.file(b"two")
    with practice.vault.station.locked():
        permissions.release(practice.vault, [first, beside], at=NOON)
        reason = seal_reason(practice.vault, first.patient, "because")
        stated = stated_reason(first.patient, reason)
        assert stated.key is not None
        exported = {"act": "exported", "patient": first.patient, "record": first.record, "reason": reason}
        chain.append(practice.vault, [exported])
    second = enrol_second_station(practice, state.with_name("second"))
    practice, newcomer = enrol_person(practice, "Dr L. Locum", "GMC 7222222", *_ROLES)
    practice, leaver = enrol_person(practice, "Dr O. Other", "GMC 7444444", *_ROLES)
    past = practice.vault
    practice, _ = begin_generation(close_person(practice, leaver))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state.with_name("second")))
        chain.append(open_vault(second), [])
    third = enrol_second_station(practice, state.with_name("third"))
    change_roster(
        practice,
        lambda newest: replace(
            newest,
            stations=newest.stations[:2],
            closed=replace(
                newest.closed,
                stations=(
                    ClosedStation(third.pin.station, "ROOM-2", newest.stations[2].keys, newest.number + 1, (0, "")),
                ),
            ),
        ),
    )
    practice = replace(practice, vault=practice.reopened())
    other = practice.file(b"three", OTHER_PATIENT)
    ending = [practice.file(data, who) for data, who in ((b"4", PATIENT), (b"5", PATIENT), (b"6", OTHER_PATIENT))]
    with practice.vault.station.locked():
        permissions.release(practice.vault, [other, *ending], at=NOON)
        added = tuple(_noted(practice, each) for each in (first, beside, other))
    two = Two(practice, newcomer)
    gone = tuple(_destroyed(two, each) for each in ending)
    reasons = (stated.name, stated.key.name)
    lives = live(practice, Life.begin(practice, {**MOLE, "patient": "9990000034"}))
    ends = tampered_ends.end(two, leaver, past, lives.moved[0])
    rekeyed = tampered_rekeys.change_numbers(practice, folder / "sources")
    return Furnished(
        practice, first, beside, other, reasons, second, newcomer, added, gone, lives, ends, rekeyed, foreign.folder
    )


_ROLES: Final = (Role.CLINICIAN, Role.ADMINISTRATOR, Role.SENIOR_CLINICIAN)


def _noted(practice: Practice, done: Verified) -> Addition:
    """Add words to a record."""
    history = life.load(practice.vault, manifest.load(practice.vault, done.patient, done.record))
    return add(practice.vault, history, NewAddition(said=NOTE, by=GP, at=NOON)).additions[0]


def _destroyed(two: Two, done: Verified) -> Gone:
    """Destroy a record, by two persons."""
    (history,) = two.destroy(manifest.load(two.vault, done.patient, done.record)).records
    assert history.gone is not None
    return history.gone


def _founded(folder: Path, state: Path) -> Practice:
    folder.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state))
        return found_practice(folder)


# --- attacks on one object ----------------------------------------------------------------------------------

Attack = Callable[[Furnished, str], bool]
"""Makes one attack on the object of a kind; returns whether there is such an attack on it."""


def _on_file(change: Callable[[Path], object]) -> Attack:
    def attack(vault: Furnished, kind: str) -> bool:
        change(vault.objects[kind])
        return True

    return attack


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _rename(path: Path) -> None:
    stem = path.stem
    other = str(int(stem) + 20) if stem.isdigit() else stem[::-1] if len(stem) >= 32 else f"{stem}x"
    path.rename(path.with_name(other + path.suffix))


def _duplicate(path: Path) -> None:
    kept = path.read_bytes()
    _rename(path)
    path.write_bytes(kept)


def _link(path: Path) -> None:
    elsewhere = _outside(path)
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _link_folder(path: Path) -> None:
    folder = path.parent
    elsewhere = _outside(folder)
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)


def _outside(path: Path) -> Path:
    vault = next(parent for parent in path.parents if parent.name == "vault")
    return vault.with_name(f"elsewhere-{path.name}")


def _exchanged(where: str) -> Attack:
    def attack(vault: Furnished, kind: str) -> bool:
        peer, path = vault.peer(kind, where), vault.objects[kind]
        if peer is None or not peer.exists() or peer == path:
            return False
        mine, theirs = path.read_bytes(), peer.read_bytes()
        path.write_bytes(theirs)
        peer.write_bytes(mine)
        return True

    return attack


def _foreign(vault: Furnished, kind: str) -> bool:
    path = vault.objects[kind]
    top, second = path.relative_to(vault.practice.folder).parts[:2]
    places = {"keys": f"keys/{second}/**/*.age", "patients": f"patients/**/{path.name}", "audit": "audit/*/1.note"}
    if path.suffix == ".age" and path.stem not in {"image", "record"}:
        places["patients"] = "patients/**/image.age"
    if path.suffix == ".note" and path.stem != "manifest":
        places["patients"] = "patients/**/manifest.note"
    places["inbox"] = "patients/**/image.age" if path.suffix == ".age" else "patients/**/manifest.note"
    places["proposals"] = "roster/*"
    found = sorted(vault.foreign.glob(places.get(top, f"{top}/*")))
    if found[0].read_bytes() == path.read_bytes():
        return False  # policies that say the same are the same
    path.write_bytes(found[0].read_bytes())
    return True


def _signed_by_a_stranger(vault: Furnished, kind: str) -> bool:
    path = vault.objects[kind]
    if path.suffix != ".note":
        return False
    note = notes.parse(path.read_bytes())
    key = SigningKey.generate(note.signer)
    path.write_bytes(key.sign(note.kind, note.vault, note.body, version=note.version).encode())
    return True


def _without_a_signature(number: int) -> Attack:
    def attack(vault: Furnished, kind: str) -> bool:
        path = vault.objects[kind]
        if path.suffix != ".note":
            return False
        lines = path.read_bytes().split(b"\n")
        del lines[3 + number]
        path.write_bytes(b"\n".join(lines))
        return True

    return attack


ON_ONE: Final[dict[str, Attack]] = {
    "a bit flipped": _on_file(_flip),
    "its end cut off": _on_file(lambda path: path.write_bytes(path.read_bytes()[:-1])),
    "a byte added": _on_file(lambda path: path.write_bytes(path.read_bytes() + b"\n")),
    "emptied": _on_file(lambda path: path.write_bytes(b"")),
    "deleted": _on_file(Path.unlink),
    "renamed": _on_file(_rename),
    "doubled under another name": _on_file(_duplicate),
    "exchanged with another of its patient, or of its kind": _exchanged("beside"),
    "exchanged with another patient's": _exchanged("other"),
    "replaced by another vault's": _foreign,
    "a link in its place": _on_file(_link),
    "a link in its folder's place": _on_file(_link_folder),
    "signed anew by a stranger": _signed_by_a_stranger,
    "without its first signature": _without_a_signature(0),
    "without its second signature": _without_a_signature(1),
}


# --- attacks on what was done -------------------------------------------------------------------------------


def _rolled_back(vault: Furnished) -> None:
    for number in range(3, vault.practice.vault.roster.number + 1):
        (vault.practice.folder / layout.roster(number)).unlink()


def _forked(vault: Furnished) -> None:
    (vault.practice.folder / layout.roster(vault.practice.vault.roster.number)).unlink()
    forge_roster(vault.practice, lambda body: {**body, "change": "another"})


def _by_a_closed_station(vault: Furnished) -> None:
    state = Path(os.environ["IMGFILE_STATE"])
    (closed,) = vault.practice.vault.roster.closed.stations
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state.with_name("third")))
        (pin,) = station.known_vaults()
        key = Station(pin).signing_key
    roster = list(vault.practice.vault.roster.seen)
    body = {"number": 1, "previous": "", "heads": {}, "roster": roster, "entries": []}
    note = key.sign("audit", vault.practice.vault.id, body, version=2)
    path = vault.practice.folder / layout.trail(closed.station, 1)
    path.parent.mkdir()
    path.write_bytes(note.encode())


def _record_by_a_closed_station(vault: Furnished) -> None:
    state = Path(os.environ["IMGFILE_STATE"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state.with_name("third")))
        (pin,) = station.known_vaults()
        key = Station(pin).signing_key
    path = vault.objects["a manifest"]
    note = notes.parse(path.read_bytes())
    path.write_bytes(key.sign(note.kind, note.vault, note.body, version=note.version).encode())


def _forked_back(vault: Furnished) -> None:
    remove_and_fork(vault.practice, vault.newcomer)


def _replayed_record(vault: Furnished) -> None:
    place = vault.objects["a manifest"].parent
    shutil.copytree(place, place.parent.parent / vault.other.patient / place.name)


def _doubled_record(vault: Furnished) -> None:
    place = vault.objects["a manifest"].parent
    shutil.copytree(place, place.with_name("f" * 32))


def _planted_key(vault: Furnished) -> None:
    key = vault.objects["a record's key"]
    shutil.copy(key, key.with_name(f"{'e' * 32}.age"))


def _note_replayed(vault: Furnished) -> None:
    """Put an addition beside another record, with what it says and a key of that name."""
    mine, theirs = vault.added[0], vault.added[1]
    for path in (vault.objects["an addition"], vault.objects["what an addition says"]):
        shutil.copy(path, path.parent.with_name(theirs.record) / path.name)
    assert mine.record != theirs.record


def _tombstone_replayed(vault: Furnished) -> None:
    """Put a tombstone in the place of a record that is there, and take its key."""
    record = vault.objects["a manifest"].parent
    shutil.copy(vault.objects["a tombstone"], record / layout.GONE)
    vault.objects["a record's key"].unlink()


def _tombstone_forged(sign: Callable[[Furnished, Manifest], tuple[str, ...]]) -> Callable[[Furnished], None]:
    """Put a tombstone in the place of a record, by the founder, which names signatures; and take the record's key."""

    def attack(vault: Furnished) -> None:
        of = manifest.load(vault.practice.vault, vault.first.patient, vault.first.record)
        forge_tombstone(vault.practice.vault, of, sign(vault, of), administrator_of(vault.practice))
        vault.objects["a record's key"].unlink()

    return attack


def _signed_twice(vault: Furnished, of: Manifest) -> tuple[str, ...]:
    body, key = text_of(vault.practice.vault, of), administrator_of(vault.practice)
    return tuple(forge_proposal(vault.practice.vault, body, key) for _ in range(2))


def _signed_for_another(vault: Furnished, _of: Manifest) -> tuple[str, ...]:
    return vault.gone[0].proposals


def _signed_by_a_stranger_too(vault: Furnished, of: Manifest) -> tuple[str, ...]:
    body = text_of(vault.practice.vault, of)
    keys = (administrator_of(vault.practice), SigningKey.generate(vault.newcomer.holder))
    return tuple(forge_proposal(vault.practice.vault, body, key) for key in keys)


def _trail_cut(vault: Furnished) -> None:
    vault.objects["the newest note of a trail"].unlink()


def _trail_gone(vault: Furnished) -> None:
    shutil.rmtree(vault.objects["another station's note"].parent)


def _record_gone(vault: Furnished) -> None:
    shutil.rmtree(vault.objects["a manifest"].parent)


def _patient_gone(vault: Furnished) -> None:
    shutil.rmtree(vault.practice.folder / layout.patient(vault.first.patient))
    shutil.rmtree(vault.practice.folder / f"{layout.THING_KEYS}/{vault.first.patient}")


def _roster_of_a_stranger(vault: Furnished) -> None:
    forge_roster(vault.practice, signer=SigningKey.generate("a" * 32))


def _listing(vault: Furnished, station_id: str) -> Roster:
    """Return the newest roster that lists a station."""
    return [each for each in vault.practice.vault.rosters() if each.station(station_id) is not None][-1]


def _filed_naming(change: Callable[[Roster], Roster]) -> Callable[[Furnished], None]:
    """File as this station, naming another roster than the newest."""

    def attack(vault: Furnished) -> None:
        file_naming(vault.practice, change(vault.practice.vault.roster))

    return attack


def _filed_by_a_closed_station(*, names_newest: bool) -> Callable[[Furnished], None]:
    def attack(vault: Furnished) -> None:
        (closed,) = vault.practice.vault.roster.closed.stations
        before = _listing(vault, closed.station)
        roster = naming(before, vault.practice.vault.roster) if names_newest else before
        file_naming(vault.practice, roster, Path(os.environ["IMGFILE_STATE"]).with_name("third"))

    return attack


def _filed_before_it_was_listed(vault: Furnished) -> None:
    first = next(vault.practice.vault.rosters())
    roster = naming(vault.practice.vault.roster, first)
    file_naming(vault.practice, roster, Path(os.environ["IMGFILE_STATE"]).with_name("second"))


def _on_lives(attack: Callable[[Path, Lives], None]) -> Callable[[Furnished], None]:
    return lambda vault: attack(vault.practice.folder, vault.lives)


def _on_ends(attack: Callable[[Path, Ends], None]) -> Callable[[Furnished], None]:
    return lambda vault: attack(vault.practice.folder, vault.ends)


def _on_rekeyed(attack: Callable[[Path, Rekeyed], None]) -> Callable[[Furnished], None]:
    return lambda vault: attack(vault.practice.folder, vault.rekeyed)


def _led(attack: Callable[[Path, Rekeyed, Practice], None]) -> Callable[[Furnished], None]:
    return lambda vault: attack(vault.practice.folder, vault.rekeyed, vault.practice)


def _item_by_a_closed_station(vault: Furnished) -> None:
    state = Path(os.environ["IMGFILE_STATE"]).with_name("third")
    tampered_lives.item_by_a_closed_station(vault.practice.folder, vault.lives, state)


ON_ALL: Final[dict[str, Callable[[Furnished], None]]] = {
    "a record taken away": _record_gone,
    "a patient taken away, with the keys": _patient_gone,
    "a record copied to another patient": _replayed_record,
    "a record copied under another name": _doubled_record,
    "a key planted for a thing to come": _planted_key,
    "an addition put beside another record": _note_replayed,
    "a tombstone put beside another record, and that one's key taken": _tombstone_replayed,
    "a tombstone with two signatures of one person, and the key taken": _tombstone_forged(_signed_twice),
    "a tombstone with two signatures for another record, and the key taken": _tombstone_forged(_signed_for_another),
    "a tombstone with a forged second signature, and the key taken": _tombstone_forged(_signed_by_a_stranger_too),
    "an addition taken away, with what it says and its key": _on_lives(tampered_lives.hide_an_addition),
    "an end planted beside a record that was moved": _on_lives(tampered_lives.plant_an_end),
    "an end put beside another record, and its key taken": _on_ends(tampered_ends.copy_to_another),
    "an end taken away, and the keys put back": _on_ends(tampered_ends.take_with_keys_back),
    "an end taken away with all that led to it, and the keys put back": _on_ends(tampered_ends.take_all_that_ended_it),
    "an end by two persons while a hold stands, and the key taken": _on_ends(tampered_ends.signed_while_held),
    "a tombstone by two persons while a hold stands, and the key taken": _on_ends(tampered_ends.destroyed_while_held),
    "an end by two persons of what no hold kept": _on_ends(tampered_ends.signed_without_a_hold),
    "an end with two signatures of one person, and the key taken": _on_ends(
        tampered_ends.signed(tampered_ends.by_one_twice)
    ),
    "an end with two signatures for another record, and the key taken": _on_ends(
        tampered_ends.signed(tampered_ends.of_another)
    ),
    "an end with a forged second signature, and the key taken": _on_ends(
        tampered_ends.signed(tampered_ends.by_a_stranger_too)
    ),
    "an end by somebody who was removed, as if before, and the key taken": _on_ends(tampered_ends.signed_by_a_leaver),
    "a changed number's tombstone that leads to another patient's photo": _led(tampered_rekeys.lead_elsewhere),
    "a tombstone that leads to another patient's record of the photo, and the key taken": _led(
        tampered_rekeys.lead_to_a_twin
    ),
    "a changed number's tombstone that leads nowhere": _led(tampered_rekeys.lead_nowhere),
    "a changed number's tombstone that says another cause": _led(tampered_rekeys.name_another_cause),
    **{
        f"a {name} that went along taken away, with what it says and its key": _on_rekeyed(partial(hide, name))
        for name in tampered_rekeys.CARRIED
    },
    "all that went along taken away, with what it says and the keys": _on_rekeyed(tampered_rekeys.hide_all),
    "what went along put back beside the record it came from": _on_rekeyed(tampered_rekeys.put_back_beside_the_old),
    "what settles an item put in another's place, and that one's key taken": _on_lives(tampered_lives.settle_another),
    "what settles an item taken away": _on_lives(tampered_lives.unsettle),
    "an item taken away, with its key": _on_lives(tampered_lives.take_an_item),
    "an item's note signed anew by a station that is closed": _item_by_a_closed_station,
    "a trail cut at its end": _trail_cut,
    "another station's trail taken away": _trail_gone,
    "the rosters put back to an older one": _rolled_back,
    "another newest roster, by an administrator": _forked,
    "a next roster, by a stranger": _roster_of_a_stranger,
    "rosters from before their removal, by an administrator who was removed": _forked_back,
    "a note of a trail, by a station that is closed": _by_a_closed_station,
    "a manifest signed anew by a station that is closed": _record_by_a_closed_station,
    "a photo filed by a station that is closed": _filed_by_a_closed_station(names_newest=True),
    "a photo filed by a station that is closed, as if before": _filed_by_a_closed_station(names_newest=False),
    "a photo filed by a station as if before it was let in": _filed_before_it_was_listed,
    "a photo filed that names a roster which is not there": _filed_naming(lambda now: replace(now, number=99)),
    "a photo filed that names another roster of the newest number": _filed_naming(of_another_digest),
    "a photo filed that names another roster of an older number": _filed_naming(
        lambda now: replace(of_another_digest(now), number=now.number - 1)
    ),
    "a photo filed as version 1, where version 1 never was": _filed_naming(
        lambda now: replace(now, format=layout.FORMAT_1)
    ),
}


# --- what is found ------------------------------------------------------------------------------------------


class _Kept:
    """What lies below folders, to be put back after an attack: what was touched since is written anew."""

    def __init__(self, *places: Path) -> None:
        self._places = places
        self._data = {path: path.read_bytes() for path in self._files()}
        self._folders = {path for place in places for path in place.rglob("*") if path.is_dir()}
        self._facts = {path: _facts(path) for path in self._data}

    def _files(self) -> Iterator[Path]:
        for place in self._places:
            yield from (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())

    def put_back(self) -> None:
        """Make it what it was."""
        for place in self._places:
            for path in sorted(place.rglob("*"), reverse=True):
                if path.is_symlink() or (path not in self._data and not path.is_dir()):
                    path.unlink()
                elif path not in self._data and path not in self._folders:
                    path.rmdir()
        for folder in sorted(self._folders):
            folder.mkdir(exist_ok=True)
        for path, data in self._data.items():
            if not path.exists() or _facts(path) != self._facts[path]:
                path.write_bytes(data)
                self._facts[path] = _facts(path)


def _facts(path: Path) -> tuple[int, int, int]:
    facts = path.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


@contextmanager
def _put_back(vault: Furnished, kept: _Kept) -> Iterator[None]:
    """Restore the vault and this computer's state afterwards."""
    try:
        yield
    finally:
        for elsewhere in vault.practice.folder.parent.glob("elsewhere-*"):
            shutil.rmtree(elsewhere) if elsewhere.is_dir() else elsewhere.unlink()
        kept.put_back()


def _keep(vault: Furnished) -> _Kept:
    return _Kept(Path(os.environ["IMGFILE_STATE"]), vault.practice.folder)


def found(vault: Furnished) -> str:
    """Verify as a new process would, and say what is found, in words."""
    pin = next(pin for pin in station.known_vaults() if pin.vault == vault.practice.vault.id)
    try:
        kinds = {one.kind for one in verify(open_vault(Station(pin)))}
    except (Damaged, NoVault):
        return REFUSED
    return ", ".join(sorted(kind.value for kind in kinds)) or NOTHING


def on_one(vault: Furnished, *, most: int = len(ON_ONE)) -> dict[str, dict[str, str]]:
    """Make each attack on each kind of object; return what was found: kind → attack → words.

    `most`: make so many on each kind, others on each.
    """
    table: dict[str, dict[str, str]] = {}
    kept, attacks = _keep(vault), [*ON_ONE]
    for row, kind in enumerate(vault.objects):
        first, made = row % len(attacks) if most < len(attacks) else 0, table.setdefault(kind, {})
        for name in (*attacks[first:], *attacks[:first]):
            if len(made) == most:
                break
            with _put_back(vault, kept):
                if ON_ONE[name](vault, kind):
                    made[name] = found(vault)
    return table


def on_all(vault: Furnished, *, one_in: int = 1) -> dict[str, str]:
    """Make each attack on what was done, or one in so many; return what was found."""
    table, kept = {}, _keep(vault)
    for name, attack in [*ON_ALL.items()][::one_in]:
        with _put_back(vault, kept):
            attack(vault)
            table[name] = found(vault)
    return table


# --- the page -----------------------------------------------------------------------------------------------

_INTRODUCTION: Final = """\
# Tampering

What `imgfile verify` finds, without any private key, when somebody who may write to the share attacks a vault. Made by
`tests/kit/vault/tampering.py`, which makes each attack on a real vault of format 2; a test compares. Whoever looks is
at the computer that wrote last: it remembers the newest roster, and how far each trail had come.

`damaged`, `missing`, `unexpected` and `cut` are damage, as is a vault that is refused: nothing is filed, shown or
erased on its word. `unfinished` is a notice: it is what a run that died leaves, it means nothing, and nothing rests on
it.

## On one object

"""
_ALL: Final = """
## On what was done

| attack | found |
| --- | --- |
"""
_APART: Final = """
Keys that lie in a folder of their own are found by the same names, `keys/…`, wherever that folder is. Where it is
away, has no marker or another one, that is one finding, `missing` or `damaged` at `keys`; so is a marker that no
administrator signed, at `keys/root.note`, and whatever is put under `keys` into the vault's own folder is
`unexpected`: nothing reads it. Of an older copy of that folder the keys that it lacks are `missing`. A copy that is
newer than the rest, as after the vault's folder alone was restored, has keys whose records are gone: these are
`unfinished`, a notice.
"""
_UNSEEN: Final = {
    "the whole vault put back to an earlier time, before anybody saw more": "no station remembers more, and no later "
    "note names what is gone",
    "the newest notes of a trail taken away, that nobody else had seen": "where that station has lost its memory too, "
    "nothing names them",
    "whatever a station signs while it is in the roster": "a station is believed; opening its records compares what it "
    "sealed (`verify --decrypt`)",
    "whatever a person signs with their own key, as that they knew of no legal hold": "nothing else tells what they "
    "knew; of a photo that moved the hold stands where it was, keeps its keys and is listed "
    "(`imgfile legal-hold list`)",
    "a key planted that no note states": "it looks like what a dead run left, and nobody seals to it",
    "a copy of the keys' own folder, in use beside it": "its marker and its keys are the same bytes",
    "the newest rosters hidden from a computer that never saw them": "it goes on by those that it has; what it "
    "files names them, and is found where the newest are known",
    "a computer that joins, shown rosters by somebody who had been removed": "it knows the words of the first "
    "roster alone; nobody else's computer takes what it files for the vault's",
    "a request to join that is withheld, or repeated": "it counts for nothing before an administrator typed its words",
    "sizes, times, and how many records a pseudonym has": "they are there for whoever reads the share",
}


def page(vault: Furnished) -> str:
    """Return the page that says what is found."""
    lines = [_INTRODUCTION, "| object | found | when |\n| --- | --- | --- |\n"]
    for kind, attacks in on_one(vault).items():
        by_words: dict[str, list[str]] = {}
        for name, words in attacks.items():
            by_words.setdefault(words, []).append(name)
        lines += [f"| {kind} | {words} | {'; '.join(names)} |\n" for words, names in by_words.items()]
    lines.append(_ALL)
    lines += [f"| {name} | {words} |\n" for name, words in on_all(vault).items()]
    lines.append(_APART)
    lines.append("\n## Not detectable\n\n| attack | because |\n| --- | --- |\n")
    return "".join([*lines, *(f"| {name} | {why} |\n" for name, why in _UNSEEN.items())])


def main() -> None:
    """Write the page."""
    vars(patience).update(SHOWING_SECONDS=0)  # nobody files while a test checks a vault
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        PAGE.write_text(page(furnish(folder, folder / "state")), encoding="utf-8")


if __name__ == "__main__":
    main()
