"""`imgfile verify`: what is wrong, how much was checked, and with what certainty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.cli.findings import name_records, record_of
from imgfile.clinical.proofs import Digest, RecordId, Verified
from imgfile.clinical.record.model import Record, Sibling
from imgfile.vault import layout
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from kit.terminal.desk import Desk, ndjson
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.lives import Life
from kit.vault.practice import PASSPHRASE


@pytest.fixture
def photos(desk: Desk) -> list[Verified]:
    """File a rash and a mole."""
    return [desk.practice.file_decided(filed(RASH)), desk.practice.file_decided(filed(MOLE), b"another")]


def image_of(desk: Desk, record: Verified) -> Path:
    """Return where a record's sealed photo lies."""
    return desk.practice.folder / layout.record(record.patient, record.record) / layout.IMAGE


def forged(facts: Record) -> Record:
    """State another photo than the one beside it, as only a station gone bad could."""
    return replace(facts, siblings={layout.IMAGE: Sibling(Digest("0" * 64), 1)})


def test_a_sound_vault_is_told_in_one_line(desk: Desk, photos: list[Verified]) -> None:
    """What was not tried is said."""
    outcome = desk.run("verify")
    assert (outcome.status, outcome.stdout) == (0, b"weight\tkind\twhere\tmessage\n")
    quiet = desk.run("verify", "-q")
    assert (quiet.status, quiet.stdout, quiet.stderr) == (0, b"", b"")  # nothing that cron would send by mail
    assert outcome.words == (
        f"{len(photos)} records checked against every signature and digest, "
        "not opened (--decrypt opens them too): nothing is damaged.\n"
    )
    with desk.sit("verify") as session:
        assert session.finish().status == 0
        assert session.screen.startswith("2 records checked")


def test_decrypt_opens_every_record(desk: Desk, photos: list[Verified]) -> None:
    """The passphrase is asked; the recovery key serves too."""
    with desk.sit("verify", "--decrypt") as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("and opened, each object\ncompared with what was filed: nothing is damaged.")
        assert session.finish().status == 0
    outcome = desk.run("verify", "--decrypt", "--json", "--identity-file", desk.practice.recovery_file)
    assert ndjson(outcome) == [
        {"type": "summary", "records": 2, "opened": len(photos), "damage": 0, "warnings": 0, "notices": 0, "exit": 0}
    ]


def test_what_is_gone_is_not_said_to_be_opened(desk: Desk, photos: list[Verified]) -> None:
    """Its notes are checked like any; there is nothing to open."""
    gone = manifest.load(desk.practice.vault, photos[0].patient, photos[0].record)
    Life(desk.practice, gone, gone.filed_at).go(How.WITHDRAWN)
    outcome = desk.as_clinician("verify", "--decrypt")
    assert "2 records checked" in outcome.words
    assert "and opened but for 1 that is gone, each object compared" in outcome.words
    (summary,) = ndjson(desk.as_clinician("verify", "--decrypt", "--json"))[-1:]
    assert (summary["records"], summary["opened"]) == (2, 1)


def test_decrypt_without_anybody_to_ask_says_what_is_missing(desk: Desk) -> None:
    """And an identity without --decrypt is a mistake, for it would look as if records had been opened."""
    assert desk.run("verify", "--decrypt").status == 13
    assert desk.as_clinician("verify").status == 2


def test_damage_is_found_told_once_and_ends_with_16(desk: Desk, photos: list[Verified]) -> None:
    """A photo that does not match is not reported again for not opening."""
    image = image_of(desk, photos[0])
    image.write_bytes(image.read_bytes()[:-1])
    for flags in ([], ["--decrypt", "--identity-file", str(desk.identity)]):
        outcome = desk.run("verify", "--json", *flags)
        finding, summary = ndjson(outcome)
        assert finding["type"] == "finding"
        assert (finding["kind"], finding["is_damage"]) == ("damaged", True)
        assert finding["where"] == image.relative_to(desk.practice.folder).as_posix()
        assert finding["record"] == layout.reference(photos[0].record)
        assert f"this concerns record {finding['record']}: copy what is named above from a backup" in outcome.words
        assert (summary["records"], summary["damage"], summary["exit"]) == (2, 1, 16)
        assert outcome.status == 16
        assert "1 thing is damaged, missing or forged" in outcome.words


def test_what_only_opening_shows_is_found_by_decrypting(desk: Desk, photos: list[Verified]) -> None:
    """Every signature holds, and still the photo is not the one that the facts were sealed with."""
    bad = desk.practice.file_decided(filed(MOLE), b"third", forge=forged)
    assert desk.run("verify").status == 0
    outcome = desk.as_clinician("verify", "--decrypt", "--json")
    finding, summary = ndjson(outcome)
    assert finding["where"] == layout.record(bad.patient, bad.record)
    assert (summary["opened"], summary["damage"]) == (len(photos) + 1, 1)
    assert outcome.status == 16


def test_what_a_dead_run_left_is_no_damage(desk: Desk, photos: list[Verified]) -> None:
    """It is reported as that, is not counted as a record, and the exit code is 0."""
    (image_of(desk, photos[0]).parent / layout.MANIFEST).with_name(".imgfile-half").write_bytes(b"half")
    orphan = image_of(desk, photos[0]).parent.with_name("f" * 32)
    orphan.mkdir()
    (orphan / layout.IMAGE).write_bytes(b"orphan")
    outcome = desk.run("verify")
    assert outcome.status == 0
    kinds = [line.split("\t")[:2] for line in outcome.stdout.decode().splitlines()[1:]]
    assert kinds == [["notice", "unfinished"], ["notice", "unfinished"]]
    assert outcome.words.startswith(f"{len(photos)} records checked")
    assert "; 2 notices, which is no damage." in outcome.words


def test_a_nightly_run_is_silent_about_what_a_sync_program_leaves(desk: Desk, photos: list[Verified]) -> None:
    """It lies there every night; what a dead run left is told."""
    folder = image_of(desk, photos[0]).parent
    (folder / ".DS_Store").write_bytes(b"x")
    (folder.parent / "Thumbs.db").write_bytes(b"x")
    quiet = desk.run("verify", "-q")
    assert (quiet.status, quiet.stdout, quiet.words) == (0, b"", "")
    assert "; 2 notices, which is no damage." in desk.run("verify").words
    (folder / ".imgfile-half").write_bytes(b"half")
    assert desk.run("verify", "-q").stdout.startswith(b"notice\tunfinished\t")


def test_on_a_screen_findings_are_one_table(desk: Desk, photos: list[Verified]) -> None:
    """With nothing cut off."""
    image_of(desk, photos[0]).unlink()
    with desk.sit("verify") as session:
        assert session.finish().status == 16
        assert "missing" in session.screen
        assert "The manifest names it" in " ".join(session.screen.split())


ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("where", "is_of_a_record"),
    [
        (f"patients/{'a' * 32}/{ID}/image.age", True),
        (f"patients/{'a' * 32}/{ID}", True),
        (ID, True),
        (f"patients/{ID}", False),
        (f"patients/{'a' * 32}/reasons/{ID * 2}.age", False),
        (f"audit/{ID}/3.note", False),
        (f"keys/patients/{'a' * 32}/{ID}.age", False),
        ("", False),
    ],
)
def test_a_place_in_the_vault_is_told_by_the_reference_of_its_record(where: str, *, is_of_a_record: bool) -> None:
    """People know no other name of it."""
    assert record_of(where) == (layout.reference(RecordId(ID)) if is_of_a_record else None)


def test_of_many_damaged_records_the_first_are_named() -> None:
    """The others stand in the table."""
    assert name_records(["7f3k-q2ma"]) == "record 7f3k-q2ma"
    assert name_records([f"a{at}" for at in range(12)]).endswith("a8, a9 and 2 more")
