"""docs/reference/json.md and what the commands print never disagree."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imgfile.mail.model import Reason
from imgfile.vault import layout
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.accounts import COPPER, PERSON, Account, approve
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Outcome
from kit.tools import REPOSITORY
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.practice import as_format_1

PAGE = REPOSITORY / "docs" / "reference" / "json.md"
FREE = {"facts"}
"""Fields whose content is documented elsewhere."""


REMOVED = {"type": "removed", "maker": "export", "at": "2026-11-26T17:02:11Z"}
"""What `tests/cli/commands/test_check.py` has printed of a killed run."""


def documented() -> dict[str, dict[str, set[str]]]:
    """Read the page's examples: section → type → every field that an example of it has."""
    sections: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for section in PAGE.read_text().split("\n## ")[1:]:
        command = section.splitlines()[0]
        for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL):
            for line in block.splitlines():
                facts = json.loads(line)
                sections[command][facts["type"]] |= facts.keys()
    return sections


@pytest.fixture
def printed(desk: Desk, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """Print every kind of line: of a vault with two records, an export, and damage."""
    rash, mole = desk.practice.file_decided(filed(RASH)), desk.practice.file_decided(filed(MOLE))
    stated = ["--purpose", "diagnosis", "--reason", "2WW"]
    left = desk.as_clinician("export", reference(mole), "-o", tmp_path / "copy.jpg", *stated, "--json")
    waiting = ndjson(desk.run("handed", "--json"))
    handed = desk.run("handed", reference(mole), "--where", "EMIS", "--json")
    added = [
        *ndjson(desk.run("note", reference(mole), "--text", "Settling", "--json")),
        *ndjson(desk.run("amend", reference(mole), "--intimate", "--reason", "shows more", "--json")),
    ]
    shown = ndjson(desk.as_clinician("show", reference(mole), "--history", "--json"))
    (desk.practice.folder / layout.record(rash.patient, rash.record) / layout.MANIFEST).write_bytes(b"broken")
    trail = desk.practice.folder / layout.trail(desk.practice.vault.here.station, 5)
    trail.rename(trail.with_name("6.note"))
    return {
        "list": ndjson(desk.run("list", "--json")),
        "find": ndjson(desk.as_clinician("find", "--json", "--purpose", "diagnosis")),
        "show": shown,
        "note and amend": added,
        "export": ndjson(left),
        "handed": [*ndjson(handed), *waiting[:1]],
        "verify": ndjson(desk.run("verify", "--json")),
        "audit": ndjson(desk.run("audit", "--json")),
        "vault list": ndjson(desk.run("vault", "list", "--json")),
        "status": ndjson(desk.run("status", "--json")),
        "check": [*ndjson(desk.run("check", "--json")), REMOVED],
    }


PATIENT = ["--allow-test-id", "--no-input", "--patient", "9434765870", "--dob", "3/3/71"]
ANSWERS = {
    "body-site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "phone",
    "obtained-at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW",
}


def filed_and_failed(desk: Desk, folder: Path) -> list[dict[str, Any]]:
    """Ingest a photo, a photo without answers, a mailbox, and a table with a wrong and a skipped row."""
    answers = [word for name, text in ANSWERS.items() for word in (f"--{name}", text)]
    lines: list[dict[str, Any]] = []
    (folder / "mole.jpg").write_bytes(photos.phone_jpeg())
    for number in (1, 2):
        (folder / f"mole ({number}).jpg").write_bytes(photos.phone_jpeg())
    (folder / "linked").hardlink_to(folder / "mole (2).jpg")
    (folder / "Inbox").write_bytes(mailboxes.mbox([mailboxes.mail(mailboxes.photo(photos.phone_jpeg()))]))
    (folder / "t.csv").write_text("source,action,patient\nmole.jpg,file,9434765871\nmole.jpg,skip,\n")
    for words in (
        ["mole.jpg", "--keep-source", *PATIENT],
        ["mole.jpg", "--keep-source", "--yes", *PATIENT, *answers],
        ["mole.jpg", "--erase-copies", "--yes", *PATIENT],
        ["Inbox", "--yes", *PATIENT, *answers],
        ["--table", "t.csv", "--yes", "--allow-test-id"],
    ):
        lines += ndjson(
            desk.run("ingest", *[folder / word if (folder / word).exists() else word for word in words], "--json")
        )
    return lines


def _mailbox_to_scan() -> bytes:
    """Make a mailbox with a photo that there is something to note of, and a part that is not searched."""
    sealed = mailboxes.Part(("Content-Type: application/pkcs7-mime; smime-type=enveloped-data",), b"AAAA")
    photo, empty = mailboxes.photo(photos.phone_jpeg()), mailboxes.photo(b"", kind="image/heic", name="IMG_1.HEIC")
    return mailboxes.mbox([mailboxes.mail(photo, number=1), mailboxes.mail(photo, sealed, empty, number=2)])


def test_what_init_ingest_and_the_tools_print_is_documented(desk: Desk, tmp_path: Path) -> None:
    """Every field of every line stands in an example."""
    photo = tmp_path / "a.jpg"
    photo.write_bytes(photos.phone_jpeg())
    (tmp_path / "letter.doc").write_bytes(b"no photo")
    (tmp_path / "b.mbox").write_bytes(_mailbox_to_scan())
    printed = {
        "ingest": filed_and_failed(desk, tmp_path),
        "scan": [
            *ndjson(desk.run("scan", tmp_path / "b.mbox", tmp_path / "gone", "--json")),
            *ndjson(desk.run("scan", tmp_path / "Inbox", "--filed", "--json")),
        ],
        "strip and inspect": [
            *ndjson(desk.run("strip", photo, "-o", tmp_path / "s.jpg", "--json")),
            *ndjson(desk.run("inspect", photo, "--values", "--json")),
            *ndjson(desk.run("inspect", photo, tmp_path / "letter.doc", "--json")),
        ],
    }
    known = documented()
    printed["mail"] = [
        *ndjson(desk.run("mail", "--json")),
        *ndjson(desk.run("mail", "--from", tmp_path / "Inbox", "--json")),
        *ndjson(desk.run("mail", "done", "--all", "--json")),
    ]
    for section, lines in printed.items():
        assert {line["type"] for line in lines} == known[section].keys()
        for line in lines:
            undocumented = line.keys() - known[section][line["type"]]
            assert not undocumented, f"{section} prints {undocumented} on a line of type {line['type']}"


def test_every_reason_not_to_search_a_part_is_documented() -> None:
    """A script may tell them apart."""
    _, _, section = PAGE.read_text().partition("\n## scan\n")
    assert [reason for reason in Reason if f"`{reason.name.lower()}`" not in section.partition("\n## ")[0]] == []


def test_every_line_printed_is_documented_field_by_field(printed: dict[str, list[dict[str, Any]]]) -> None:
    """And every documented type is printed."""
    known = documented()
    for command, lines in printed.items():
        assert {line["type"] for line in lines} == known[command].keys()
        for line in lines:
            undocumented = line.keys() - known[command][line["type"]] - FREE
            assert not undocumented, f"{command} prints {undocumented} on a line of type {line['type']}"


def of_a_practice(desk: Desk, folder: Path) -> Iterator[tuple[str, Outcome]]:
    """Act out a practice with every command that it has, each with --json: yield its section of the page, and it."""
    new, reader, saved = (Account(desk, folder / name) for name in ("new", "reader", "saved"))
    asking = ("--fingerprint", new.words, "--name", "Dr B. Colleague", "--registration", "GMC 7111111")
    asked = new.join(*asking, "--identity-command", COPPER, "--station-name", "LAPTOP-9", "--json")
    yield "join", asked
    yield "people requests", desk.run("people", "requests", "--json")
    yield "people approve", approve(desk, ndjson(asked)[0]["words"], "--person", PERSON, "--json")
    yield "join", Outcome(0, new.join("--json").stdout.splitlines(keepends=True)[-1], b"")
    yield "people role", desk.as_clinician("people", "role", "Dr B. Colleague", "nurse", "--json")
    yield "people role", desk.run("people", "role", "Dr B. Colleague", "nurse", "--json")
    yield "station rename and station retire", desk.as_clinician("station", "rename", "LAPTOP-9", "ROOM-1", "--json")
    renewed = ("--identity-command", COPPER, "--new-command", "echo amber-window-thistle-bell")
    yield "keys", new.run("keys", "passphrase", *renewed, "--json")
    file = desk.practice.recovery_file
    yield "keys", desk.run("keys", "test-recovery", file, "--json")
    person = ("--clinician", "Dr C. Third, GMC 7333333", "--station-name", "SPARE", "--identity-command", COPPER)
    yield "recover", saved.run("recover", saved.vault, "--recovery-file", file, *person, "--yes", "--json")
    yield "keys", desk.as_clinician("keys", "recovery", "new", "--new-recovery-file", folder / "r.txt", "--json")
    leaves = (
        "people",
        "remove",
        "Dr B. Colleague",
        "--keep-computers",
        "--held-recovery-key",
        "n",
        "--confirm",
        "7111111",
    )
    yield "people remove", desk.as_clinician(*leaves, "--json")
    yield "people remove", desk.as_clinician(*leaves, "--json")
    yield "station rename and station retire", desk.as_clinician("station", "retire", "ROOM-1", "--json")
    yield "station rename and station retire", desk.run("station", "retire", "ROOM-1", "--json")
    yield "roster show and roster fingerprint", desk.run("roster", "fingerprint", "--json")
    yield "roster pin", reader.run("roster", "pin", reader.vault, "--fingerprint", reader.words, "--json")
    yield "vault name and vault default", desk.run("vault", "name", desk.practice.folder, "north", "--json")
    yield "vault name and vault default", desk.run("vault", "default", "north", "--json")
    yield "vault keys", desk.run("vault", "keys", "--json")
    yield "vault accept-loss", desk.as_clinician("vault", "accept-loss", "--yes", "--json")


def test_every_command_of_a_practice_prints_one_line_that_is_documented(desk: Desk, tmp_path: Path) -> None:
    """Field by field, as an example of the page has them. What was done already is printed as when it was done."""
    known = documented()
    printed: dict[str, set[str]] = defaultdict(set)
    for section, outcome in of_a_practice(desk, tmp_path):
        assert outcome.status == 0, (section, outcome.words)
        (line,) = ndjson(outcome)
        assert line.keys() == known[section][line["type"]], section
        printed[section].add(line["type"])
    for section in printed.keys() - {"roster show and roster fingerprint"}:
        assert printed[section] == known[section].keys()
    lists = {"people list": ("people", "list"), "station list": ("station", "list"), "vault list": ("vault", "list")}
    for section, command in {**lists, "roster show and roster fingerprint": ("roster", "show")}.items():
        for line in ndjson(desk.run(*command, "--json")):
            assert line.keys() == known[section][line["type"]], section


def test_moving_to_format_2_prints_one_line_that_is_documented(desk: Desk, tmp_path: Path) -> None:
    """A vault is moved once."""
    as_format_1(desk.practice)
    moved = desk.as_clinician("vault", "upgrade", "--new-recovery-file", tmp_path / "recovery-2.txt", "--json")
    (line,) = ndjson(moved)
    assert {line["type"]: line.keys()} == documented()["vault upgrade"]
