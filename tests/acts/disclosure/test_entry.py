"""Nothing leaves before the trail says so, durably, with a reason that only the practice can read (R20)."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from imgfile import sealing
from imgfile.acts.disclosure import export as exporting
from imgfile.acts.disclosure import inline
from imgfile.acts.disclosure import view as viewing
from imgfile.acts.disclosure.entry import Act, Statement, enter_viewed
from imgfile.acts.disclosure.handover.copies import better_name
from imgfile.acts.disclosure.open import RECOVERY, Reader, admit, name_of, read_facts
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import Damaged, NotWritable, RefusedByRule, WrongKey
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records import manifest
from imgfile.vault.trail import chain
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.reasons import open_reason, stated_reason
from kit.photos.jpeg_png import jpeg
from kit.vault.exporting import export_one
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.practice import NOON, Practice, of_each_format, of_format_1

PICTURE = jpeg()
REASON = "asked by the mole clinic: Mr Example, 943 476 5870"


def reader_of(practice: Practice, identities: Sequence[sealing.Identity] | None = None) -> Reader:
    """Open the practice's identity, by default with the recovery key."""
    return admit(practice.vault, identities or practice.recovery)


def opened(practice: Practice, answers: dict[str, str] = MOLE) -> OpenedRecord:
    """File a photo and open its facts."""
    done = practice.file_decided(filed(answers), PICTURE)
    found = manifest.load(practice.vault, done.patient, done.record)
    return read_facts(practice.vault, found, reader_of(practice))


def ready(practice: Practice, record: OpenedRecord, reader: Reader) -> list[viewing.Ready]:
    """Return a record's photo as it will be shown."""
    return [each for each in viewing.prepare(practice.vault, [record], reader) if isinstance(each, viewing.Ready)]


def stated(act: Act = Act.EXPORTED, purpose: Purpose = Purpose.DIAGNOSIS) -> Statement:
    """State a purpose and a reason."""
    return Statement(act, purpose, REASON, NOON)


def newest_entry(practice: Practice) -> dict[str, object]:
    """Return the last entry of this station's trail."""
    return list(trail.walk(practice.vault, practice.vault.here.station))[-1].entries[-1]


@of_each_format
def test_the_trail_says_who_took_what_for_what_and_why(practice: Practice, clinician: bytes) -> None:
    """Every field of docs/reference/vault-format.md; the whole vault still verifies."""
    record = opened(practice)
    reader = reader_of(practice, sealing.parse_identity_file(clinician))
    leaving = export_one(practice.vault, record, reader, stated())
    assert leaving.data == PICTURE
    entry = newest_entry(practice)
    reason = entry.pop("reason")
    assert entry == {
        "act": "exported",
        "at": "2026-11-22T12:00:00Z",
        "patient": record.manifest.folder,
        "record": record.manifest.record,
        "manifest": record.manifest.digest,
        "actor": practice.founder,
        "purpose": "diagnosis",
        "form": "original",
    }
    assert name_of(practice.vault, reader.who) == "Dr A. Example, GMC 7654321"
    assert open_reason(practice.vault, record.manifest.folder, reason, reader.practice) == REASON
    assert list(verify(practice.vault)) == []


@of_each_format
def test_a_view_is_for_the_purpose_that_the_photo_was_filed_for(practice: Practice) -> None:
    """And whoever holds the recovery key is called that."""
    reader = reader_of(practice)
    record = opened(practice, RASH)
    viewing.view(practice.vault, ready(practice, record, reader), reader, reason=REASON, at=NOON)
    entry = newest_entry(practice)
    assert (entry["act"], entry["purpose"], entry["actor"]) == ("offered", "diagnosis", reader.who)
    enter_viewed(practice.vault, [record], reader, at=NOON + timedelta(minutes=1))
    del entry["reason"]
    assert newest_entry(practice) == {**entry, "act": "viewed", "at": "2026-11-22T12:01:00Z"}
    assert list(verify(practice.vault)) == []
    assert name_of(practice.vault, reader.who) == RECOVERY
    assert name_of(practice.vault, "f" * 32) == "f" * 32


def test_the_reason_stands_nowhere_in_clear(practice: Practice) -> None:
    """It is sealed; the trail holds its digest."""
    export_one(practice.vault, opened(practice), reader_of(practice), stated())
    everything = b"".join(path.read_bytes() for path in practice.folder.rglob("*") if path.is_file())
    assert b"mole clinic" not in everything
    assert b"943 476 5870" not in everything


def test_nobody_elses_identity_is_admitted(practice: Practice) -> None:
    """An identity of age that belongs to no holder."""
    with pytest.raises(WrongKey):
        admit(practice.vault, [sealing.generate_identity(post_quantum=False)])


@of_each_format
def test_without_a_durable_entry_nothing_leaves(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sealed reason that remains is reported as unfinished, not as damage."""
    record, reader = opened(practice), reader_of(practice)

    def full(*_: object) -> None:
        raise NotWritable("the disk is full.")

    monkeypatch.setattr(chain, "append", full)
    with pytest.raises(NotWritable):
        export_one(practice.vault, record, reader, stated())
    monkeypatch.undo()
    left = [finding.kind for finding in verify(practice.vault)]
    assert left == [Kind.UNFINISHED] * (1 if practice.vault.roster.is_format_1 else 2), "in format 2 with a key"


def test_what_a_rule_refuses_is_not_entered(practice: Practice) -> None:
    """Nothing left, so nothing is said."""
    record = opened(practice, RASH)
    before = newest_entry(practice)
    with pytest.raises(RefusedByRule):
        export_one(practice.vault, record, reader_of(practice), stated())
    assert newest_entry(practice) == before


def test_a_damaged_photo_does_not_leave_and_is_not_entered(practice: Practice) -> None:
    """The photo is opened and matched before anything is entered."""
    record = opened(practice)
    image = practice.folder / layout.record(record.manifest.folder, record.manifest.record) / layout.IMAGE
    image.write_bytes(image.read_bytes()[:-1])
    before = newest_entry(practice)
    with pytest.raises(Damaged):
        export_one(practice.vault, record, reader_of(practice), stated())
    assert newest_entry(practice) == before


def reason_of(practice: Practice) -> tuple[PatientFolder, object, Path]:
    """Export a photo; return how its reason is stated, and where it lies."""
    record = opened(practice)
    export_one(practice.vault, record, reader_of(practice), stated())
    reason, folder = newest_entry(practice)["reason"], record.manifest.folder
    return folder, reason, practice.folder / stated_reason(folder, reason).name


@of_each_format
def test_a_changed_or_missing_reason_is_damage(practice: Practice) -> None:
    """Changed, exchanged for another that opens, or taken away."""
    folder, reason, path = reason_of(practice)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged):
        open_reason(practice.vault, folder, reason, reader_of(practice).practice)
    path.unlink()
    with pytest.raises(Damaged):
        open_reason(practice.vault, folder, reason, reader_of(practice).practice)


@of_each_format
def test_a_reason_that_its_key_does_not_open_is_damage(practice: Practice) -> None:
    """Sealed to somebody else, and stated by its digest."""
    folder, reason, path = reason_of(practice)
    stranger = sealing.generate_identity(post_quantum=False)
    sealed = sealing.seal_bytes(b"because", [stranger.recipient])
    digest = Digest(hashlib.sha256(sealed).hexdigest())
    if isinstance(reason, dict):
        reason["sha256"] = digest
        path.write_bytes(sealed)
    else:
        reason = digest
        (path.parent / f"{digest}.age").write_bytes(sealed)
    with pytest.raises(Damaged, match="does not open with its key"):
        open_reason(practice.vault, folder, reason, reader_of(practice).practice)


@of_format_1
def test_a_reason_opens_with_whichever_of_the_patients_keys_it_was_sealed_to(practice: Practice) -> None:
    """Another key, made when the first one's identity was not there for a while."""
    folder, first, _ = reason_of(practice)
    keys = practice.folder / "keys" / "patients" / folder
    aside = keys.with_name("aside")
    keys.rename(aside)
    record = opened(practice)
    shutil.copytree(aside, keys, dirs_exist_ok=True)
    shutil.rmtree(aside)
    export_one(practice.vault, record, reader_of(practice), stated())
    second = Digest(str(newest_entry(practice)["reason"]))
    assert len(list(keys.iterdir())) == 2
    for digest in (first, second):
        assert open_reason(practice.vault, folder, digest, reader_of(practice).practice) == REASON


def test_the_page_is_as_long_as_it_says_and_its_policy_fits_its_style_and_script(practice: Practice) -> None:
    """For photos of every length modulo three, and of several pieces."""
    reader = reader_of(practice)
    for extra in (0, 1, 2, inline._PIECE_BYTES):
        data = PICTURE + b"x" * extra
        done = practice.file_decided(filed(MOLE), data)
        record = read_facts(practice.vault, manifest.load(practice.vault, done.patient, done.record), reader)
        page = viewing.view(practice.vault, ready(practice, record, reader), reader, reason=REASON, at=NOON)
        body = b"".join(page.parts()).decode()
        assert len(body.encode()) == page.length
        for kind in ("style", "script"):
            (text,) = re.findall(rf"<{kind}>(.*?)</{kind}>", body, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{kind}-src 'sha256-{digest}';" in page.policy
        assert page.policy.startswith("default-src 'none'; ")
        assert not urlsplit(page.policy).netloc


def test_targets_that_cannot_work_are_refused_before_anything_is_opened(practice: Practice, tmp_path: Path) -> None:
    """A folder, a name that is taken, be it by a broken link, and a folder that is not there."""
    (tmp_path / "taken").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for path in (
        tmp_path,
        tmp_path / "taken",
        tmp_path / "link",
        tmp_path / "loop" / "photo.jpg",
        tmp_path / "absent" / "photo.jpg",
    ):
        with pytest.raises(NotWritable):
            exporting.check_target(practice.vault, path)
    exporting.check_target(practice.vault, tmp_path / "photo.jpg")


def test_no_copy_lies_in_the_vault(practice: Practice, tmp_path: Path) -> None:
    """An unsealed photo on the share and in its backups is what a vault prevents. By no detour either."""
    (tmp_path / "detour").symlink_to(practice.folder / "patients")
    (practice.folder / "patients").mkdir()
    for path in (practice.folder / "photo.jpg", tmp_path / "detour" / "photo.jpg"):
        with pytest.raises(NotWritable, match="lies in the vault"):
            exporting.check_target(practice.vault, path)


@pytest.mark.parametrize(
    ("name", "better"),
    [("a", "a.jpg"), ("a.jpg", None), ("a.JPEG", None), ("a.png", "a.jpg"), ("7f3k.photo", "7f3k.jpg")],
)
def test_a_better_name_has_the_ending_of_the_format(practice: Practice, name: str, better: str | None) -> None:
    """The file keeps the name that was asked for; the other is only suggested."""
    leaving = export_one(practice.vault, opened(practice), reader_of(practice), stated())
    suggested = better_name(leaving, Path(name))
    assert (suggested and str(suggested)) == better
