"""What was filed after somebody left is closed to them, and every command that looks calls it that: it is no damage."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.acts.disclosure.entry import offer
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.cli import main
from imgfile.errors import Closed, Damaged
from imgfile.practice_state.maintenance import last_verify
from imgfile.vault import layout
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open_item import open_item
from kit.photos.jpeg_png import jpeg
from kit.vault.filings import CHILD, KNEE, filed
from kit.vault.inbox import put
from kit.vault.lives import NOTE, Life
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, clinician_of

HINT = "That is no damage. Whoever is listed today opens"
"""How the next step begins wherever something is closed."""


class Office:
    """A practice that a locum left: a record that they can open, one with a later note, one that was filed later."""

    def __init__(self, practice: Practice, folder: Path) -> None:
        before, locum = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
        self.open, self.added = (_filed(before, site) for site in ("left knee", "left elbow"))
        leaver = next(one for one in before.vault.roster.people if one.name == "Dr L. Locum")
        founder = admit_administrator(before.vault, [clinician_of(before)])
        self.practice = replace(before, vault=remove(before.vault, founder, Leaver(leaver), at=NOON))
        self.vault = self.practice.vault
        self.filed = _filed(self.practice, "right elbow")
        Life(self.practice, self.added.of).add(NOTE)
        self.keys = open_practice(self.vault, [locum.identity])[0]
        self.locum = folder / "locum.txt"
        self.locum.write_bytes(sealing.render_identity_file(locum.identity, ()))

    def damage(self, of: Manifest) -> None:
        """Change what lies in the vault of a record."""
        (self.practice.folder / layout.record(of.folder, of.record) / layout.IMAGE).write_bytes(b"x")


def _filed(practice: Practice, site: str) -> Life:
    done = practice.file_decided(filed({**KNEE, "body_site": site}), jpeg())
    return Life(practice, manifest.load(practice.vault, done.patient, done.record))


@pytest.fixture
def office(practice: Practice, tmp_path: Path) -> Office:
    """Give a practice that a locum left."""
    return Office(practice, tmp_path)


def run(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> tuple[int, list[dict[str, object]], str]:
    """Run a command in this process, as the locum; return its status, its NDJSON, and what it says."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CHILD.encode())))
    status = main([*words, "--no-input", "--json", "--identity-file", str(office.locum)])
    printed = capsys.readouterr()
    return status, [json.loads(line) for line in printed.out.splitlines()], printed.err


def test_every_command_says_that_it_is_closed(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By reference, by number, through all: its own word and code, the record's reference, and who opens it."""
    later, added = office.filed.of.reference, office.added.of.reference
    why = ("--reason", "review", "--no-browser")
    named = {
        ("show", later): 12,
        ("show", added): 12,
        ("view", later, *why): 12,
        ("export", later, "-o", "x.jpg", "--purpose", "diagnosis", "--reason", "review"): 12,
        ("view", "--patient", "-", *why): 12,
        ("consent", "show", added): 12,
        ("consent", "review"): 12,
        ("find", "elbow"): 3,
    }
    for words, status in named.items():
        found, lines, said = run(office, capsys, monkeypatch, *words)
        assert found == status, (words, said)
        assert "closed to this identity" in said, (words, said)
        assert (HINT in said) is ("--patient" not in words)  # there the others may be looked at
        assert any(name in said + json.dumps(lines) for name in (later, added)), (words, said)
        assert "damaged" not in said
        assert "verify" not in said
        unopened = [line for line in lines if line["type"] in {"unopened", "not_shown"}]
        assert {line["slug"] for line in unopened} <= {Closed.slug}
        if words[0] in {"consent", "find"} and words[1] != "show":
            assert sorted(str(line["record"]) for line in unopened) == sorted([later, added])


def test_verify_counts_it_apart(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither damage, nor opened; what is damaged besides is said first, and decides the code."""
    status, lines, said = run(office, capsys, monkeypatch, "verify", "--decrypt")
    assert status == Closed.exit_code
    *findings, summary = lines
    closed = [line for line in findings if line["kind"] == "closed"]
    assert sorted(str(line["record"]) for line in closed) == sorted(
        each.of.reference for each in (office.filed, office.added)
    )
    assert not any(line["is_damage"] for line in findings)
    assert (summary["records"], summary["opened"], summary["closed"], summary["damage"]) == (3, 1, 2, 0)
    assert summary["exit"] == Closed.exit_code
    assert "and opened but for 2 that are closed to this identity, each object compared" in said
    assert "2 records are closed to this identity, and were not opened." in said
    remembered = last_verify(office.vault.station)
    assert remembered is not None
    assert not remembered.is_decrypted
    office.damage(office.open.of)
    status, lines, said = run(office, capsys, monkeypatch, "verify", "--decrypt")
    assert (status, lines[-1]["damage"], lines[-1]["closed"]) == (Damaged.exit_code, 1, 2)
    whole = main(["verify", "--decrypt", "--quiet", "--identity-file", str(office.practice.recovery_file)])
    assert whole == Damaged.exit_code
    assert "closed" not in capsys.readouterr().err


def test_a_reason_is_closed_too(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry is printed, and that its reason is closed."""
    keys, who = open_practice(office.vault, office.practice.recovery)
    offer(office.vault, [open_record(office.vault, office.open.of, keys)], Reader(who, keys), reason="look", at=NOON)
    status, lines, said = run(office, capsys, monkeypatch, "audit", "--reasons")
    assert status == Closed.exit_code
    (entry,) = [line for line in lines if line.get("closed") is True]
    assert (entry["act"], entry["record"]) == ("offered", office.open.of.reference)
    assert (lines[-1]["closed"], lines[-1]["damage"], lines[-1]["exit"]) == (1, 0, 12)
    assert "1 reason is closed to this identity." in said


def test_what_is_not_for_their_key_is_told_from_what_lacks_one(office: Office) -> None:
    """An item of the inbox is closed too; whoever was given the newest generation, and lacks it, meets damage."""
    item = put(office.practice)
    with pytest.raises(Closed, match=f"{item.reference} is closed to this identity"):
        open_item(office.vault, item, office.keys)
    lacking = PracticeKeys(office.keys.by_generation, reach=office.vault.roster.generation.number)
    with pytest.raises(Damaged, match="does not open with the practice's key"):
        open_record(office.vault, office.filed.of, lacking)
