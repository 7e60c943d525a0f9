"""`imgfile ingest --inbox` and `imgfile inbox`: a computer without the key that names patients files all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.acts.practice import approve
from imgfile.vault import layout
from imgfile.vault.roster.model import Use
from kit.photos.jpeg_png import jpeg
from kit.terminal.desk import Desk, ndjson
from kit.vault.filings import MOLE, RASH
from kit.vault.joining import account, administrator, ask, enrolled
from kit.vault.practice import NOON, Practice


def flags(answers: dict[str, str]) -> list[str]:
    """Give answers as flags."""
    return ["--allow-test-id", *(part for each in answers.items() for part in _flag(*each))]


def _flag(slug: str, text: str) -> tuple[str, ...]:
    name = f"--{slug.replace('_', '-')}"
    return (name,) if text == "yes" else (name, text)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Save a photo to be filed."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(jpeg())
    return path


@pytest.fixture
def front(practice: Practice, tmp_path: Path, desk: Desk) -> Desk:
    """Sit down at a reception computer that was let in without the key that names patients' directories."""
    state = tmp_path / "front"
    with account(state):
        asked = ask(practice, use=Use.RECEPTION, name="FRONT")
    approve.approve(practice.reopened(), asked.request, None, administrator(practice), at=NOON, into_inbox=True)
    with account(state):
        vault = enrolled(asked)
    assert not vault.here.pseudonym_digest
    return Desk(Practice(vault, practice.folder, practice.recovery_file), state, desk.identity)


def test_a_computer_without_the_key_files_into_the_inbox_and_a_clinician_accepts(
    front: Desk, desk: Desk, photo: Path
) -> None:
    """Without --inbox it is told how; the source goes when the copy is proven; accepting needs the key and a person."""
    told = front.run("ingest", photo, *flags(MOLE), "--yes")
    assert told.status != 0
    assert "imgfile ingest --inbox" in told.words
    assert photo.exists()
    done = front.run("ingest", "--inbox", photo, *flags(MOLE), "--yes", "--json")
    assert done.status == 0, done.words
    assert not photo.exists()
    assert [line["outcome"] for line in ndjson(done) if line["type"] == "photo"] == ["in_inbox"]
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    assert (item["why"], item["station"]) == ("no_pseudonyms", "FRONT")
    assert "1 photo waits in the inbox (imgfile inbox)" in desk.run("status").stdout.decode()
    refused = front.as_clinician("inbox", "accept", item["item"], "--yes")
    assert (refused.status, "R26" in refused.words) == (17, True)
    missing = desk.as_clinician("inbox", "accept", item["item"])
    assert (missing.status, "--yes" in missing.words) == (13, True)
    accepted = desk.as_clinician("inbox", "accept", item["item"], "--yes", "--json")
    assert accepted.status == 0, accepted.words
    (line,) = ndjson(accepted)
    shown = desk.as_clinician("show", line["record"]).stdout.decode()
    assert "left shoulder" in shown
    assert desk.run("verify", "--quiet").status == 0
    assert desk.run("inbox").words.strip().endswith("Nothing waits in the inbox.")


def test_at_the_terminal_a_child_is_attested_again(front: Desk, desk: Desk, photo: Path) -> None:
    """An intimate photo of a child is filed into no inbox unattended, nor at reception."""
    refused = front.run("ingest", "--inbox", photo, *flags(RASH), "--yes")
    assert refused.status == 17
    assert photo.exists()
    assert ndjson(desk.run("inbox", "list", "--json")) == []


def test_an_item_is_rejected_only_with_a_yes(front: Desk, desk: Desk, photo: Path) -> None:
    """It may be the only copy left."""
    assert front.run("ingest", "--inbox", photo, *flags(MOLE), "--yes").status == 0
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    assert desk.as_clinician("inbox", "reject", item["item"]).status == 13
    with desk.sit("inbox", "reject", item["item"], "--identity-file", str(desk.identity)) as session:
        session.answer("This may be the only copy left", "q")
        assert session.finish().status == 130
    done = desk.as_clinician("inbox", "reject", item["item"], "--yes", "--json")
    assert (done.status, ndjson(done)[0]["type"]) == (0, "rejected")
    gone = desk.as_clinician("inbox", "accept", item["item"], "--yes")
    assert (gone.status, "was rejected" in gone.words) == (2, True)
    assert list((desk.practice.folder / layout.THING_KEYS / layout.INBOX).iterdir()) == []
