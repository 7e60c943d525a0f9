"""What an export is made of: the filed bytes, a JPEG, a page, a pack; of one photo and of several; what goes wrong."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from imgfile.acts.life.withdraw import Stated, stop_use
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.policy import change_policy
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import MediaType, Verified
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import ConsentForm
from imgfile.vault import layout
from imgfile.vault.records import manifest
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Outcome
from kit.tools import tool
from kit.vault.filings import CHILD, MOLE, RASH, filed
from kit.vault.practice import NOON, PASSPHRASE, clinician_of

OWN = ("--purpose", "own_clinical_record")
JPEG = photos.jpeg(photos.pixels(120, 80))
PNG_SIZE = (90, 60)


def file(desk: Desk, data: bytes = JPEG, answers: dict[str, str] = MOLE, *, days: int = 0) -> str:
    """File a photo whose bytes these are; return its reference."""
    return reference(desk.practice.file_decided(filed(answers), data, at=NOON + timedelta(days=days)))


def file_png(desk: Desk) -> str:
    """File a PNG; return its reference."""

    def as_png(facts: Record) -> Record:
        width, height = PNG_SIZE
        return replace(facts, picture=replace(facts.picture, media_type=MediaType.PNG, width=width, height=height))

    out = io.BytesIO()
    photos.pixels(*PNG_SIZE).save(out, "PNG")
    return reference(desk.practice.file_decided(filed(MOLE), out.getvalue(), forge=as_png))


def noise() -> bytes:
    """Make a JPEG of some 300 kB."""
    out = io.BytesIO()
    Image.effect_noise((700, 500), 90).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


def export(desk: Desk, *arguments: str | Path) -> Outcome:
    """Export for our own clinical record, as the clinician, without a terminal."""
    return desk.as_clinician("export", *arguments, *OWN)


def entered(desk: Desk) -> list[str]:
    """Return of which records the trail says that a copy left, and as what."""
    from imgfile.vault.trail import read as trail  # noqa: PLC0415 - for this alone

    notes = trail.walk(desk.practice.vault, desk.practice.vault.here.station)
    entries = [entry for note in notes for entry in note.entries if entry["act"] == "exported"]
    return [f"{layout.reference(entry['record'])} {entry['form']}{' named' * ('named' in entry)}" for entry in entries]


def inside(pdf: Path) -> list[bytes]:
    """Return the pictures of a PDF, as they lie in it."""
    subprocess.run([tool("pdfimages"), "-all", pdf, pdf.with_name("i")], check=True)
    return [path.read_bytes() for path in sorted(pdf.parent.glob("i-*"))]


# --- forms --------------------------------------------------------------------------------------------------


def test_a_jpeg_leaves_byte_for_byte_in_every_form(desk: Desk, tmp_path: Path) -> None:
    """Into a folder under its reference; of a pack, with the lines to paste."""
    mole, out = file(desk), tmp_path / "out"
    out.mkdir()
    for form in ("jpeg", "pdf", "pack"):
        outcome = export(desk, mole, "--as", form, "-o", out)
        assert outcome.status == 0, outcome.words
        assert "unchanged" in outcome.words
    assert (out / f"{mole}.jpg").read_bytes() == JPEG
    assert inside(out / f"{mole}.pdf") == [JPEG]
    pack = out / mole
    assert sorted(path.name for path in pack.iterdir()) == sorted([f"{mole}.jpg", f"{mole}.pdf", "paste.txt"])
    assert (pack / f"{mole}.jpg").read_bytes() == JPEG
    lines = (pack / "paste.txt").read_text().splitlines()
    assert lines[0] == "Clinical photograph: NHS number 943 476 5870, born 3 Mar 1971"
    assert any("New pigmented lesion" in line for line in lines)
    assert "9434765870" not in "".join(path.name for path in out.rglob("*"))
    assert entered(desk) == [f"{mole} {form}" for form in ("jpeg", "pdf", "pack")]


def test_another_format_is_made_a_jpeg_once_and_that_is_said(desk: Desk, tmp_path: Path) -> None:
    """As it is, it leaves under its own ending; on a page it is a JPEG of the same size."""
    png = file_png(desk)
    assert export(desk, png, "-o", tmp_path).status == 0
    assert (tmp_path / f"{png}.png").exists()
    outcome = export(desk, png, "--as", "jpeg", "-o", tmp_path, "--json")
    assert "made once from the filed PNG" in outcome.words
    (line,) = ndjson(outcome)
    assert (line["change"], line["pixels"]) == ("converted", list(PNG_SIZE))
    with Image.open(tmp_path / f"{png}.jpg") as made:
        assert (made.format, made.size) == ("JPEG", PNG_SIZE)
    assert "made once" in export(desk, png, "--as", "pdf", "-o", tmp_path).words
    assert inside(tmp_path / f"{png}.pdf") == [(tmp_path / f"{png}.jpg").read_bytes()]


def test_it_is_made_smaller_only_where_it_must_be(desk: Desk, tmp_path: Path) -> None:
    """To at most --max-bytes, and that is said; a document too. What cannot be so small is refused, and not entered."""
    large = file(desk, noise())
    wide = export(desk, large, "--as", "jpeg", "-o", tmp_path / "a.jpg", "--max-bytes", "5MB")
    assert "unchanged" in wide.words
    (line,) = ndjson(export(desk, large, "--as", "jpeg", "-o", tmp_path / "b.jpg", "--max-bytes", "100 kB", "--json"))
    assert line["change"] in {"fitted", "reduced"}
    assert (tmp_path / "b.jpg").stat().st_size <= 100_000
    narrow = export(desk, large, "--as", "pdf", "-o", tmp_path / "c.pdf", "--max-bytes", "200kB")
    assert narrow.status == 0, narrow.words
    assert "unchanged" not in narrow.words
    assert (tmp_path / "c.pdf").stat().st_size <= 200_000
    before = entered(desk)
    for size, status in (("1kB", 14), ("banana", 13), ("0", 13), ("-5", 13)):
        assert export(desk, large, "--as", "pdf", "-o", tmp_path / "d.pdf", f"--max-bytes={size}").status == status
    words = export(desk, large, "--as", "pdf", "-o", tmp_path / "d.pdf", "--max-bytes=1kB").words
    assert ("cannot be made so small" in words, "Allow more:" in words, "another program" in words) == (
        True,
        True,
        False,
    )
    assert export(desk, large, "-o", tmp_path / "d.jpg", "--max-bytes", "5MB").status == 2
    assert entered(desk) == before


def test_several_photos_of_one_patient_share_a_document_in_their_order(desk: Desk, tmp_path: Path) -> None:
    """A page each, with the days between; named in whatever order; the copies in a folder each by itself."""
    later, first = file(desk, days=7), file(desk, JPEG + b"x", days=0)
    assert export(desk, later, first, "--as", "pack", "-o", tmp_path / "pack").status == 0
    (pdf,) = (tmp_path / "pack").glob("*.pdf")
    text = subprocess.run([tool("pdftotext"), "-layout", pdf, "-"], check=True, capture_output=True).stdout.decode()
    assert text.index(first) < text.index(later)
    assert "7 days after photo 1 (22 Nov 2026)" in text
    assert "photo 2 of 2" in text
    assert "7 days after photo 1" in (tmp_path / "pack" / "paste.txt").read_text()
    outcome = export(desk, later, first, "-o", tmp_path, "--json")
    assert [line["file"] for line in ndjson(outcome)] == [str(tmp_path / f"{name}.jpg") for name in (later, first)]


def test_the_patients_number_stands_in_a_name_only_where_somebody_asks(desk: Desk, tmp_path: Path) -> None:
    """Which is said, and in the trail."""
    mole = file(desk)
    outcome = export(desk, mole, "--as", "pdf", "-o", tmp_path, "--name")
    assert "begin with the patient's number" in outcome.words
    assert (tmp_path / f"9434765870-{mole}.pdf").exists()
    assert entered(desk) == [f"{mole} pdf named"]


def test_a_pipe_gets_one_photo_or_one_document(desk: Desk) -> None:
    """And no pack, no second photo, no JSON, no name."""
    mole, other = file(desk), file(desk, JPEG + b"x")
    assert export(desk, mole, "-o", "-", "--as", "jpeg").stdout == JPEG
    assert export(desk, mole, "-o", "-", "--as", "pdf").stdout.startswith(b"%PDF-")
    for wrong in ((mole, "--as", "pack"), (mole, other), (mole, "--json"), (mole, "--name")):
        assert export(desk, *wrong, "-o", "-").status == 2
    assert len(entered(desk)) == 2


# --- R9 -----------------------------------------------------------------------------------------------------


def test_r9_of_an_intimate_photo_of_a_child_the_words_alone_go_into_our_record(desk: Desk, tmp_path: Path) -> None:
    """As a pack of nothing else, by itself; any other form is refused, with how to go on."""
    rash, mole = file(desk, answers=RASH), file(desk, answers={**RASH, "body_site": "left knee", "intimate": "no"})
    for form in ("original", "jpeg", "pdf"):
        refused = export(desk, rash, "--as", form, "-o", tmp_path)
        assert (refused.status, f"imgfile export {rash} --as pack -o FOLDER" in refused.words) == (17, True), (
            refused.words
        )
    assert export(desk, rash, mole, "--as", "pack", "-o", tmp_path / "both", "--reason", "notes").status == 17
    assert entered(desk) == []
    (line,) = ndjson(export(desk, rash, "--as", "pack", "-o", tmp_path / "words", "--reason", "notes", "--json"))
    assert line["as"] == "text"
    assert [path.name for path in (tmp_path / "words").iterdir()] == ["paste.txt"]
    assert "is not in this record" in (tmp_path / "words" / "paste.txt").read_text()
    assert entered(desk) == [f"{rash} text"]


def test_r9_where_the_policy_allows_it_a_clinician_does_it_at_the_terminal(desk: Desk, tmp_path: Path) -> None:
    """Nobody else, and not unattended; an intimate photo asks for a reason (R5)."""
    rash, practice = file(desk, answers=RASH), desk.practice
    founder = admit_administrator(practice.vault, [clinician_of(practice)])
    wider = replace(practice.vault.policy, may_hand_over_intimate_under_18=True)
    change_policy(practice.vault, founder, wider, at=NOON)
    assert export(desk, rash, "--as", "pdf", "-o", tmp_path, "--reason", "notes").status == 17
    with desk.sit("export", rash, "--as", "pdf", "-o", tmp_path, *OWN) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("Reason, and who sees it there: ", "the child's record")
        session.answer("In the record now? Where (Enter later): ", "")
        assert session.finish().status == 0
    assert inside(tmp_path / f"{rash}.pdf") == [JPEG]


def test_an_intimate_photo_asks_for_a_reason_unattended_too(desk: Desk, tmp_path: Path) -> None:
    """Exit code 13 without one (R5): of an adult's."""
    intimate = file(desk, answers={**MOLE, "body_site": "groin", "intimate": "yes", "view_once": "no"})
    missing = export(desk, intimate, "-o", tmp_path)
    assert (missing.status, "--reason" in missing.words) == (13, True)
    assert export(desk, intimate, "-o", tmp_path, "--reason", "the letter of the clinic").status == 0


# --- what goes wrong ------------------------------------------------------------------------------------------


def damage_photo(desk: Desk, of: Verified) -> None:
    """Cut a byte off the sealed photo."""
    image = desk.practice.folder / layout.record(of.patient, of.record) / layout.IMAGE
    image.write_bytes(image.read_bytes()[:-1])


def remove_key(desk: Desk, of: Verified) -> None:
    """Take away the key that opens the record."""
    (desk.practice.folder / layout.thing_key(of.patient, of.record)).unlink()


def remove_addition(desk: Desk, of: Verified) -> None:
    """Add something, and take it away."""
    assert desk.run("note", reference(of), "--text", "Settling").status == 0
    (note,) = [
        path
        for path in (desk.practice.folder / layout.record(of.patient, of.record)).glob("*.note")
        if path.name != layout.MANIFEST
    ]
    note.unlink()


def withdraw(desk: Desk, of: Verified) -> None:
    """Stop its use."""
    said = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE, reason="changed her mind")
    stop_use(desk.practice.vault, manifest.load(desk.practice.vault, of.patient, of.record), said, None, at=NOON)


@pytest.mark.parametrize(
    ("spoil", "status"), [(damage_photo, 16), (remove_key, 16), (remove_addition, 16), (withdraw, 17)]
)
def test_one_that_cannot_leave_keeps_all_of_them_back(
    desk: Desk, tmp_path: Path, spoil: Callable[[Desk, Verified], None], status: int
) -> None:
    """All are judged, opened and put together before anything is entered."""
    sound, spoilt = file(desk), desk.practice.file_decided(filed(MOLE), JPEG + b"y")
    spoil(desk, spoilt)
    out = tmp_path / "out"
    out.mkdir()
    for form in ("original", "pdf", "pack"):
        outcome = export(desk, sound, reference(spoilt), "--as", form, "-o", out)
        assert outcome.status == status, outcome.words
    assert list(out.iterdir()) == []
    assert entered(desk) == []


def test_two_patients_share_no_document(desk: Desk, tmp_path: Path) -> None:
    """Said before anybody is asked for a secret; copies in a folder may be of several."""
    mole, knee = file(desk), file(desk, answers={**RASH, "body_site": "left knee", "intimate": "no"})
    for form in ("pdf", "pack"):
        refused = desk.run("export", mole, knee, "--as", form, "-o", tmp_path, *OWN)
        assert (refused.status, "several patients" in refused.words) == (2, True), refused.words
    assert export(desk, mole, knee, "-o", tmp_path).status == 0
    assert {f"{mole}.jpg", f"{knee}.jpg"} <= {path.name for path in tmp_path.iterdir()}


def test_places_that_will_not_do_are_found_before_a_secret_is_asked_for(desk: Desk, tmp_path: Path) -> None:
    """The vault and what is in it, a folder that is not there, a name that is taken: nothing is entered."""
    mole, other = file(desk), file(desk, JPEG + b"x")
    (tmp_path / "taken").write_bytes(b"mine")
    inside_vault = [desk.practice.folder, desk.practice.folder / "patients", desk.practice.folder / "new"]
    for form in ("original", "pdf", "pack"):
        for place in (*inside_vault, tmp_path / "nowhere" / "x", tmp_path / "taken"):
            outcome = desk.run("export", mole, "--as", form, "-o", place, *OWN)
            assert outcome.status == 19, (form, place, outcome.words)
    assert desk.run("export", mole, other, "-o", tmp_path / "new", *OWN).status == 19
    out = tmp_path / "out"
    out.mkdir()
    (out / f"{mole}.pdf").write_bytes(b"mine")
    assert export(desk, mole, "--as", "pdf", "-o", out).status == 19
    assert (out / f"{mole}.pdf").read_bytes() == b"mine"
    assert entered(desk) == []


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk that has room for a folder and one file, whatever its size."""
    folder = tmp_path / "full"
    folder.mkdir()
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", "nr_inodes=3", "tmpfs", folder], check=True)
    yield folder
    subprocess.run([tool("umount"), folder], check=True)


def test_a_full_disk_and_a_reader_that_is_gone_leave_nothing_in_clear(desk: Desk, full: Path) -> None:
    """It is in the trail that copies were to leave, before they were; none is there."""
    records = [file(desk, JPEG + bytes(at)) for at in range(1, 4)]
    outcome = export(desk, *records, "--as", "pack", "-o", full)
    assert outcome.status == 19, outcome.words
    assert list(full.iterdir()) == []
    quiet = subprocess.run(
        [
            *("sh", "-c", '"$0" -m imgfile export "$@" | true', sys.executable),
            *(records[0], "--as", "pdf", "-o", "-", *OWN, "--identity-file", str(desk.identity)),
        ],
        env={key: value for key, value in {**_here(), **desk.environment}.items() if value is not None},
        capture_output=True,
        check=False,
    )
    assert quiet.stderr == b""
    assert len(entered(desk)) == 4


def _here() -> dict[str, str]:
    import os  # noqa: PLC0415 - for this alone

    return dict(os.environ)


def test_of_a_patient_by_number_an_intimate_photo_of_a_child_is_picked_by_itself(desk: Desk, tmp_path: Path) -> None:
    """--patient - takes the rest; unattended it is refused where there is one (R9)."""
    file(desk, answers={**RASH, "body_site": "left knee", "intimate": "no"})
    file(desk, JPEG + b"r", answers=RASH)
    wanted = ("export", "--patient", "-", "-o", str(tmp_path), *OWN, "--identity-file", str(desk.identity))
    outcome = desk.run(*wanted, stdin=CHILD.encode())
    assert (outcome.status, "R9" in outcome.words) == (17, True), outcome.words
    assert entered(desk) == []


# --- metadata -------------------------------------------------------------------------------------------------


def test_nothing_of_the_originals_metadata_is_in_any_form(desk: Desk, tmp_path: Path) -> None:
    """Sought in raw bytes and in the PDF's inflated streams, as text of one byte a letter and of two."""
    photo, out = tmp_path / "rash.jpg", tmp_path / "out"
    out.mkdir()
    original = photos.phone_jpeg(has_second=False)
    photo.write_bytes(original)
    given = [f"--{slug.replace('_', '-')}={text}" for slug, text in MOLE.items()]
    answered = desk.run("ingest", photo, *given, "--yes", "--no-input", "--allow-test-id", "--json", "--hand-over", out)
    (record,) = [line["record"] for line in ndjson(answered) if line["type"] == "photo"]
    (out / f"{record}.pdf").rename(out / "handed.pdf")
    for form in ("original", "jpeg", "pdf", "pack"):
        target = out if form != "original" else out / "original.jpg"
        assert export(desk, record, "--as", form, "-o", target).status == 0
    for pdf in list(out.rglob("*.pdf")):
        subprocess.run([tool("qpdf"), "--qdf", "--object-streams=disable", pdf, f"{pdf}.plain"], check=True)
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) >= 9
    sought = [spelled for each in photos.CANARIES for spelled in (each.encode(), each.encode("utf-16-le"))]
    assert any(each in original for each in sought), "the search finds what is there"
    for path in files:
        data = path.read_bytes()
        assert [each for each in sought if each in data] == [], path
