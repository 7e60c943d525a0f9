"""What is filed is seen (R27): which photo it is, before the first question and when it is confirmed; and how."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from imgfile.clinical.dates import show_age, show_date
from kit.mail import mailboxes
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.terminal.outcomes import YEAR_OLD
from kit.terminal.processes import Session, imgfile_session
from kit.terminal.typed_answers import ADULT, ADULTS, MOLES, answer

TODAY = date.today()  # noqa: DTZ011 - the clinician's own calendar
YESTERDAY = TODAY - timedelta(days=1)
FIRST = "Patient number (v look, d do not file, s skip, q quit): "
ALONE = "Patient number (v look, d do not file, q quit): "
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
HALF = "\N{UPPER HALF BLOCK}".encode()
ODD = "\N{REPLACEMENT CHARACTER}"


@contextmanager
def at_terminal(here: Path, *arguments: str | Path, **env: str | None) -> Iterator[Session]:
    """Start filing at a terminal without a desktop, whose temporary files would be in `here/tmp`."""
    (here / "tmp").mkdir(exist_ok=True)
    state = {"IMGFILE_STATE": os.environ["IMGFILE_STATE"], "TZ": "UTC", "TMPDIR": str(here / "tmp")}
    desktop = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    with imgfile_session("ingest", *arguments, "--allow-test-id", cwd=here, env={**state, **desktop, **env}) as session:
        yield session


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def folder_of_mailboxes(here: Path) -> None:
    """Put a folder with two mailboxes there: one photo in Inbox, two and a PDF in one message of Sent."""
    shots = [
        mailboxes.photo(photos.jpeg(photos.pixels(400 + seed, 300)), kind="image/jpeg", name=f"IMG_20{seed}.jpg")
        for seed in range(3)
    ]
    document = mailboxes.Part(
        ('Content-Type: application/pdf; name="a.pdf"', 'Content-Disposition: attachment; filename="a.pdf"'),
        b"%PDF-1.4\n" + b"a page of words\n" * 40,
    )
    (here / "mail").mkdir()
    (here / "mail" / "Inbox").write_bytes(
        mailboxes.mbox([mailboxes.mail(mailboxes.text(), shots[0], subject="rash pic", number=1)])
    )
    subject = "two \N{RIGHT-TO-LEFT OVERRIDE}\x1b[31mmoles " + "and more " * 30
    (here / "mail" / "Sent").write_bytes(
        mailboxes.mbox([mailboxes.mail(mailboxes.text(), shots[1], document, shots[2], subject=subject, number=2)])
    )


# --- which photo it is --------------------------------------------------------------------------------------


def test_the_photos_of_a_folder_are_told_apart_before_anything_is_asked(here: Path) -> None:
    """D1: how many, and each by its name and when it was last written."""
    (here / "drop").mkdir()
    for number in range(3):
        path = here / "drop" / f"IMG_041{number}.jpg"
        path.write_bytes(photos.phone_jpeg(width=300 + number))
        os.utime(path, (1795250000, 1795250000 + number))
    with at_terminal(here, "drop") as session:
        session.expect("drop: 3 photos.\nPhoto 1 of 3\n")
        assert session.expect(FIRST).startswith("  file   drop/IMG_0410.jpg (21 Nov 2026 ")
        session.send("s\r")
        assert "Photo 2 of 3\n  file   drop/IMG_0411.jpg (" in session.expect(FIRST)
        session.send("q\r")
        assert session.finish().status == 130


@pytest.mark.parametrize("columns", [80, 40])
def test_a_photo_of_a_folder_of_mailboxes_says_which_and_where_in_it(here: Path, columns: int) -> None:
    """Inbox or Sent, which attachment of how many, sender, date and subject; harmless, and within the screen."""
    folder_of_mailboxes(here)
    with at_terminal(here, "mail", COLUMNS=str(columns)) as session:
        session.expect("Photo 1 of 3\n")
        first = " ".join(session.expect("(v look, ").split())
        session.send("s\r")
        second = session.expect("(v look, ")
        session.send("s\r")
        third = " ".join(session.expect("(v look, ").split())
        session.send("q\r")
        assert session.finish().status == 130
    assert "file IMG_200.jpg, the only attachment in mail/Inbox, message 1, part 2 from parent@example.org" in first
    assert 'Sat 21 Nov 2026 08:12 "rash pic" photo JPEG 400 x 300, 12 kB strip nothing; no pixel changes' in first
    assert f"two {ODD}{ODD}[31mmoles and more" in " ".join(second.split())
    assert "file IMG_201.jpg, 1 of 3 attachments in mail/Sent, message 1, part 2" in " ".join(second.split())
    assert "file IMG_202.jpg, 3 of 3 attachments" in third
    printed = (line for line in session.screen.splitlines() if "(v look, " not in line)  # those end with what is typed
    assert all(len(line) <= columns for line in printed), session.screen


def test_the_confirmation_names_photo_patient_site_consent_reasons_and_what_goes(here: Path) -> None:
    """With answers that came by flags too, of which none was asked."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    flags = ["--patient", ADULT, "--dob", "3/3/71", "--body-site", "left shoulder", "--purpose", "diagnosis"]
    flags += ["--basis", "patient's own", "--form", "by phone", "--obtained-by", "GMC 7654321"]
    with at_terminal(here, "mole.jpg", *flags, "--obtained-at", show_date(YESTERDAY), "--rationale", MOLES) as session:
        asked = session.expect("File it? (y file, c change, q quit): ")
        assert asked.startswith("  file   mole.jpg (")
        summary = " ".join(YEAR_OLD.sub("", asked.partition("  photo      ")[2]).split())
        age = show_age(date(1971, 3, 3), TODAY)
        assert summary == (
            f"mole.jpg, taken 21 Nov 2026 08:09 patient 943 476 5870, born 3 Mar 1971, {age}; left shoulder, not "
            f"intimate rationale {MOLES} patient's own consent, by phone, asked by Dr A. Example "
            f"{show_date(YESTERDAY)}; for diagnosis mole.jpg WILL BE ERASED"
        )
        answer(session, ("", "c"), ("Change which (Enter back, q quit): ", "how"))
        session.expect("  now  by phone\n  Enter keeps it.\n")
        answer(session, ("How did the patient agree", "2"), ("File it? ", "?"))
        session.expect("  what  y files what is shown, proves the filed copy, and then erases the photo")
        answer(session, ("File it? ", "file"))
        assert session.finish().status == 0, session.screen


def test_a_change_may_be_left_without_one_and_a_rationale_is_edited_on_its_line(here: Path) -> None:
    """Enter goes back; the words of before stand there."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg") as session:
        answer(session, *ADULTS, ("File it? ", "c"), ("Change which (Enter back, q quit): ", ""))
        answer(session, ("File it? ", "change"), ("Change which (Enter back, q quit): ", "rationale"))
        session.expect(f"> {MOLES}")
        session.send("; F2F if it grows\r")
        session.expect(f"  rationale  {MOLES[:40]}")
        answer(session, ("File it? ", "c"), ("Change which (Enter back, q quit): ", "9"))
        answer(session, (f"Asked on [{show_date(YESTERDAY)}] (yesterday, 21/11/2026): ", "1st November 2026"))
        session.expect("1 Nov 2026")
        answer(session, ("File it? ", "y"))
        assert session.finish().status == 0, session.screen
    assert f"{MOLES}; F2F if it grows" in session.words


def test_a_terminal_that_cannot_edit_shows_the_rationale_and_enter_keeps_it(here: Path) -> None:
    """TERM=dumb."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg", TERM="dumb") as session:
        answer(session, *ADULTS, ("File it? ", "c"), ("Change which (Enter back, q quit): ", "rationale"))
        assert " ".join(session.expect("Enter keeps it.\n").split()) == f"rationale now {MOLES}"
        answer(session, ("why keep it\n> ", ""), ("File it? ", "y"))
        assert session.finish().status == 0, session.screen
    assert b"\x1b" not in session.raw


# --- the picture --------------------------------------------------------------------------------------------

PICTURES = {
    "a.jpg": photos.phone_jpeg(width=320, height=240),
    "b.png": photos.png(photos.pixels(90, 120)),
    "c.heic": photos_heif.heif_with_metadata("HEIF"),
    "d.avif": photos_heif.heif_with_metadata("AVIF"),
}


def test_v_shows_the_picture_in_the_place_of_the_screen_and_keeps_nothing(here: Path) -> None:
    """Of every format that is decoded here; a key, and the screen is as it was."""
    (here / "drop").mkdir()
    for name, data in PICTURES.items():
        (here / "drop" / name).write_bytes(data)
    before = tree(here)
    with at_terminal(here, "drop", COLORTERM="truecolor") as session:
        for count in range(1, len(PICTURES) + 1):
            answer(session, (FIRST, "v" if count % 2 else "look"))
            session.expect("b larger, in the browser; any other key goes back")
            shown = session.raw.rpartition(ENTER)[2]
            assert shown.count(HALF) > 100
            assert session.raw.count(LEAVE) == count - 1
            session.send("\x1b[A" if count == 2 else "x")
            answer(session, (FIRST, "s"))
            assert session.raw.count(LEAVE) == count
        assert session.finish().status == 0, session.screen
    assert session.raw.count(ENTER) == session.raw.count(LEAVE) == len(PICTURES)
    assert tree(here) == before


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLORTERM": "truecolor"}], ids=str)
def test_v_gives_a_page_that_is_loaded_once_where_the_screen_cannot_show_it_or_larger(
    here: Path, env: dict[str, str]
) -> None:
    """The same picture as would be filed, and nothing that tells whose it is."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    before = tree(here)
    with at_terminal(here, "mole.jpg", **env) as session:
        answer(session, (ALONE, "v"))
        if "COLORTERM" in env:
            session.expect("b larger, in the browser")
            session.send("b")
        session.expect("It can be loaded once, within 2 minutes; Ctrl-C goes back:\n  http://")
        with urllib.request.urlopen("http://" + session.expect("\n")) as page:
            text = page.read()
        assert b'src="data:image/jpeg;base64,' in text
        assert b"Not filed yet." in text
        session.expect("  It was loaded, and is gone.\n")
        answer(session, (ALONE, "q"))
        assert session.finish().status == 130
    assert tree(here) == before


def test_a_page_that_nobody_loads_is_left_with_ctrl_c_and_the_questions_go_on(here: Path) -> None:
    """Only the look ends."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg", NO_COLOR="1") as session:
        answer(session, (ALONE, "v"))
        session.expect("http://")
        session.send("\x03")
        session.expect("  Nobody loaded it, and it is gone.\n")
        answer(session, (ALONE, "q"))
        assert session.finish().status == 130


def test_v_says_what_is_missing_where_nothing_decodes_the_format(here: Path, tmp_path: Path) -> None:
    """HEIC without its plugin; the questions go on."""
    (here / "photo.heic").write_bytes(PICTURES["c.heic"])
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "pillow_heif.py").write_text("raise ImportError\n")
    with at_terminal(here, "photo.heic", COLORTERM="truecolor", PYTHONPATH=str(tmp_path / "path")) as session:
        answer(session, (ALONE, "v"))
        session.expect("  It cannot be shown here: what decodes HEIC is not installed.\n")
        answer(session, (ALONE, "q"))
        assert session.finish().status == 130
    assert ENTER not in session.raw


def test_the_picture_is_shown_again_at_the_confirmation(here: Path) -> None:
    """Before four digits or a y are typed."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg", COLORTERM="truecolor") as session:
        answer(session, *ADULTS, ("File it? ", "v"))
        session.expect("any other key goes back")
        session.send(" ")
        answer(session, ("File it? ", "q"))
        assert session.finish().status == 130
    assert (here / "mole.jpg").exists()


def test_the_picture_is_shown_at_the_first_question_whichever_that_is(here: Path) -> None:
    """Where number and birth date came by flags, as those of a row that somebody attends to."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    flags = ("--patient", ADULT, "--dob", "3/3/71", "--body-site", "left shoulder")
    with at_terminal(here, "mole.jpg", *flags, COLORTERM="truecolor") as session:
        session.expect("  v shows the picture.\n")
        answer(session, ("Purpose [diagnosis] (? lists): ", "v"))
        session.expect("any other key goes back")
        session.send(" ")
        answer(session, ("Purpose [diagnosis] (? lists): ", ""), ("Consent basis: ", "q"))
        assert session.finish().status == 130
    assert session.screen.count("v shows the picture.") == 1
