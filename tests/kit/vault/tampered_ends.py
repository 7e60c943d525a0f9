"""What a legal hold kept of moved records, and two persons destroyed later; and the attacks on that alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from imgfile.acts.life import hold
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import ended
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import AdditionKind, Effect
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone
from imgfile.vault.life.history import History
from imgfile.vault.life.signers import Signer
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.thing_key import ThingKey
from kit.vault.destroying import LATER, Two, forge_proposal, forge_tombstone, text_of
from kit.vault.filings import MOLE, filed
from kit.vault.lives import HOLD, Life
from kit.vault.moving import RIGHT, Scene
from kit.vault.people import Newcomer
from kit.vault.practice import NOON, Practice

_WRONG, _ANOTHER, _RIGHT = "9990000050", "9990000069", "9990000042"


@dataclass(frozen=True)
class Ends:
    """Moved records by what became of what a hold kept of them, and who may sign the end of it."""

    ended: tuple[History, History, History]
    """Two of one patient, and one of another's, whose holds were lifted and whose keys two persons destroyed."""
    lifted: Manifest
    """One whose hold was lifted, and whose keys are there still."""
    held: Manifest
    """One whose hold stands."""
    standing: Manifest
    """One under a hold that never moved."""
    bare: Gone
    """The tombstone of one that was never under a hold."""
    keys: dict[str, bytes]
    """Of the first that was ended, the keys that were destroyed, by their names."""
    two: Two
    past: Vault
    """The vault as it was when somebody was in the practice who has been removed since."""
    leaver: SigningKey
    """That person's key, who could be the second then."""

    def places(self, at: int) -> dict[str, str]:
        """Name where each lies: the first one's, those beside it, and another patient's."""
        (end,) = filter(None, [self.ended[at].ended])
        (lifting,) = self.ended[at].of_kind(AdditionKind.HOLD_LIFTED)
        return {"the end of what a hold kept": end.note, "what lifted a hold": lifting.note}


def end(two: Two, leaver: Newcomer, past: Vault, bare: Gone) -> Ends:
    """Move five records under a hold, lift four of these holds, and destroy what three of them kept."""
    numbers = {b"ended": _WRONG, b"ended too": _WRONG, b"another's": _ANOTHER, b"lifted": _WRONG, b"held": _WRONG}
    *kept, lifted, held = [_moved_under_hold(two.practice, data, who) for data, who in numbers.items()]
    for each in (*kept, lifted):
        hold.lift(two.vault, life.load(two.vault, each), "claim settled", two.founder, at=LATER)
    names = [of.key.name for of in kept[:1] if isinstance(of.key, ThingKey)]
    keys = {name: two.vault.store.read(name) for name in names}
    first, second, third = (two.destroy(each).records[0] for each in kept)
    standing = Life.begin(two.practice, {**MOLE, "patient": _ANOTHER})
    standing.add(HOLD, Effect.HELD)
    return Ends((first, second, third), lifted, held, standing.of, bare, keys, two, past, leaver.key)


def _moved_under_hold(practice: Practice, data: bytes, number: str) -> Manifest:
    done = practice.file_decided(filed({**MOLE, "patient": number}), data)
    record = Life(practice, manifest.load(practice.vault, done.patient, done.record), at=NOON)
    record.add(HOLD, Effect.HELD)
    Scene(record).move({**RIGHT, "patient": _RIGHT})
    return record.of


# --- attacks ------------------------------------------------------------------------------------------------


def copy_to_another(folder: Path, ends: Ends) -> None:
    """Put the end of what a hold kept in another record's place, and take the key that is kept there."""
    (genuine,) = filter(None, [ends.ended[0].ended])
    shutil.copy(folder / genuine.note, folder / layout.ended(ends.lifted.folder, ends.lifted.record))
    _take_key(folder, ends.lifted)


def take_with_keys_back(folder: Path, ends: Ends) -> None:
    """Take an end away, and bring back the keys that were destroyed, from an older copy of them."""
    (genuine,) = filter(None, [ends.ended[0].ended])
    (folder / genuine.note).unlink()
    for name, data in ends.keys.items():
        (folder / name).write_bytes(data)


def take_all_that_ended_it(folder: Path, ends: Ends) -> None:
    """Take an end away, with the signatures that it names and what lifted the hold, and bring the keys back."""
    (genuine,) = filter(None, [ends.ended[0].ended])
    take_with_keys_back(folder, ends)
    for name in genuine.proposals:
        (folder / layout.proposal(name)).unlink()
    (folder / ends.places(0)["what lifted a hold"]).unlink()


def signed_while_held(folder: Path, ends: Ends) -> None:
    """Let the two end what a hold keeps that stands, and take the key."""
    forge(ends, ends.held, _both)
    _take_key(folder, ends.held)


def destroyed_while_held(folder: Path, ends: Ends) -> None:
    """Let the two destroy a record under a hold that stands, and take the key."""
    forge_tombstone(ends.two.vault, ends.standing, _both(ends, ends.standing), ends.two.founder.key)
    _take_key(folder, ends.standing)


def signed_without_a_hold(_folder: Path, ends: Ends) -> None:
    """Let the two end what no hold ever kept."""
    forge(ends, manifest.load(ends.two.vault, ends.bare.folder, ends.bare.record), _both)


def signed(sign: Callable[[Ends, Manifest], tuple[str, ...]]) -> Callable[[Path, Ends], None]:
    """Let the founder end what a hold kept that was lifted, naming these signatures, and take the key."""

    def attack(folder: Path, ends: Ends) -> None:
        forge(ends, ends.lifted, sign)
        _take_key(folder, ends.lifted)

    return attack


def signed_by_a_leaver(folder: Path, ends: Ends) -> None:
    """Let somebody who was removed end it, as if before: with a second signature of somebody who is in the practice."""
    then = replace(ends, two=replace(ends.two, practice=replace(ends.two.practice, vault=ends.past)))
    forge(then, ends.lifted, lambda each, of: _by(each, of, each.leaver, each.two.founder.key), key=ends.leaver)
    _take_key(folder, ends.lifted)


def forge(
    ends: Ends, of: Manifest, sign: Callable[[Ends, Manifest], tuple[str, ...]], key: SigningKey | None = None
) -> Ended:
    """Put an end beside a moved record that names these signatures, by the founder or with this key; return it."""
    vault = ends.two.vault
    stone = life.load(vault, of).gone
    assert stone is not None
    stated = Ended(
        folder=of.folder,
        record=of.record,
        gone=stone.digest,
        proposals=sign(ends, of),
        at=LATER,
        signer=Signer(""),
    )
    vault.store.publish(stated.note, ended.sign(vault, stated, key or ends.two.founder.key).encode())
    return stated


def _both(ends: Ends, of: Manifest) -> tuple[str, ...]:
    return _by(ends, of, ends.two.founder.key, ends.two.second.key)


def by_one_twice(ends: Ends, of: Manifest) -> tuple[str, ...]:
    """Sign twice as the founder."""
    return _by(ends, of, ends.two.founder.key, ends.two.founder.key)


def by_a_stranger_too(ends: Ends, of: Manifest) -> tuple[str, ...]:
    """Sign as the founder, and with a key of one's own in the name of the other."""
    return _by(ends, of, ends.two.founder.key, SigningKey.generate(ends.two.second.holder))


def of_another(ends: Ends, _of: Manifest) -> tuple[str, ...]:
    """Name the genuine signatures for what another record kept."""
    (genuine,) = filter(None, [ends.ended[0].ended])
    return genuine.proposals


def _by(ends: Ends, of: Manifest, *keys: SigningKey) -> tuple[str, ...]:
    body = text_of(ends.two.vault, of)
    return tuple(forge_proposal(ends.two.vault, body, key) for key in keys)


def _take_key(folder: Path, of: Manifest) -> None:
    assert isinstance(of.key, ThingKey)
    (folder / of.key.name).unlink()
