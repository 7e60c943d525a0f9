"""A GP at a real terminal: the dialogues of filing, screen by screen, counted in answers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from imgfile.clinical.dates import show_age
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Session, imgfile_session
from kit.tools import samples

ADULT, CHILD = "9434765870", "9990000018"
MOLE = "New pigmented lesion, triage for 2WW, patient 40 miles away"
MOTHERS_WORDS = "Worse despite usual care; video failed, family isolating; told mother why; compare later"
TODAY = date.today()  # noqa: DTZ011 - the clinician's own calendar
YESTERDAY = TODAY - timedelta(days=1)
HOLD_PROFILE = """
import fcntl, sys
held = open(sys.argv[1], "wb")
fcntl.lockf(held, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def inbox(here: Path) -> Path:
    """Give a Thunderbird inbox: three photos on three days, and a logo in each of two newsletters."""
    profile = here / "profile"
    folder = profile / "Mail" / "Local Folders"
    folder.mkdir(parents=True)
    (profile / "prefs.js").touch()
    logo = mailboxes.photo(mailboxes.png(7, 900), content_id="logo", disposition="inline")
    mails = [
        _sent(mailboxes.mail(_photo(1), subject="mole", number=1), YESTERDAY - timedelta(days=9)),
        mailboxes.mail(mailboxes.text(), logo, subject="news", number=2),
        _sent(mailboxes.mail(_photo(2), subject="rash pic", number=3), YESTERDAY),
        mailboxes.mail(mailboxes.text(), logo, subject="news", number=4),
        _sent(mailboxes.mail(_photo(3), subject="arm", number=5), YESTERDAY - timedelta(days=3)),
    ]
    (folder / "Inbox").write_bytes(mailboxes.mbox(mails))
    return folder / "Inbox"


def _photo(seed: int) -> mailboxes.Part:
    return mailboxes.photo(photos.jpeg(photos.pixels(400 + seed, 300)), kind="image/jpeg")


def _sent(mail: bytes, day: date) -> bytes:
    return mail.replace(b"Sat, 21 Nov 2026 08:12:00", f"{day:%a, %d %b %Y} 08:12:00".encode())


@contextmanager
def at_terminal(here: Path, *arguments: str | Path, **options: object) -> Iterator[Session]:
    """Start filing at a terminal, in the folder."""
    state = {"IMGFILE_STATE": os.environ["IMGFILE_STATE"], "TZ": "UTC"}
    with imgfile_session("ingest", *arguments, "--allow-test-id", cwd=here, env=state, **options) as session:
        yield session


def answer_mole(session: Session) -> None:
    """Give an adult's eight answers, one of them by Enter; the photo's own day is offered for a year only."""
    session.answer("Patient number", ADULT)
    session.answer("Date of birth: ", "3/3/71")
    session.answer("Body site: ", "left shoulder")
    session.answer("Purpose [diagnosis]", "")
    session.answer("Consent basis: 1 patient's own (capacity presumed)", "1")
    session.answer("How did the patient agree", "phone")
    session.answer("Asked by, on [Dr A. Example", "yesterday")
    session.answer("Rationale: ", MOLE)


def answer_rash(session: Session, purpose: str = "") -> None:
    """Give the seed case's ten answers."""
    session.answer("Patient number (v look, d do not file, s skip, q quit): ", CHILD)
    session.answer("Date of birth: ", "14/9/25")
    session.answer("Body site: ", "nappy area")
    session.answer("Intimate? A nappy area counts as intimate [Y/n]: ", "")
    session.answer("Purpose [diagnosis]", purpose)
    session.answer("Consent basis: 1 parental responsibility  2 local authority or court\n3 best interests\n> ", "1")
    session.answer("Who agreed, and how (mother phone, father video, ...; ? lists): ", "mother phone")
    session.answer("Asked by, on [Dr A. Example, ", "")
    session.answer("Rationale: ", MOTHERS_WORDS)
    session.answer("(1 2 5 7 are required)\n> ", "1245 67")


def test_an_adults_mole_takes_eight_answers_and_one_confirmation(here: Path) -> None:
    """A3: the photo is shown, then asked about; the file is gone after it is filed."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg") as session:
        described = session.expect("Patient number (v look, d do not file, q quit): ")
        assert described.startswith("  file   mole.jpg (")
        assert "\n  photo  JPEG 48 x 64, 11 kB, taken 21 Nov 2026 08:09\n" in described
        assert "  strip  place (GPS), phone or camera, dates" in described
        session.send(f"{ADULT}\r")
        session.answer("Date of birth: ", "3/3/71")
        assert "  NHS 943 476 5870, born 3 Mar 1971, " in session.expect("No earlier photo here.\n")
        session.answer("Body site: ", "left shoulder")
        session.answer("Purpose [diagnosis]", "")
        session.answer("Consent basis: ", "1")
        session.answer("How did the patient agree", "phone")
        session.answer("Asked by, on", f"Dr A. Example, {YESTERDAY:%d/%m/%Y}")
        session.answer("Rationale: ", MOLE)
        described = session.expect("File it? (y file, c change, q quit): ")
        assert f"> {MOLE}\n  photo      mole.jpg, taken 21 Nov 2026 08:09\n  patient    943 476 5870, " in described
        assert f"{show_age(date(1971, 3, 3), TODAY)}; left shoulder, not\n             intimate\n" in described
        assert f"\n  rationale  {MOLE}\n  patient's own consent, by phone, asked by Dr A. Example" in described
        assert "  mole.jpg WILL BE ERASED\n" in described
        session.send("y\r")
        assert session.finish().status == 0
    assert "\nFiled " in session.screen
    assert ". Read back and matched.\nErased mole.jpg: " in session.screen
    assert not (here / "mole.jpg").exists()


def test_the_seed_case_waits_for_thunderbird_and_takes_ten_answers_and_four_digits(here: Path, inbox: Path) -> None:
    """A2: newest first, logos left out; the next photo starts with nothing, and may be skipped."""
    before = inbox.read_bytes()
    lock = inbox.parents[2] / ".parentlock"
    lock.touch()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_PROFILE, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    with at_terminal(here, inbox) as session:
        session.expect("imgfile: Thunderbird is open and is using this mailbox. Nothing was read.\n")
        session.expect("Close Thunderbird, then press Enter (q quits): ")
        holder.communicate()
        session.send("\r")
        session.expect("Inbox: 5 messages, 5 images; 2 look like logos and are left out (--all).\n")
        assert '"rash pic"' in session.expect("  photo  JPEG ")
        answer_rash(session)
        described = session.expect("Last four digits of the patient number to attest and file (c change, q quit): ")
        assert '"rash pic" from parent@example.org: the photo WILL BE ERASED from Inbox\n' in described
        session.send("1800\r")
        session.expect("Those are not the last four digits of the number above.\n")
        session.send("0018\r")
        session.expect('"rash pic" from parent@example.org (3/1): filed as ')
        assert '"arm"' in session.expect("Patient number (v look, d do not file, s skip, q quit): ")
        session.send("s\r")
        session.answer("Patient number (v look, d do not file, s skip, q quit): ", "q")
        assert session.finish().status == 130
    assert "Photo 1 of 3, newest first\n" in session.screen
    described = session.screen.partition("left as it is.\n")[2]
    assert "1 filed and erased from Inbox (E" in described
    assert "1 skipped.\n1 message is still in the mail account: delete it there too.\n" in described
    assert '  "rash pic" from parent@example.org, ' in described
    assert described.count("Out of reach: the mail provider's backups, the sender's phone.\n") == 1
    changed = [at for at, (old, new) in enumerate(zip(before, inbox.read_bytes(), strict=True)) if old != new]
    mail = before.index(b"Subject: rash pic")
    assert mail < changed[0] < changed[-1] < before.index(b"From parent", mail)


def test_the_same_rash_a_week_later_follows_the_first(here: Path, inbox: Path) -> None:
    """A4: `m` says what it judges, and nothing else of the first answers is taken over."""
    (here / "first.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "first.jpg") as session:
        session.answer("Patient number (v look, d do not file, q quit): ", CHILD)
        for question, typed in (
            ("Date of birth: ", "14/9/25"), ("Body site: ", "nappy area"), ("Intimate? ", ""), ("Purpose ", ""),
            ("Consent basis: ", "1"), ("Who agreed, and how", "mother phone"), ("Asked by, on", "yesterday"),
            ("Rationale: ", MOTHERS_WORDS), ("are required)\n> ", "1 2 5 7"), ("Last four digits", "0018"),
        ):  # fmt: skip
            session.answer(question, typed)
        session.expect("Filed ")
        reference = session.expect(". Read back")
        assert session.finish().status == 0
    with at_terminal(here, inbox, "--since", "yesterday") as session:
        session.expect("Photo 1 of 1\n")
        assert "; 2 sent before " in session.words
        session.answer("Patient number (v look, d do not file, s skip, q quit): ", CHILD)
        session.answer("Date of birth: ", "14/9/25")
        assert ", as before.\n" in session.expect(f"  1 earlier photo: {reference}, filed ")
        session.answer("Body site: ", "nappy area")
        session.answer("Intimate? ", "")
        session.answer(f"Purpose [diagnosis]; m = response since {reference}: ", "m")
        session.answer("Consent basis: ", "1")
        session.answer("Who agreed, and how", "mother phone")
        session.answer("Asked by, on", "yesterday")
        session.answer("Rationale: ", "Response to clotrimazole after 7 days; stop or continue")
        session.answer("are required)\n> ", "1245 67")
        session.answer("Last four digits", "0018")
        session.expect(f", follows {reference}. Read back and matched.\n")
        assert session.finish().status == 0


def test_a_photo_in_a_pipe_is_asked_about_at_the_terminal(here: Path) -> None:
    """`cat a.jpg | imgfile ingest -`: standard input is the photo, the answers are typed."""
    with at_terminal(here, "-", stdin=photos.phone_jpeg(), piped={"stderr", "stdout"}) as session:
        answer_mole(session)
        session.expect("standard input: nothing to erase\n")
        session.answer("File it? (y file, c change, q quit): ", "y")
        outcome = session.finish()
    assert outcome.status == 0
    assert outcome.stdout == b""
    assert outcome.words.startswith("Filed ")
    assert ADULT not in outcome.words


def test_q_at_any_question_leaves_everything_as_it_was(here: Path) -> None:
    """And one line says so."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    before = (here / "mole.jpg").read_bytes()
    for typed in ([], [ADULT], [ADULT, "3/3/71", "left shoulder", ""]):
        with at_terminal(here, "mole.jpg") as session:
            for line in [*typed, "q"]:
                session.answer(": ", line)
            assert session.finish().status == 130
        assert session.screen.endswith(
            "imgfile: you stopped it. What was reported as filed is filed; the rest is\nuntouched.\n"
        )
        assert "error" not in session.screen
    assert (here / "mole.jpg").read_bytes() == before


def test_a_wrong_answer_is_told_and_asked_again_and_a_question_mark_lists(here: Path) -> None:
    """The reason stands above the question."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg") as session:
        session.answer("Patient number (v look, d do not file, q quit): ", "9434765871")
        session.expect("  check digit does not match\nPatient number (v look, d do not file, q quit): ")
        session.send("?\r")
        told = session.expect("Patient number (v look, d do not file, q quit): ")
        assert "\n  what  Whose record the photo goes into: the NHS, CHI or H&C number, ten\n" in told
        assert "  who   Whoever files, from the patient's record rather than from the mail.\n" in told
        assert told.endswith("  e.g.  943 476 5870\n")
        session.send(f"{ADULT}\r")
        session.answer("Date of birth: ", "3/3/71")
        session.answer("Body site: ", "left shoulder")
        session.answer("Purpose [diagnosis] (? lists): ", "?")
        session.expect("  1 diagnosis\n  2 response to treatment\n")
        session.answer("Purpose [diagnosis] (? lists): ", "q")
        assert session.finish().status == 130


def test_one_answer_is_changed_and_the_others_stay(here: Path) -> None:
    """`c` lists what was answered; what rests on the changed answer is asked again."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg") as session:
        answer_mole(session)
        session.answer("File it? ", "c")
        session.expect("   3 body site       left shoulder\n")
        session.answer("Change which (Enter back, q quit): ", "9999")
        session.expect("  That is none of the numbers above; Enter goes back without a change.\n")
        session.answer("Change which (Enter back, q quit): ", "3")
        session.expect("  now  left shoulder\n  Enter keeps it.\n")
        session.answer("Body site: ", "right shoulder")
        session.expect("; right shoulder, not\n             intimate\n")
        session.answer("File it? ", "what?")
        session.answer("File it? ", "y")
        assert session.finish().status == 0


def test_a_photo_that_is_filed_already_only_loses_its_source(here: Path) -> None:
    """Two answers recognise it; the stored copy is proven again."""
    data = photos.phone_jpeg()
    for name, options in (("a.jpg", ["--keep-source"]), ("b.jpg", [])):
        (here / name).write_bytes(data)
        with at_terminal(here, name, *options) as session:
            if name == "a.jpg":
                answer_mole(session)
                session.expect("  a.jpg will be kept\n")
                session.answer("File it? ", "y")
            else:
                session.answer("Patient number", ADULT)
                session.answer("Date of birth: ", "3/3/71")
                session.expect("  This photo is filed already: ")
                session.expect("  b.jpg WILL BE ERASED\n")
                session.expect("  o      the patient objects, or withdraws\n")
                session.answer("Go on? (Enter go on, n new, o objects, q quit): ", "no")
                session.answer("Go on? (Enter go on, n new, o objects, q quit): ", "")
            assert session.finish().status == 0
    assert (here / "a.jpg").exists()
    assert not (here / "b.jpg").exists()
    assert "The filed copy was proven again.\n" in session.screen


ASKED_OF_KNOWN = "Go on? (Enter go on, n new, o objects, q quit): "


@pytest.mark.parametrize(
    ("typed", "words"),
    [("o", "the patient objects, or withdraws; nothing was erased"), ("n", "is in no record yet")],
)
def test_r24_an_objection_to_a_filed_photo_leaves_its_source(here: Path, typed: str, words: str) -> None:
    """So does something new to say; exit code 17, with what to do by hand."""
    (here / "a.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "a.jpg", "--keep-source") as session:
        answer_mole(session)
        session.answer("File it? ", "y")
        assert session.finish().status == 0
    with at_terminal(here, "a.jpg") as session:
        session.answer("Patient number", ADULT)
        session.answer("Date of birth: ", "3/3/71")
        session.answer(ASKED_OF_KNOWN, typed)
        assert session.finish().status == 17
    assert words in session.screen
    assert (here / "a.jpg").exists()


def test_r25_the_same_photo_for_another_patient_stops_or_shows_both(here: Path) -> None:
    """`q` stops; `b` says why, and the record says that it shows another person, never who."""
    for name in ("a.jpg", "b.jpg"):
        (here / name).write_bytes(photos.phone_jpeg())
    with at_terminal(here, "a.jpg") as session:
        answer_mole(session)
        session.answer("File it? ", "y")
        assert session.finish().status == 0
    with at_terminal(here, "b.jpg") as session:
        session.answer("Patient number", "9990000026")
        session.answer("Date of birth: ", "3/3/81")
        session.expect("  This very photo is filed for another patient, as ")
        session.answer("Go on? (b it shows both patients, q stop): ", "q")
        assert session.finish().status == 130
    assert (here / "b.jpg").exists()
    with at_terminal(here, "b.jpg") as session:
        session.answer("Patient number", "9990000026")
        session.answer("Date of birth: ", "3/3/81")
        session.answer("Go on? (b it shows both patients, q stop): ", "b")
        session.answer("no names): ", "y")
        session.expect("  says too little\n")
        session.answer("no names): ", f"she and the baby of {ADULT}")
        session.expect("  names a patient's number: neither record tells who the other one is\n")
        session.answer("no names): ", "mother and baby")
        session.answer("Body site: ", "q")
        assert session.finish().status == 130
    assert (here / "b.jpg").exists()


def test_a_real_photo_in_a_real_mail_loses_only_itself(here: Path) -> None:
    """A telephone's JPEG from the samples, as an attachment."""
    photo = next(path for path in samples("images") if path.name.endswith("Issue_308.jpg")).read_bytes()
    whole = mailboxes.mbox(
        [mailboxes.mail(mailboxes.text()), mailboxes.mail(mailboxes.photo(photo, kind="image/jpeg"))]
    )
    (here / "Inbox").write_bytes(whole)
    with at_terminal(here, "Inbox") as session:
        answer_mole(session)
        session.answer("File it? ", "y")
        assert session.finish().status == 0, session.screen
    after = (here / "Inbox").read_bytes()
    assert len(after) == len(whole)
    assert after.startswith(whole[: whole.rindex(b"Subject: ")])
    assert b"/9j/" not in after


def test_without_leave_to_ask_the_terminal_stays_silent(here: Path) -> None:
    """--no-input: what is missing is reported at once, although somebody sits there."""
    (here / "mole.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(here, "mole.jpg", "--no-input") as session:
        assert session.finish().status == 13
    assert session.screen.startswith("imgfile: error: 8 answers are missing: ")


def test_a_photo_may_be_left_at_any_question_and_at_the_confirmation(here: Path) -> None:
    """In a folder `s` leads on to the next photo, wherever it is typed; what was answered is gone."""
    (here / "drop").mkdir()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (here / "drop" / name).write_bytes(photos.jpeg(photos.pixels(300 + ord(name[0]), 300)))
    with at_terminal(here, "drop") as session:
        answer_mole(session)
        session.answer("File it? (y file, c change, q quit): ", "s")
        session.answer("Patient number", ADULT)
        session.answer("Date of birth: ", "3/3/71")
        session.answer("Body site: ", "s")
        session.expect("drop/b.jpg: left as it is.\n")
        session.answer("Patient number", "q")
        session.finish()
    assert "drop/a.jpg: left as it is.\n" in session.screen
    assert "2 skipped." in session.words
    assert len(list((here / "drop").iterdir())) == 3


def test_what_is_none_of_the_answers_is_said_so_before_it_is_asked_again(here: Path) -> None:
    """At every prompt that is no question about the photo: nothing typed is passed over in silence."""
    not_taken = "  is none of the answers; ? explains them\n"
    photo = photos.jpeg(photos.pixels(321, 300))
    (here / "mole.jpg").write_bytes(photo)
    with at_terminal(here, "mole.jpg") as session:
        answer_mole(session)
        session.answer("File it? ", "today")
        assert session.expect("File it? ").endswith(not_taken)
        session.send("\r")
        assert session.expect("File it? ").endswith("  an answer is needed\n")
        session.send("y\r")
        session.finish()
    (here / "mole.jpg").write_bytes(photo)
    with at_terminal(here, "mole.jpg") as session:
        session.answer("Patient number", ADULT)
        session.answer("Date of birth: ", "3/3/71")
        session.answer("Go on? (Enter go on, ", "left shoulder")
        assert session.expect("Go on? (Enter go on, ").endswith(not_taken)
        session.send("q\r")
        session.finish()
    with at_terminal(here, "mole.jpg") as session:
        session.answer("Patient number", "999 000 0034")
        session.answer("Date of birth: ", "3/3/71")
        session.answer("Go on? (b ", "")
        assert session.expect("Go on? (b ").endswith("  an answer is needed\n")
        session.send("q\r")
        session.finish()
    assert (here / "mole.jpg").read_bytes() == photo


def test_where_the_birth_date_differs_the_number_is_typed_anew(here: Path) -> None:
    """The way on where a number of somebody else was typed: no birth date of theirs has to be found."""
    for name in ("a.jpg", "b.jpg"):
        (here / name).write_bytes(photos.jpeg(photos.pixels(310 + ord(name[0]), 300)))
    with at_terminal(here, "a.jpg") as session:
        answer_mole(session)
        session.answer("File it? ", "y")
        session.finish()
    with at_terminal(here, "b.jpg") as session:
        session.answer("Patient number", ADULT)
        session.answer("Date of birth: ", "4/4/80")
        session.expect("  differs from the one filed earlier under this number; check both (")
        session.answer("Date of birth (n another number): ", "n")
        session.answer("Patient number (v look, d do not file, q quit): ", "999 000 0034")
        session.answer("Date of birth: ", "4/4/80")
        assert "  NHS 999 000 0034, born 4 Apr 1980, " in session.expect("No earlier photo here.\n")
        session.answer("Body site: ", "q")
        session.finish()


def test_no_short_answer_is_broken_at_the_edge_of_the_screen(here: Path) -> None:
    """A long question is answered below: "in person" beside one of 73 characters went over the edge of 80."""
    (here / "mole.jpg").write_bytes(photos.jpeg(photos.pixels(321, 300)))
    with at_terminal(here, "mole.jpg") as session:
        for question, typed in (
            ("Patient number", ADULT), ("Date of birth: ", "3/3/71"), ("Body site: ", "left shoulder"),
            ("Purpose ", ""), ("Consent basis: ", "1"), ("...; ? lists): \n> ", "in person"), ("Asked by", "q"),
        ):  # fmt: skip
            session.answer(question, typed)
        session.finish()
