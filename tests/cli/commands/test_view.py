"""`imgfile view`: one look, in the browser, entered in the trail before there is anything to see."""

from __future__ import annotations

import base64
import html
import re
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from imgfile.acts.disclosure.one_page_server import Door
from imgfile.cli import main
from kit.browser.address import address, load
from kit.photos.jpeg_png import jpeg
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import RASH, filed
from kit.vault.practice import PASSPHRASE

PHOTO = jpeg()


@pytest.fixture
def record(desk: Desk) -> str:
    """File the rash; return its reference."""
    return reference(desk.practice.file_decided(filed(RASH), PHOTO))


def test_the_photo_is_seen_once_with_the_patient_beside_it(desk: Desk, record: str) -> None:
    """The trail says so before the page exists, and when it was loaded; the reason has a default that is shown."""
    with desk.sit("view", record, "--no-browser") as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect(f"{record}: NHS 999 000 0018, born 14 Sep 2025; nappy area; filed for diagnosis\n")
        session.answer("Why [direct care]: ", "")
        url = address(session)
        (entry,) = (line for line in ndjson(desk.as_clinician("audit", "--json", "--reasons")) if "reason" in line)
        page = load(url)
        assert session.finish().status == 0
        assert "is gone from here" in session.screen
    assert (entry["act"], entry["record"], entry["reason"]) == ("offered", record, "direct care")
    viewed = ndjson(desk.as_clinician("audit", "--json", "--reasons"))[-2]
    assert (viewed["act"], viewed["record"], viewed["actor"]) == ("viewed", record, entry["actor"])
    assert (entry["purpose"], entry["actor"]) == ("diagnosis", "Dr A. Example, GMC 7654321")
    picture = re.search(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert picture is not None
    assert base64.b64decode(picture[1]) == PHOTO
    assert "NHS 999 000 0018, born 14 Sep 2025" in html.unescape(page)
    assert "<title>imgfile</title>" in page
    with pytest.raises(urllib.error.URLError):
        load(url)


def test_the_terminal_says_nothing_of_the_patient(desk: Desk, record: str) -> None:
    """A log of the session holds a reference and a dead address."""
    with desk.sit("view", record, "--reason", "review", "--identity-file", desk.identity) as session:
        load(address(session))
        assert session.finish().status == 0
        for canary in ("0018", "nappy", "Sep 2025"):
            assert canary not in session.screen


def test_without_a_desktop_no_browser_is_started_and_with_one_it_is(
    desk: Desk, record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BROWSER names a program that notes what it is given."""
    noted = tmp_path / "noted"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{noted}.part"\nmv "{noted}.part" "{noted}"\n')
    browser.chmod(0o755)
    monkeypatch.setattr(Desk, "environment", desk.environment | {"BROWSER": f"{browser} %s"})
    command = ["view", record, "--reason", "review", "--identity-file", str(desk.identity)]
    with desk.sit(*command, "--no-browser") as session:
        load(address(session))
        session.finish()
    assert not noted.exists()
    with desk.sit(*command) as session:
        url = address(session)
        deadline = time.monotonic() + 20
        while not noted.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert noted.read_text().strip() == url
        load(url)
        assert session.finish().status == 0


def test_a_reason_is_needed_where_nobody_can_be_asked(desk: Desk, record: str) -> None:
    """The default is only for somebody who sees it."""
    outcome = desk.as_clinician("view", record)
    assert outcome.status == 13
    assert "1 answer is missing: --reason\n" in outcome.words
    assert "--identity-command" not in outcome.words


def test_a_page_that_nobody_loads_goes_by_itself(
    desk: Desk, record: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two minutes, here shortened; the trail says that it was offered, and of nobody that they viewed it."""
    monkeypatch.setattr(Door.wait, "__defaults__", (0.05,))
    arguments = ["view", record, "--no-browser", "--reason", "review", "--identity-file", str(desk.identity)]
    assert main(arguments) == 0
    assert f"Nobody loaded it, and it is gone. Again:  imgfile view {record}" in capsys.readouterr().err
    acts = [line["act"] for line in ndjson(desk.run("audit", "--json")) if line["type"] == "entry"]
    assert acts.count("offered") == 1
    assert "viewed" not in acts


def test_stopping_it_ends_the_page(desk: Desk, record: str) -> None:
    """Ctrl-C: exit code 130, and nobody is at the address."""
    with desk.sit("view", record, "--reason", "review", "--identity-file", desk.identity) as session:
        url = address(session)
        session.send("\x03")
        assert session.finish().status == 130
    assert b"viewed" not in desk.run("audit").stdout
    with pytest.raises(urllib.error.URLError):
        load(url)


def test_nothing_is_left_on_a_disk(desk: Desk, record: str, tmp_path: Path) -> None:
    """Neither in the state, nor in the temporary folder, nor in the vault beyond trail, sealed reason and its key."""
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    with desk.sit("view", record, "--reason", "review", "--identity-file", desk.identity) as session:
        load(address(session))
        session.finish()
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    trail, keys = f"audit/{desk.practice.vault.here.station}", "keys/things/*"
    # the station's copy of its own trail, how far it read the trails, and in which directory which record lies
    kept = ("kept/trail/*", "trails-read", "stated", "places")
    known = (f"{trail}/*", "reasons/*", f"{keys}/*", *kept)
    assert [path for path in new if not any(map(path.match, known))] == []
    everything = b"".join(path.read_bytes() for path in new)
    assert PHOTO not in everything
    assert base64.b64encode(PHOTO[:300]) not in everything


def test_ctrl_c_while_the_page_waits_closes_it_and_says_what_is_entered(desk: Desk, record: str) -> None:
    """On a line of its own: nothing was filed here, and nothing is untouched."""
    with desk.sit("view", record, "--no-browser", "--reason", "direct care") as session:
        session.answer("Passphrase: ", PASSPHRASE)
        address = session.expect("/", 20) and session.expect("\n")
        session.send("\x03")
        assert session.finish().status == 130
    assert address
    assert "\nimgfile: error: you closed the page. That the photo was opened is entered in the\naudit trail.\n" in (
        session.screen
    )
    assert "filed" not in session.screen
    assert b"offered" in desk.run("audit").stdout


def test_a_question_mark_explains_and_q_leaves_with_a_plain_sentence(desk: Desk, record: str) -> None:
    """At each prompt; nothing is entered, and `q` is no reason."""
    for leaves_at in ("Passphrase: ", "Why [direct care]: "):
        with desk.sit("view", record, "--no-browser") as session:
            for question, typed in (("Passphrase: ", PASSPHRASE), ("Why [direct care]: ", "?")):
                session.answer(question, "?")
                session.expect("  what  ")
                session.expect("  who   ")
                session.expect("  e.g.  ")
                if question == leaves_at:
                    session.answer(question, "q")
                    break
                session.answer(question, typed)
            assert session.finish().status == 130
            assert "imgfile: you stopped it. Nothing was changed.\n" in session.screen
            assert "error" not in session.screen
    assert b"offered" not in desk.run("audit").stdout
