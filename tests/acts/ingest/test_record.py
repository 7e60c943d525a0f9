"""What is sealed beside a photo: where it lies, what lies beside it, where it came from, and everything decided."""

from __future__ import annotations

import io
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgfile import __version__
from imgfile.acts.ingest.record import composed
from imgfile.acts.sources.source import Piped, Source
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record import model
from imgfile.clinical.record.model import Record, Sibling, SourceKind
from imgfile.vault import layout
from kit.mail import mailboxes
from kit.terminal.typed_answers import picture
from kit.vault.filings import RASH, filed
from kit.vault.ingest_runs import local, parts_of
from kit.vault.practice import NOON, Practice, stripped_photo

FOLDER, RECORD = PatientFolder("a" * 32), RecordId("b" * 32)
STRIPPED = stripped_photo(b"a stripped photo")


def sealed(practice: Practice, source: Source) -> Record:
    """Return the facts of a photo from a source."""
    facts = composed(
        practice.vault,
        folder=FOLDER,
        record=RECORD,
        source=source,
        stripped=STRIPPED,
        filing=filed(RASH),
        filed_at=NOON,
    )
    return record_json.load(record_json.dump(facts))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a file in a folder."""
    path = tmp_path / "Jane" / "rash pic.jpg"
    path.parent.mkdir()
    path.write_bytes(b"x")
    return path


def test_a_record_says_where_it_lies_and_who_filed_it(practice: Practice, photo: Path) -> None:
    """Sealed with its content, so that it cannot be moved unseen."""
    facts = sealed(practice, local(photo))
    place = facts.place
    assert (place.vault, place.pid, place.record) == (practice.vault.id, FOLDER, RECORD)
    assert place.station == practice.vault.here.station
    assert place.role == "record"
    assert facts.version == __version__
    assert facts.filed_at == NOON


def test_it_names_the_stripped_photo_beside_it_by_digest_and_length(practice: Practice, photo: Path) -> None:
    """And the original by its digest alone."""
    facts = sealed(practice, local(photo))
    assert facts.siblings == {layout.IMAGE: Sibling(STRIPPED.digest, len(STRIPPED.data))}
    assert facts.picture.original_digest == STRIPPED.original.digest
    assert facts.decision.body_site == "nappy area"


def test_of_a_file_its_name_is_kept_without_its_folder(practice: Practice, photo: Path) -> None:
    """A folder may be named after somebody else."""
    assert sealed(practice, local(photo)).source == model.Source(kind=SourceKind.FILE, name="rash pic.jpg")


def test_of_a_message_four_header_fields_are_kept(practice: Practice, tmp_path: Path) -> None:
    """And the mailbox's name; nothing of its texts."""
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mailboxes.mail(mailboxes.text(), picture(1)), held)
        source = sealed(practice, part).source
    assert source == model.Source(
        kind=SourceKind.MAIL,
        name="Inbox",
        sender="parent@example.org",
        subject="rash pic",
        sent_at=datetime(2026, 11, 21, 8, 12, tzinfo=UTC).isoformat(),
        message_id="<1@example.org>",
    )


def test_a_message_without_a_date_has_none(practice: Practice, tmp_path: Path) -> None:
    """Empty, not guessed."""
    mail = mailboxes.mail(picture(1)).replace(b"Date: Sat, 21 Nov 2026 08:12:00 +0000\n", b"")
    with ExitStack() as held:
        (part,) = parts_of(tmp_path / "Inbox", mail, held)
        assert sealed(practice, part).source.sent_at == ""


def test_of_standard_input_there_is_nothing_to_say(practice: Practice) -> None:
    """But that it was that."""
    assert sealed(practice, Piped(io.BytesIO())).source == model.Source(kind=SourceKind.STANDARD_INPUT)
