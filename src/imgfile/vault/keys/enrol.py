"""What a newcomer's keys are given: the practice's key to a holder, and what makes pseudonyms to a station."""

from __future__ import annotations

from collections.abc import Iterator

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.generations import practice_file
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.keys.pseudonyms import KEY_BYTES
from imgfile.vault.keys.sealed_files import publish_sealed
from imgfile.vault.roster.model import Roster


def seal_practice_to(vault: Vault, practice: PracticeKeys, holder: str, recipient: str) -> str:
    """Seal the newest generation of the practice's key to a holder, and return the file's digest.

    Raises `NotWritable`, `Damaged`.
    """
    newest = vault.roster.generation.number
    text = practice_file(vault, practice.by_generation[newest])
    readers = [sealing.parse_recipient(recipient)]
    return publish_sealed(vault.store, layout.practice_key(newest, holder), text, readers)


def seal_pseudonyms_to(vault: Vault, practice: PracticeKeys, station: str, recipient: str) -> str:
    """Seal the pseudonym key to a station, and to the practice for the next one; return the file's digest.

    Raises `NotWritable`, `Damaged`.
    """
    readers = [sealing.parse_recipient(recipient), sealing.parse_recipient(vault.roster.generation.recipient)]
    return publish_sealed(vault.store, layout.station_key(station), pseudonym_key(vault, practice), readers)


def pseudonym_key(vault: Vault, practice: PracticeKeys) -> bytes:
    """Open the pseudonym key with the practice's, from whichever station's file is whole: it never changes.

    Stations that earlier rosters listed are asked only where none of today's serves. Raises `Damaged`.
    """
    for roster in _newest_first(vault):
        for entry in roster.stations:
            name = layout.station_key(entry.station)
            try:
                sealed = vault.store.read_matching(name, entry.pseudonym_digest, "the file that the roster names")
                key = sealing.unseal_bytes(sealed, practice.identities)
            except (Damaged, WrongKey):  # `verify` reports it; another station's may still be whole
                continue
            if len(key) == KEY_BYTES:
                return key
    raise Damaged("no whole copy of the pseudonym key is in the vault.", "Restore its keys folder from a backup.")


def _newest_first(vault: Vault) -> Iterator[Roster]:
    yield vault.roster
    yield from reversed([*vault.rosters()])
