"""What a newcomer's keys are given opens with them; a key that one computer's file lost comes from another's."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.enrol import pseudonym_key, seal_practice_to, seal_pseudonyms_to
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from kit.vault.practice import Practice, enrol_second_station

NEWCOMER = sealing.generate_identity(post_quantum=False)
NEW = "e" * 32


def keys_of(practice: Practice) -> PracticeKeys:
    """Open the practice's key."""
    return open_practice(practice.vault, practice.recovery)[0]


def test_a_newcomer_opens_what_is_sealed_to_them(practice: Practice) -> None:
    """The practice's key a holder, what makes pseudonyms a station; of that one the practice keeps a copy too."""
    vault, keys, recipient = practice.vault, keys_of(practice), str(NEWCOMER.recipient)
    digests = {
        layout.practice_key(1, NEW): seal_practice_to(vault, keys, NEW, recipient),
        layout.station_key(NEW): seal_pseudonyms_to(vault, keys, NEW, recipient),
    }
    opened = {}
    for name, digest in digests.items():
        assert hashlib.sha256(vault.store.read(name)).hexdigest() == digest
        opened[name] = sealing.unseal_bytes(vault.store.read(name), [NEWCOMER])
    (identity,) = sealing.parse_identity_file(opened[layout.practice_key(1, NEW)])
    assert str(identity.recipient) == vault.roster.generation.recipient
    assert opened[layout.station_key(NEW)] == open_pseudonyms(vault).key
    assert (
        sealing.unseal_bytes(vault.store.read(layout.station_key(NEW)), keys.identities) == open_pseudonyms(vault).key
    )


def short_copy(practice: Practice) -> Vault:
    """Return the vault with a file for its only computer that is the listed one, and holds no pseudonym key."""
    vault, entry = practice.vault, practice.vault.here
    sealed = sealing.seal_bytes(b"short", [keys_of(practice).newest.recipient])
    (practice.folder / layout.station_key(entry.station)).write_bytes(sealed)
    listed = replace(entry, pseudonym_digest=hashlib.sha256(sealed).hexdigest())
    return replace(vault, roster=replace(vault.roster, stations=(listed,)))


def test_the_pseudonym_key_comes_from_whichever_copy_is_whole(practice: Practice, tmp_path: Path) -> None:
    """Of today's computers, then of those that earlier rosters listed; and where none is, that is said."""
    keys, wanted = keys_of(practice), open_pseudonyms(practice.vault).key
    first = practice.folder / layout.station_key(practice.vault.here.station)
    kept = first.read_bytes()
    enrol_second_station(practice, tmp_path / "second")
    vault = practice.reopened()
    assert len(vault.roster.stations) == 2
    for harm in (first.unlink, lambda: first.write_bytes(b"x")):
        harm()
        assert pseudonym_key(vault, keys) == wanted
    first.write_bytes(kept)
    second = next(each for each in vault.roster.stations if each.station != vault.here.station)
    (practice.folder / layout.station_key(second.station)).unlink()
    only_second = replace(vault, roster=replace(vault.roster, stations=(second,)))
    assert pseudonym_key(only_second, keys) == wanted  # roster 1 lists the first
    first.unlink()
    with pytest.raises(Damaged, match=r"^no whole copy of the pseudonym key is in the vault\.$") as caught:
        pseudonym_key(vault, keys)
    assert caught.value.hint == "Restore its keys folder from a backup."


def test_a_copy_of_another_length_is_no_pseudonym_key(practice: Practice) -> None:
    """Whoever signs a roster could name one."""
    keys = keys_of(practice)
    with pytest.raises(Damaged, match="no whole copy of the pseudonym key"):
        pseudonym_key(short_copy(practice), keys)
