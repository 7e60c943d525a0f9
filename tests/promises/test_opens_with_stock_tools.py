"""Every object opens with tools that are not ours: following only docs/reference/vault-format.md.

`--classic`: the very shell lines of that page, with Debian's `age` and the passphrase typed at a terminal. The default
suite: the same walk with npm's `age-encryption`, which knows the post-quantum recipients. Notes are read as JSON.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imgfile.images.strip import strip
from imgfile.notes import SigningKey
from kit.photos.jpeg_png import photo
from kit.terminal.processes import Session
from kit.tools import REPOSITORY, tool
from kit.vault.practice import PASSPHRASE, Practice, found_practice, of_each_format, with_own_keys_folder
from promises.opening import identities_in, with_node, with_stock_age
from promises.world import PHOTO, Children, World, make_world

PAGE = REPOSITORY / "docs" / "reference" / "vault-format.md"


OF_FORMAT_2 = "keys/things/PATIENT/RECORD.age"
OF_FORMAT_1 = "keys/patients/PATIENT/KEY.age"
"""Where the page says that a record's key lies."""


def _note(path: Path) -> dict[str, Any]:
    """Read a note as the page says: its second line is JSON."""
    body: dict[str, Any] = json.loads(path.read_text().splitlines()[1])
    return body


@dataclass(frozen=True)
class Place:
    """Where one filed photo lies, learnt from the notes alone."""

    vault: Path
    holder: str
    patient: str
    record: str
    key: str
    """Where the key lies that the record is sealed to, as the page says of the format."""

    @classmethod
    def of_only_record(cls, vault: Path) -> Place:
        """Find the only record of a vault, and the clinician among the holders."""
        (manifest,) = vault.glob("patients/*/*/manifest.note")
        facts, roster = _note(manifest), _note(vault / "roster" / "1.note")
        (person,) = roster["people"]
        if roster["format"] == 1:
            key = OF_FORMAT_1.replace("KEY", facts["key"])
            return cls(vault, person["id"], facts["patient"], facts["record"], key)
        (credential,) = person["credentials"]
        return cls(vault, credential["id"], facts["patient"], facts["record"], OF_FORMAT_2)

    def filled(self, text: str, identity_file: Path) -> str:
        """Put the names into the page's placeholders."""
        text = text.replace(OF_FORMAT_2, self.key)
        named = {"HOLDER": self.holder, "PATIENT": self.patient, "RECORD": self.record}
        for placeholder, name in {**named, "cd VAULT": f"cd {self.vault}"}.items():
            text = text.replace(placeholder, name)
        return text.replace("identity.age", str(identity_file), 1)


def _digest_of_photo(facts: dict[str, Any]) -> str:
    """Look up the photo's digest where the page says that it stands."""
    said = re.search(r'`(\w+)\."image\.age"\.sha256` in `facts\.json`', PAGE.read_text())
    assert said is not None
    digest: str = facts[said[1]]["image.age"]["sha256"]
    return digest


def _filed(practice: Practice, children: Children) -> World:
    world = make_world(practice, "photo.jpg", children)
    assert world.ingest().status == 0
    return world


@of_each_format
def test_the_pages_commands_walk_from_a_clinician_to_a_photo(practice: Practice, children: Children) -> None:
    """Stock `age`, line by line as the page has it; the passphrase is typed at a real terminal."""
    tool("age")
    _filed(practice, children)
    place = Place.of_only_record(practice.folder)
    (block,) = re.findall(r"```sh\n(cd VAULT.*?)```", PAGE.read_text(), re.DOTALL)
    walk, clean_up = place.filled(block, practice.vault.station.identity_file).split("# afterwards\n")
    with Session(["bash", "-euo", "pipefail", "-c", walk]) as session:
        session.answer("passphrase", PASSPHRASE)
        assert session.finish().status == 0, session.screen
    stripped = strip(photo(PHOTO))
    opened = (place.vault / "photo.jpg").read_bytes()
    facts = json.loads((place.vault / "facts.json").read_bytes())
    assert opened == stripped.data
    assert hashlib.sha256(opened).hexdigest() == _digest_of_photo(facts)
    assert facts["patient"]["number"] == "9434765870"
    with Session(["bash", "-euo", "pipefail", "-c", f"cd {place.vault}\n{clean_up}"]) as session:
        assert session.finish().status == 0, session.screen
    assert not [*place.vault.glob("*.txt"), *place.vault.glob("*.jpg"), *place.vault.glob("*.json")]


@of_each_format
def test_every_other_object_opens_with_stock_age(practice: Practice, children: Children) -> None:
    """A signing key opens with that person's identity; the pseudonym key, which finds the patient, by the practice.

    In format 2 the keys have a folder of their own here, with the names that they would have in the vault's.
    """
    keys = practice.folder / "keys"
    if not practice.vault.roster.is_format_1:
        keys = practice.folder.with_name("apart")
        practice = with_own_keys_folder(practice, keys)
    _filed(practice, children)
    place = Place.of_only_record(practice.folder)
    roster = _note(practice.folder / "roster" / "1.note")
    recovery = identities_in(practice.recovery_file.read_bytes())
    spare = roster["recovery"] if roster["format"] == 1 else roster["recovery"]["id"]
    practice_file = with_stock_age((keys / "practice/1" / f"{spare}.age").read_bytes(), recovery)
    assert practice_file is not None
    (station,) = roster["stations"]
    pseudonym_key = with_stock_age(
        (keys / "stations" / f"{station['id']}.age").read_bytes(), identities_in(practice_file)
    )
    assert pseudonym_key is not None
    assert hmac.new(pseudonym_key, b"nhs|9434765870", "sha256").hexdigest()[:32] == place.patient
    clinician = _unlocked(practice.vault.station.identity_file)
    signer = (keys / "signers" / f"{place.holder}.age").read_bytes()
    assert with_stock_age(signer, recovery) is None
    assert with_stock_age(signer, clinician) is not None
    if roster["format"] == 1:
        return
    its_signer = with_stock_age((keys / "signers" / f"{spare}.age").read_bytes(), recovery)
    assert its_signer is not None
    assert SigningKey(spare, base64.b64decode(its_signer)).public.to_json().items() <= roster["recovery"].items()
    own_key = keys / "things" / place.patient / f"{place.record}.age"
    thing = with_stock_age(own_key.read_bytes(), identities_in(practice_file))
    assert thing is not None
    image = practice.folder / "patients" / place.patient / place.record / "image.age"
    assert with_stock_age(image.read_bytes(), identities_in(thing)) == strip(photo(PHOTO)).data
    assert not (practice.folder / "keys").exists()


def test_the_default_suite_opens_with_another_implementation(tmp_path: Path, state: Path, children: Children) -> None:
    """Post-quantum: npm's `age-encryption` walks from the clinician, and from the recovery key, to the photo."""
    practice = found_practice(tmp_path, is_post_quantum=True)
    assert practice.vault.station.folder.is_relative_to(state)
    _filed(practice, children)
    place, roster = Place.of_only_record(practice.folder), _note(practice.folder / "roster" / "1.note")
    clinician = _unlocked(practice.vault.station.identity_file)
    kept = [line for line in practice.recovery_file.read_bytes().splitlines() if not line.startswith(b"#")]
    recovery = identities_in(b"\n".join(kept))  # the digest of roster 1 stands there too, and is as long as a key
    for holder, identity in ((place.holder, clinician), (roster["recovery"]["id"], recovery)):
        assert all(each.startswith("AGE-SECRET-KEY-PQ-1") for each in identity)
        in_hand = identity
        for name in (f"keys/practice/1/{holder}.age", f"keys/things/{place.patient}/{place.record}.age"):
            opened = with_node((practice.folder / name).read_bytes(), in_hand)
            assert opened is not None, name
            in_hand = {each for each in identities_in(opened) if "-PQ-" in each}
        record = practice.folder / "patients" / place.patient / place.record
        facts, image = (with_node((record / name).read_bytes(), in_hand) for name in ("record.age", "image.age"))
        assert facts is not None
        assert image == strip(photo(PHOTO)).data
        assert hashlib.sha256(image).hexdigest() == _digest_of_photo(json.loads(facts))


def _unlocked(identity_file: Path) -> set[str]:
    """Open a clinician's identity with stock `age`, typing the passphrase: scrypt is the same in both suites."""
    with Session([tool("age"), "-d", identity_file], piped={"stdout"}) as session:
        session.answer("passphrase", PASSPHRASE)
        done = session.finish()
    assert done.status == 0, session.screen
    return {each for each in identities_in(done.stdout) if each.encode() in done.stdout}


@pytest.mark.parametrize("word", ["HOLDER", "PATIENT", "RECORD", OF_FORMAT_1, OF_FORMAT_2, "cd VAULT"])
def test_the_page_has_the_placeholders_that_the_walk_fills(word: str) -> None:
    """So that the commands above are the page's own."""
    assert word in PAGE.read_text()
