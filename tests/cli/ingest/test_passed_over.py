"""What a run came past and nobody decided about stands in its last line, in --json, and in the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Outcome, imgfile
from kit.terminal.typed_answers import picture

ANSWERS = (
    "--allow-test-id", "--no-input", "--patient", "9434765870", "--dob", "3/3/71", "--body-site", "left shoulder",
    "--purpose", "diagnosis", "--basis", "patient_capacity_16plus", "--form", "phone", "--obtained-at", "20/11/2025",
    "--rationale", "New pigmented lesion, triage for 2WW", "--yes",
)  # fmt: skip
MOVIE = b"\0\0\0\x14ftypqt  \0\0\0\0moov"
FILM = mailboxes.photo(MOVIE, kind="video/quicktime", name="IMG_1.MOV")
LOGO = mailboxes.photo(mailboxes.png(7, 900), content_id="logo", disposition="inline")
EMPTY = mailboxes.photo(b"", kind="image/heic", name="IMG_2.HEIC")
CARD = mailboxes.Part(("Content-Type: text/calendar",), b"BEGIN:VCALENDAR\nEND:VCALENDAR\n")
PREVIEW = mailboxes.photo(b"\0\x05\x16\x07\0\2\0\0" + bytes(90), kind="application/applefile", name="rash.jpg")


def run(folder: Path, *arguments: str) -> Outcome:
    """Run ingest without a terminal."""
    return imgfile("ingest", *arguments, cwd=folder, env={"IMGFILE_STATE": str(folder.parent / "state"), "TZ": "UTC"})


def write(path: Path, *parts: mailboxes.Part) -> None:
    """Write a mail of these parts."""
    path.write_bytes(mailboxes.mail(mailboxes.text(), *parts))


PHOTO = picture(1)


@pytest.mark.parametrize(
    ("parts", "status", "last"),
    [
        ((PHOTO,), 0, ""),
        ((PHOTO, CARD), 0, ""),
        ((PHOTO, FILM), 0, "Not looked into: 1 video."),
        ((PHOTO, LOGO), 3, "Left out: 1 picture that looks like a logo (--all takes it in)."),
        ((PHOTO, EMPTY), 0, "Announced and absent: 1 picture."),
        (
            (PHOTO, LOGO, FILM, EMPTY),
            3,
            (
                "Left out: 1 picture that looks like a logo (--all takes it in). Not looked into: 1 video."
                " Announced and absent: 1 picture."
            ),
        ),
        ((FILM,), 3, "Not looked into: 1 video."),
        ((EMPTY,), 3, "Announced and absent: 1 picture."),
        ((LOGO,), 3, "Left out: 1 picture that looks like a logo (--all takes it in)."),
        ((CARD,), 0, "nothing to file."),
    ],
)
def test_the_last_line_and_the_exit_code(here: Path, parts: tuple[mailboxes.Part, ...], status: int, last: str) -> None:
    """`nothing to file` and 0 stand only where every part was looked into, and nothing was left out."""
    write(here / "rash.eml", *parts)
    outcome = run(here, "rash.eml", *ANSWERS)
    lines = outcome.words.splitlines()
    assert outcome.status == status, outcome.words
    assert lines[-1] == last if last else lines[-1].startswith("Look at it: ")
    assert ("nothing to file." in lines) is (parts == (CARD,))
    if last and parts != (CARD,):
        assert run(here, "rash.eml", *ANSWERS, "--quiet").words.splitlines()[-1] == f"imgfile: warning: {last}"


def test_scripts_get_each_part_and_the_counts(here: Path) -> None:
    """The same lines as of a scan, and how many they are."""
    write(here / "rash.eml", PHOTO, FILM, EMPTY, LOGO)
    lines = list(map(json.loads, run(here, "rash.eml", *ANSWERS, "--json").stdout.splitlines()))
    parts = {(line["type"], line["part"], line["kind"], line["name"]) for line in lines[1:3]}
    assert parts == {("unsearched", "1/3", "video", "IMG_1.MOV"), ("absent", "1/4", "picture", "IMG_2.HEIC")}
    assert [lines[-1][name] for name in ("likely_logos", "unsearched", "absent", "exit")] == [1, 1, 1, 3]


def test_a_live_video_beside_a_photo_in_a_message_is_named_when_the_photo_went(here: Path) -> None:
    """As it is beside a file: what it is, and what to do; a video of another name is one of the same message."""
    photo = mailboxes.photo(photos.phone_jpeg(), kind="image/jpeg", name="IMG_1.jpg")
    other = mailboxes.photo(MOVIE, kind="video/mp4", name="clip.mp4")
    write(here / "rash.eml", photo, FILM, other)
    words = run(here, "rash.eml", *ANSWERS).words
    advice = "No record holds it, and it may show the patient: look at it, then delete it in the mail program."
    assert f"Still there: IMG_1.MOV, its live video, in the same message. {advice}\n" in words
    assert f'Still there: "clip.mp4", video, 20 bytes, in the same message. {advice}\n' in words


def test_a_preview_that_stays_behind_keeps_the_exit_code_from_success(here: Path) -> None:
    """AppleDouble: the photo is gone, a small picture of it and the sender's name for it are not."""
    write(here / "rash.eml", PHOTO, PREVIEW)
    outcome = run(here, "rash.eml", *ANSWERS)
    assert outcome.status == 15
    assert "imgfile: error: message 1 of rash.eml still holds a preview of the photo" in outcome.words


def test_a_folder_says_what_in_it_was_not_looked_into(here: Path) -> None:
    """Beside a photo that is filed, and where there is nothing else."""
    (here / "drop" / "deep").mkdir(parents=True)
    (here / "drop" / "p.7z").write_bytes(b"7z\xbc\xaf\x27\x1c\0\4")
    outcome = run(here, "drop", *ANSWERS)
    assert (outcome.status, outcome.stdout) == (14, b"")
    assert "not looked into: 1 7-Zip archive, 1 folder in it.\n" in outcome.words
    (here / "drop" / "mole.jpg").write_bytes(photos.phone_jpeg())
    outcome = run(here, "drop", *ANSWERS)
    assert outcome.status == 0
    last = "Not looked into in drop: 1 7-Zip archive, 1 folder in it (-r looks into folders)."
    assert outcome.words.splitlines()[-1] == last
