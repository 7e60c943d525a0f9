"""`imgfile view` of several photos: chosen by number, never of two patients, and what cannot be shown is said first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from imgfile.acts.disclosure.one_page_server import Door
from imgfile.cli import main
from imgfile.clinical.proofs import MediaType, Verified
from imgfile.clinical.record.model import Record
from imgfile.vault import layout
from imgfile.vault.records import manifest
from imgfile.vault.roster.model import Role
from kit.browser.address import address, load
from kit.browser.chromium import Chromium
from kit.photos.jpeg_png import jpeg, pixels
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.destroying import Two
from kit.vault.filings import CHILD, KNEE, MOLE, RASH, filed
from kit.vault.practice import PASSPHRASE


def taken(day: str, **picture: object) -> Callable[[Record], Record]:
    """Return what makes a photo one that was taken on a day of November."""
    at = datetime.fromisoformat(f"2026-11-{day}T10:00:00")
    return lambda facts: replace(facts, picture=replace(facts.picture, taken_at=at, **picture))  # type: ignore[arg-type]


def file(desk: Desk, answers: dict[str, str], day: str, tone: int, **picture: object) -> Verified:
    """File a photo that was taken on a day, unlike the others."""
    data = jpeg(pixels(60 + tone, 48))
    return desk.practice.file_decided(filed(answers), data, forge=taken(day, **picture))


def acts(desk: Desk) -> list[tuple[str, str]]:
    """Return what the trail says of looks: act and record."""
    lines = ndjson(desk.run("audit", "--json"))
    return [(line["act"], line["record"]) for line in lines if line.get("act") in {"offered", "viewed"}]


def test_two_rashes_are_compared_by_a_patients_number(desk: Desk) -> None:
    """Dialogue D9, key by key; both photos are entered as offered before the page exists, then as viewed."""
    second, first = (reference(file(desk, RASH, day, tone)) for day, tone in (("28", 1), ("21", 2)))
    with desk.sit("view", "--no-browser") as session:
        session.answer("Reference, or patient number: ", CHILD)
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("2 photos of 999 000 0018, nappy area: 21 Nov, 28 Nov 2026 (7 days).")
        session.answer("Which (1 2, q quit): ", "1-2")
        session.expect("picked by its own\n")
        session.answer("Which (1 2, q quit): ", "1 2")
        session.answer("Why [direct care]: ", "response to clotrimazole")
        url = address(session)
        assert acts(desk) == [("offered", first), ("offered", second)]
        with Chromium() as chromium:
            chromium.act("open", url=url)
            assert chromium.status == "2 photos side by side. 7 days between them."
            assert chromium.eval("document.querySelector('h1').textContent") == "NHS 999 000 0018, born 14 Sep 2025"
            captions = chromium.eval("[...document.querySelectorAll('figcaption')].map((one) => one.innerText)")
            assert [first in captions[0], second in captions[1]] == [True, True], "the oldest stands first"
            assert chromium.act("seen") == {"requests": [url], "console": [], "errors": []}
        assert session.finish().status == 0
        assert "They were loaded, and are gone from here." in session.screen
    assert acts(desk)[2:] == [("viewed", first), ("viewed", second)]
    reasons = [line["reason"] for line in ndjson(desk.as_clinician("audit", "--json", "--reasons")) if "reason" in line]
    assert reasons == ["response to clotrimazole"] * 2


def test_photos_of_two_patients_never_share_a_page(desk: Desk) -> None:
    """Whatever door they come by; nothing is entered, and nobody is asked for a secret (R25)."""
    records = [reference(file(desk, answers, "21", tone)) for tone, answers in enumerate((KNEE, MOLE))]
    outcome = desk.run("view", *records, "--reason", "review", "--no-input", "--identity-command", "false")
    assert outcome.status == 17
    assert "R25" in outcome.words
    with desk.sit("view", "--no-browser") as session:
        session.answer("Reference, or patient number: ", " ".join(records))
        assert session.finish().status == 17
    assert acts(desk) == []


def spoiled(desk: Desk, record: Verified) -> None:
    """Cut the last byte of a photo's sealed object off."""
    image = desk.practice.folder / layout.record(record.patient, record.record) / layout.IMAGE
    image.write_bytes(image.read_bytes()[:-1])


def test_what_cannot_be_shown_is_said_before_anything_is_offered(desk: Desk) -> None:
    """A damaged photo, and one that nothing decodes, each by its reference; the other is shown when somebody agrees."""
    whole, cut, odd = (file(desk, KNEE, day, tone) for day, tone in (("20", 1), ("21", 2), ("22", 3)))
    odd = file(desk, KNEE, "22", 4, media_type=MediaType.TIFF)
    spoiled(desk, cut)
    names = [reference(each) for each in (whole, cut, odd)]
    unattended = desk.as_clinician("view", *names, "--reason", "review", "--no-browser")
    assert unattended.status == 16
    assert f"{names[1]} cannot be shown: " in unattended.words
    assert f"{names[2]} cannot be shown: its decoder does not know this kind of it." in unattended.words
    assert f"The others alone:  imgfile view {names[0]}" in unattended.words
    for typed, status in (("n", 130), ("y", 0)):
        with desk.sit(
            "view", *names, "--reason", "review", "--no-browser", "--identity-file", desk.identity
        ) as session:
            session.answer("Show the others? (y/n): ", "?")
            session.expect("  e.g.  y")
            session.answer("Show the others? (y/n): ", typed)
            if typed == "y":
                load(address(session))
            assert session.finish().status == status
    assert acts(desk) == [("offered", names[0]), ("viewed", names[0])]
    alone = desk.as_clinician("view", names[2], "--reason", "review")
    assert (alone.status, alone.words.count(names[2])) == (14, 1)


def test_a_record_that_is_gone_or_lacks_what_was_added_is_said_like_that(desk: Desk) -> None:
    """A note that another one names and that is not there: nobody can know what holds of that photo."""
    whole, lacking = (file(desk, KNEE, day, tone) for day, tone in (("20", 1), ("21", 2)))
    names = [reference(each) for each in (whole, lacking)]
    for text in ("first", "second"):
        assert desk.run("note", names[1], "--text", text).status == 0
    folder = desk.practice.folder / layout.record(lacking.patient, lacking.record)
    for note in [path for path in folder.iterdir() if layout.is_key_note(path.name)][:1]:
        note.unlink()
    outcome = desk.as_clinician("view", *names, "--reason", "review", "--no-browser", "--json")
    assert outcome.status == 16
    (told,) = (line for line in ndjson(outcome) if line["type"] == "not_shown")
    assert (told["record"], told["slug"]) == (names[1], "damaged")
    shutil.rmtree(folder)
    taken = desk.as_clinician("view", *names, "--reason", "review")  # the trails state notes of it: it was here
    assert (taken.status, "the record is not there any more" in taken.words) == (16, True)
    assert acts(desk) == []


def test_of_a_patient_too_what_does_not_open_is_said(desk: Desk) -> None:
    """Somebody at the terminal is told, and picks among the others; unattended nothing is shown."""
    whole, lacking = (file(desk, KNEE, day, tone) for day, tone in (("20", 1), ("21", 2)))
    facts = desk.practice.folder / layout.record(lacking.patient, lacking.record) / layout.FACTS
    facts.write_bytes(facts.read_bytes()[:-1])
    command = ["view", "--patient", "-", "--reason", "review", "--no-browser"]
    command += ["--identity-file", str(desk.identity)]
    outcome = desk.run(*command, "--no-input", stdin=CHILD.encode())
    assert outcome.status == 16
    assert f"The others alone:  imgfile view {reference(whole)}" in outcome.words
    assert acts(desk) == []
    with desk.sit(*command, stdin=CHILD.encode()) as session:
        session.expect(f"warning: {reference(lacking)} does not open, and is left out:")
        session.answer("Which (1, q quit) [1]: ", "")
        load(address(session))
        assert session.finish().status == 0
    assert acts(desk) == [("offered", reference(whole)), ("viewed", reference(whole))]


def test_one_that_was_destroyed_is_said_and_the_others_are_shown(desk: Desk) -> None:
    """By its tombstone, with rule and exit code; after a yes the other is shown."""
    two = Two.of(desk.practice, Role.SENIOR_CLINICIAN)
    gone, whole = (file(desk, KNEE, day, tone) for day, tone in (("20", 1), ("21", 2)))
    two.reopened().destroy(manifest.load(two.vault, gone.patient, gone.record))
    names = [reference(gone), reference(whole)]
    outcome = desk.as_clinician("view", *names, "--reason", "review", "--no-browser")
    assert (outcome.status, f"{names[0]} is gone: two persons destroyed it." in outcome.words) == (17, True)
    with desk.sit("view", *names, "--reason", "review", "--no-browser", "--identity-file", desk.identity) as session:
        session.answer("Show the others? (y/n): ", "y")
        load(address(session))
        assert session.finish().status == 0
    assert acts(desk) == [("offered", names[1]), ("viewed", names[1])]


def test_without_anybody_to_ask_all_that_is_missing_is_said_at_once(desk: Desk) -> None:
    """Photos, reason and identity; exit code 13."""
    outcome = desk.run("view", "--no-input")
    assert outcome.status == 13
    assert "3 answers are missing: RECORD or --patient - --reason --identity-file\n" in outcome.words


def test_a_number_on_standard_input_shows_all_but_what_only_its_own_reference_shows(desk: Desk) -> None:
    """Unattended, an intimate photo of a child keeps the page shut (R9); the knee's photos alone open it."""
    knees = [reference(file(desk, KNEE, day, tone)) for day, tone in (("21", 1), ("28", 2))]
    command = ["view", "--patient", "-", "--reason", "review", "--no-browser", "--no-input"]
    command += ["--identity-file", str(desk.identity)]
    with desk.sit(*command, stdin=CHILD.encode()) as session:
        load(address(session))
        assert session.finish().status == 0
    assert {record for _, record in acts(desk)} == set(knees)
    rash = reference(file(desk, RASH, "22", 3))
    outcome = desk.run(*command, stdin=CHILD.encode())
    assert (outcome.status, rash in outcome.words) == (17, True)
    assert CHILD not in outcome.words


def test_json_says_what_is_offered_where_and_whether_it_was_loaded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a photo, one of the page, one of what came of it."""
    record = reference(file(desk, KNEE, "21", 1))
    monkeypatch.setattr(Door.wait, "__defaults__", (0.05,))
    arguments = ["view", record, "--json", "--no-browser", "--reason", "review", "--identity-file", str(desk.identity)]
    assert main(arguments) == 0
    photo, offered, page = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert photo == {"type": "photo", "record": record, "withdrawn": False, "remark": None, "safeguarding_hold": ""}
    assert offered.pop("address").startswith("http://127.0.0.1:")
    assert offered == {"type": "offered", "seconds": 120, "records": [record]}
    assert page == {"type": "page", "loaded": False, "records": [record]}


def test_more_than_a_page_takes_is_refused_before_anything_is_opened(desk: Desk) -> None:
    """Twelve at most; who picks by number is told, and picks again."""
    names = [reference(file(desk, KNEE, "21", tone)) for tone in range(13)]
    outcome = desk.as_clinician("view", *names, "--reason", "review")
    assert (outcome.status, "the most is 12" in outcome.words) == (2, True)
    with desk.sit("view", "--no-browser", "--identity-file", desk.identity) as session:
        session.answer("Reference, or patient number: ", CHILD)
        session.answer("Which (1 to 13, a all, q quit): ", "a")
        session.expect("That picks 13: 12 at most.")
        session.answer("Which (1 to 13, a all, q quit): ", "q")
        assert session.finish().status == 130
    assert acts(desk) == []
