"""`imgfile find`: at a terminal, by flags, in a pipe; what it refuses, and what it says where not everything opens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.acts.finding.search import Found, Tally
from imgfile.cli.finding.report import Report
from imgfile.clinical.proofs import Verified
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import BatchIncomplete, Damaged
from imgfile.terminal import Terminal
from imgfile.vault import layout
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Session, imgfile_session
from kit.vault.filings import ADULT, CHILD, KNEE, MOLE, RASH, filed
from kit.vault.practice import BORN, NOON, PASSPHRASE, PATIENT, PHOTO

NAMES = ("rash", "mole", "knee")


@pytest.fixture
def photos(desk: Desk) -> dict[str, Verified]:
    """File a child's rash, an adult's mole, and the child's knee, a day after the other; the mole says no date."""
    return {
        name: desk.practice.file_decided(
            filed(answers),
            PHOTO + bytes([number]),
            at=NOON + timedelta(days=number),
            forge=partial(_taken, number),
        )
        for number, (name, answers) in enumerate(zip(NAMES, (RASH, MOLE, KNEE), strict=True))
    }


def _taken(number: int, facts: Record) -> Record:
    at = None if NAMES[number] == "mole" else (NOON + timedelta(days=number, hours=-4)).replace(tzinfo=None)
    return replace(facts, picture=replace(facts.picture, taken_at=at))


def names(desk: Desk, photos: dict[str, Verified], *arguments: str, stdin: bytes | None = None) -> list[str]:
    """Find as NDJSON; return what was found, by its name, and see that the summary counts it."""
    outcome = desk.run("find", "--json", *arguments, "--identity-file", desk.identity, stdin=stdin)
    assert outcome.status == 0, outcome.words
    *found, summary = ndjson(outcome)
    called = {reference(each): name for name, each in photos.items()}
    assert (summary["found"], summary["shown"], summary["exit"]) == (len(found), len(found), 0)
    return [called[line["record"]] for line in found]


def test_every_door_finds_the_same(desk: Desk, photos: dict[str, Verified]) -> None:
    """Words, flags, a number on standard input, days as people say them."""
    for arguments, stdin, expected in (
        (["nappy"], None, {"rash"}),
        (["left", "knee"], None, {"knee"}),
        (["--site", "shoulder"], None, {"mole"}),
        (["--patient", "-"], b"999 000 0018", {"rash", "knee"}),
        (["--patient", "-", "knee"], f"{CHILD}\r\n".encode(), {"knee"}),
        (["22/11/2026"], None, {"rash"}),
        (["22", "Nov", "2026", "to", "23/11/2026"], None, {"rash", "mole"}),
        (["left", "shoulder", "23/11/2026"], None, {"mole"}),
        (["left", "shoulder", "22", "Nov", "2026"], None, set()),
        (["22/11/2026", "to", "24/11/2026", "left"], None, {"mole", "knee"}),
        (["--date", "2026-11-22..2026-11-23"], None, {"rash", "mole"}),
        (["--date", "1/11/2026 to 31/12/2026"], None, {"rash", "mole", "knee"}),
        (["--taken-since", "23 Nov 2026", "--taken-until", "23 Nov 2026"], None, {"mole"}),
        (["--filed-since", "24/11/2026"], None, {"knee"}),
        (["--purpose", "diagnosis", "--consent-state", "given", "--who", "example"], None, {"rash", "mole", "knee"}),
        (["--rationale", "2WW"], None, {"mole"}),
        (["--follows", reference(photos["rash"])], None, set()),
    ):
        assert set(names(desk, photos, *arguments, stdin=stdin)) == expected, arguments


def test_newest_first_where_it_is_limited(desk: Desk, photos: dict[str, Verified]) -> None:
    """And it is said that there are more."""
    outcome = desk.as_clinician("find", "--json", "--limit", "2", "--purpose", "diagnosis")
    *found, summary = ndjson(outcome)
    assert [line["record"] for line in found] == [reference(photos[name]) for name in ("knee", "mole")]
    assert (summary["found"], summary["shown"]) == (3, 2)
    assert "3 found among 3 records; the newest 2 are shown (--limit)" in outcome.words


def test_lines_say_what_was_filed(desk: Desk, photos: dict[str, Verified]) -> None:
    """As NDJSON and as TSV; the trail says that everybody's facts were looked through, and nothing of whom."""
    (mole, _) = ndjson(desk.as_clinician("find", "shoulder", "--json"))
    assert mole == {
        "type": "found",
        "record": reference(photos["mole"]),
        "patient": {"scheme": "nhs", "number": ADULT, "born": "1971-03-03"},
        "made": "2026-11-23T12:00:00",
        "is_dated": False,
        "filed": "2026-11-23T12:00:00Z",
        "body_site": "left shoulder",
        "intimate": False,
        "purpose": "diagnosis",
        "states": ["given"],
        "asked_by": "Dr A. Example",
        "rationale": MOLE["rationale"],
    }
    lines = [line.split("\t") for line in desk.as_clinician("find", "shoulder").stdout.decode().splitlines()]
    assert lines[0][:4] == ["record", "patient", "born", "made"]
    assert lines[1] == [
        *(reference(photos["mole"]), f"nhs {ADULT}", "1971-03-03", "2026-11-23T12:00:00", "2026-11-23T12:00:00Z"),
        *("left shoulder", "no", "diagnosis", "given", "", "Dr A. Example", "", MOLE["rationale"]),
    ]
    trail = desk.run("audit", "--json")
    searched = [line for line in ndjson(trail) if line.get("act") == "searched"]
    assert [line["actor"] for line in searched] == ["Dr A. Example, GMC 7654321"] * 2
    assert not any(canary in trail.stdout for canary in (b"shoulder", ADULT.encode()))


def test_one_patients_search_is_not_entered(desk: Desk, photos: dict[str, Verified]) -> None:
    """No more than `show` is: R20 is about photos."""
    assert names(desk, photos, "--patient", "-", stdin=ADULT.encode()) == ["mole"]
    assert not any(line.get("act") == "searched" for line in ndjson(desk.run("audit", "--json")))


BAD: list[tuple[list[str], bytes, int, list[str]]] = [
    ([], b"", 13, ["what to look for is missing"]),
    ([CHILD], b"", 2, ["not taken from the command line"]),
    (["999", "000", "0018"], b"", 2, ["not taken from the command line"]),
    (["knee", CHILD], b"", 2, ["not taken from the command line"]),
    (["--rationale", "of 999 000 0018", "--who", CHILD], b"", 13, ["--rationale: holds a patient's", "--who: holds"]),
    (["--patient", CHILD], b"", 2, ["not taken from the command line"]),
    (["--patient", "-"], b"", 13, ["no patient's number"]),
    (["--patient", "-"], b"9990000019", 13, ["check digit does not match"]),
    (["--patient", "-"], b"9990000026", 2, ["nothing is filed for this patient", "audit --patient - --reasons"]),
    (["--limit", "0", "knee"], b"", 2, ["--limit"]),
    (["--limit", "x", "knee"], b"", 2, ["--limit"]),
    (["--taken-since", "24/11/2026", "--taken-until", "22/11/2026"], b"", 13, ["--taken-until: ends before it begins"]),
    (["--filed-since", "soon", "--site", "?!"], b"", 13, ["--filed-since: is not a date", "--site: has no words"]),
    (["--date", "24/11/2026 to 22/11/2026"], b"", 13, ["--date: ends before it begins"]),
    (["--date", "21/11 to 22/11 to 23/11"], b"", 13, ["--date: is more than two days"]),
    (["--date", "today", "--taken-since", "today"], b"", 13, ["beside --taken-since"]),
    (["--filed-since", "1/1/2090"], b"", 13, ["--filed-since: begins in the future"]),
    (["knee", "31/2/2026"], b"", 13, ["that day is not a day of the calendar"]),
    (["21/11/2026", "to"], b"", 13, ["one day, and half of another"]),
    (["31/2/2026"], b"", 13, ["that day is not a day of the calendar"]),
    (
        ["--purpose", "fun", "--consent-state", "maybe"],
        b"",
        13,
        ["--purpose: is none of", "--consent-state: is none of"],
    ),
    (["--follows", "zzzz"], b"", 2, ["no record is called zzzz"]),
    (["--identity-file", "-", "knee"], b"", 2, ["not read from standard input"]),
]


def test_what_cannot_be_meant_is_refused_before_anything_is_opened(desk: Desk, photos: dict[str, Verified]) -> None:
    """All that is wrong at once; no number is repeated; nothing is printed or entered."""
    assert photos
    for arguments, stdin, status, words in BAD:
        identity = [] if "--identity-file" in arguments else ["--identity-file", str(desk.identity)]
        outcome = desk.run("find", *arguments, *identity, stdin=stdin)
        assert (outcome.status, outcome.stdout) == (status, b""), (arguments, outcome.words)
        assert all(each in " ".join(outcome.words.split()) for each in words), (arguments, outcome.words)
        assert "0018" not in outcome.words
        assert "0019" not in outcome.words
    assert not any(line.get("act") == "searched" for line in ndjson(desk.run("audit", "--json")))


def test_what_does_not_open_is_named_and_ends_with_3(desk: Desk, photos: dict[str, Verified]) -> None:
    """The others are found; "nothing found" is said of those that open alone."""
    rash = photos["rash"]
    (desk.practice.folder / layout.record(rash.patient, rash.record) / layout.FACTS).write_bytes(b"broken")
    outcome = desk.as_clinician("find", "--json", "knee")
    assert outcome.status == BatchIncomplete.exit_code
    unopened, found, summary = sorted(ndjson(outcome), key=lambda line: "fsu".index(line["type"][0]), reverse=True)
    assert (unopened["type"], unopened["record"]) == ("unopened", reference(rash))
    summary, found = (found, summary) if found["type"] == "summary" else (summary, found)
    assert found["record"] == reference(photos["knee"])
    assert (summary["unopened"], summary["records"], summary["exit"]) == (1, 2, 3)
    nothing = desk.as_clinician("find", "toe")
    assert (nothing.status, nothing.stdout) == (BatchIncomplete.exit_code, b"")
    assert f"{reference(rash)} does not open" in nothing.words
    assert "Nothing found among 2 records that open." in nothing.words


def test_somebody_at_a_terminal_is_asked_what_they_look_for(desk: Desk, photos: dict[str, Verified]) -> None:
    """A number, days or words; a slip is said and asked again, Enter finds everything; the newest stands first."""
    with desk.sit("find") as session:
        session.answer("(Enter everything, q quit): ", "?")
        session.expect("A patient's number; or days")
        session.answer("(Enter everything, q quit): ", "31/2/2026")
        session.expect("That day is not a day of the calendar.")
        session.answer("(Enter everything, q quit): ", "9990000019")
        session.expect("That number: check digit does not match.")
        session.answer("(Enter everything, q quit): ", CHILD)
        session.answer("Passphrase: ", PASSPHRASE)
        assert session.finish().status == 0
        assert "999 000 0018, born 14 Sep 2025:" in session.screen
        knee, rash = (session.screen.index(reference(photos[name])) for name in ("knee", "rash"))
        assert knee < rash
        assert "nappy area (intimate)" in session.screen
    with desk.sit("find", "--gone", "--identity-file", desk.identity) as session:
        session.answer("(Enter everything, q quit): ", "")
        assert session.finish().status == 0
        assert "filed 23 Nov 2026" in session.screen
        assert "3 found among 3 records." in session.words
        assert "None is gone." in session.screen


def test_a_word_like_a_known_one_is_suggested(desk: Desk, photos: dict[str, Verified]) -> None:
    """Where nothing was found: a slip in a body site finds nothing."""
    assert photos
    assert "Did you mean shoulder?" in desk.as_clinician("find", "--site", "shouldr").words
    assert "Did you mean" not in desk.as_clinician("find", "--site", "toe").words


PAGER = """
import os, sys
pages = sys.stdin.buffer.readlines()
screen = open('/dev/tty', 'w')
print('PAGED', len(pages), os.environ['LESSSECURE'], os.environ['LESSHISTFILE'], file=screen)
"""


def at(desk: Desk, pager: str, *arguments: str, **options: Any) -> AbstractContextManager[Session]:  # noqa: ANN401 - Session's own
    """List at a terminal whose account has a pager."""
    return imgfile_session("list", *arguments, env=desk.environment | {"PAGER": pager}, **options)


@pytest.fixture
def many(desk: Desk) -> int:
    """File more photos than a screen has lines."""
    for number in range(30):
        desk.practice.file(PHOTO + bytes([number]))
    return 30


def test_a_list_longer_than_the_screen_goes_to_the_pager_and_a_short_one_does_not(
    desk: Desk, many: int, tmp_path: Path
) -> None:
    """Never in a pipe, nor with --no-pager or --no-input; one that cannot start, or ends early, is no error."""
    script = tmp_path / "pager.py"
    script.write_text(PAGER)
    early = tmp_path / "early.py"
    early.write_text("import sys; sys.exit(1)")
    for pager, arguments, is_paged in (
        (f"{sys.executable} {script}", [], True),
        (f"{sys.executable} {script}", ["--no-pager"], False),
        (f"{sys.executable} {script}", ["--no-input"], False),
        (f"{sys.executable} {script}", ["--limit", "3"], False),
        ("cat", [], False),
        ("", [], False),
        ("/nonexistent/pager", [], False),
        ("'", [], False),
    ):
        with at(desk, pager, *arguments) as session:
            assert session.finish().status == 0
            assert (f"PAGED {many + 1} 1 -" in session.screen) is is_paged, (pager, arguments)
            assert ("RECEPTION-3" in session.screen) is not is_paged
    with at(desk, f"{sys.executable} {early}") as session:
        assert session.finish().status == 0
    with at(desk, f"{sys.executable} {script}", piped=["stdout"]) as session:
        assert len(session.finish().stdout.splitlines()) == many + 1


def test_what_is_kept_for_a_screen_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a hundred thousand that are found no more are kept than are shown."""

    def found() -> Iterator[Found | Unopened]:
        yield from map(_found, range(20_000))
        yield Unopened("", Damaged("patients/x cannot be read."))

    tally = Tally(records=20_000, unopened=1)
    with pytest.raises(BatchIncomplete):
        Report(Terminal(), tally, 3, with_gone=True).print(found())
    printed = capsys.readouterr()
    assert [line.split("\t")[0] for line in printed.out.splitlines()] == ["record", "r19999", "r19998", "r19997"]
    assert "a patient does not open: patients/x cannot be read." in printed.err


def _found(number: int) -> Found:
    at = NOON + timedelta(seconds=number)
    return Found(
        reference=f"r{number}",
        patient=PATIENT,
        born=BORN,
        made_at=at.replace(tzinfo=None),
        is_dated=True,
        filed_at=at,
        body_site="knee",
        is_intimate=False,
        purpose=Purpose.DIAGNOSIS,
        states=frozenset(),
        follows="",
        asked_by="",
        attested_by="",
        rationale="",
    )
