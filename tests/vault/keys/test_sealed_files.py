"""A key's file is believed once it was read back, and a person's signing key once it is the one that is listed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.device import ReadBack
from imgfile.errors import Damaged, WrongKey
from imgfile.notes import SECRET_BYTES
from imgfile.vault import layout
from imgfile.vault.keys.sealed_files import publish_sealed
from imgfile.vault.keys.signers import keep_signer, open_signer, read_signer
from imgfile.vault.store.directory import Store
from kit.vault.practice import Practice, clinician_of, of_format_1

READER = sealing.generate_identity(post_quantum=False)
OTHERS = sealing.seal_bytes(b"another key", [READER.recipient])


def test_a_key_is_stored_as_its_readers_will_open_it(tmp_path: Path) -> None:
    """The digest is of the file as it lies there."""
    store = Store(tmp_path)
    digest = publish_sealed(store, "keys/a.age", b"key", [READER.recipient])
    stored = (tmp_path / "keys/a.age").read_bytes()
    assert hashlib.sha256(stored).hexdigest() == digest
    assert sealing.unseal_bytes(stored, [READER]) == b"key"


@pytest.mark.parametrize(
    "keeps",
    [
        lambda _: b"",
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: bytes([*data[:-1], data[-1] ^ 1]),
        lambda _: OTHERS,
    ],
    ids=["nothing", "a part", "more", "one bit", "another file"],
)
def test_a_share_that_keeps_something_else_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps: Callable[[bytes], bytes]
) -> None:
    """Before anything names the file: else the key would be noise, and all that is sealed to it."""

    def read_back(store: Store, name: str) -> tuple[bytes, ReadBack]:
        return keeps(store.read(name)), ReadBack.REOPENED

    monkeypatch.setattr(Store, "read_back", read_back)
    with pytest.raises(Damaged, match=r"^keys/a\.age does not hold what was written\.$") as caught:
        publish_sealed(Store(tmp_path), "keys/a.age", b"key", [READER.recipient])
    assert caught.value.hint == "Check the disk or share, then run it again."


@pytest.mark.parametrize("text", [b"", b"*", b"\xff", base64.b64encode(bytes(SECRET_BYTES - 1)), b"AAAA"])
def test_what_opens_to_no_signing_key_is_named(text: bytes) -> None:
    """By its file, however it was cut."""
    with pytest.raises(Damaged, match=r"^keys/signers/x\.age holds no signing key\.$") as caught:
        read_signer("a" * 32, text, "keys/signers/x.age")
    assert caught.value.hint == "Restore it from a backup."


def test_a_persons_signing_key_is_the_one_that_is_listed(practice: Practice) -> None:
    """Neither another's identity nor another file of that name speaks for them."""
    vault, mine = practice.vault, clinician_of(practice)
    for holder, identity in ((practice.founder, mine), (vault.roster.recovery.holder, practice.recovery[0])):
        assert open_signer(vault, holder, [identity]).name == holder
        with pytest.raises(WrongKey):
            open_signer(vault, holder, [READER])
    with pytest.raises(Damaged, match=r"^the roster lists no signing key for this identity\.$"):
        open_signer(vault, "0" * 32, [mine])
    path = practice.folder / layout.signer_key(practice.founder)
    theirs = open_signer(vault, vault.roster.recovery.holder, practice.recovery)
    theirs.name = practice.founder
    path.unlink()
    digest = keep_signer(vault.store, theirs, mine.recipient)
    with pytest.raises(Damaged, match="is not the file that the roster names"):
        open_signer(vault, practice.founder, [mine])
    (person,) = vault.roster.people
    listed = replace(person.credentials[0], signing_key_digest=digest)
    roster = replace(vault.roster, people=(replace(person, credentials=(listed,)),))
    with pytest.raises(Damaged, match="holds another signing key than the roster lists"):
        open_signer(replace(vault, roster=roster), practice.founder, [mine])


@of_format_1
def test_the_recovery_key_of_format_1_signs_nothing(practice: Practice) -> None:
    """And is told so in its own words."""
    with pytest.raises(Damaged, match="lists no signing key") as caught:
        open_signer(practice.vault, practice.vault.roster.recovery.holder, practice.recovery)
    assert caught.value.hint == "The recovery key of format 1 has none."
