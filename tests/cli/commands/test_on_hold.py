"""A filed photo that is on a safeguarding hold: every command that opens its record says so, and its trail (R21)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.policy import change_policy
from imgfile.vault import layout
from imgfile.vault.records import manifest
from imgfile.vault.trail import chain
from kit.browser.address import address, load
from kit.photos.jpeg_png import jpeg
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import MOLE, filed
from kit.vault.harm import flipped
from kit.vault.practice import NOON, Practice, clinician_of

CALL = "Dr S. Guarding, 020 7946 0000"
UNKNOWN = "nobody can know whether a photo is on a safeguarding hold"


def enter(practice: Practice, mark: str, act: str) -> None:
    """Enter a hold, or its end, as a computer with the key of marks does where the same photo came in once more."""
    entry = {"act": act, "at": "2026-11-22T12:00:00Z", "hold": "ab" * 16}
    with practice.vault.station.locked():
        chain.append(practice.vault, [entry | ({"photo": mark} if act == "held" else {})])


def used(desk: Desk, record: str, copy: Path) -> list[str]:
    """Take a copy of the photo and look at it; return what was said."""
    stated = ["--purpose", "diagnosis", "--reason", "for Mr Example"]
    exported = desk.as_clinician("export", record, "-o", copy, *stated)
    with desk.sit("view", record, "--reason", "care", "--no-browser", "--identity-file", desk.identity) as session:
        load(address(session))
        assert session.finish().status == 0
    return [exported.words, " ".join(session.screen.split())]


def test_r21_whoever_opens_the_record_is_told_and_the_trail_of_it_has_the_hold(desk: Desk, tmp_path: Path) -> None:
    """With whom to call; of any other photo, and once it is lifted, nothing is said."""
    vault = desk.practice.vault
    done = desk.practice.file_decided(filed(MOLE), jpeg())
    other = reference(desk.practice.file_decided(filed(MOLE | {"body_site": "scalp"}), b"another"))
    record, stated = reference(done), manifest.load(vault, done.patient, done.record)
    by = admit_administrator(vault, [clinician_of(desk.practice)])
    vault = change_policy(vault, by, replace(vault.policy, safeguarding_contact=CALL), at=NOON)
    practice = replace(desk.practice, vault=vault)
    enter(practice, stated.same_mark, "held")
    for command in (["show", record], ["consent", "show", record], ["find", "--consent-state", "safeguarding_hold"]):
        (line, *_) = ndjson(desk.as_clinician(*command, "--json"))
        states = line.get("states", ["safeguarding_hold"])
        assert (line.get("safeguarding_hold", "RECEPTION-3"), "safeguarding_hold" in states) == ("RECEPTION-3", True)
    shown = desk.as_clinician("show", record).stdout.decode()
    assert ("ON HOLD at RECEPTION-3" in shown, CALL in shown) == (True, True)
    for said in used(desk, record, tmp_path / "copy.jpg"):
        assert (f"{record} is on a safeguarding hold, at RECEPTION-3:" in said, CALL in said) == (True, True)
    assert ndjson(desk.as_clinician("show", other, "--json"))[0]["safeguarding_hold"] == ""
    enter(practice, stated.same_mark, "lifted")
    assert ndjson(desk.as_clinician("show", record, "--json"))[0]["safeguarding_hold"] == ""
    trail = ndjson(desk.run("audit", "--record", record, "--json"))[:-1]
    assert [each["act"] for each in trail if each["act"] != "searched"] == (
        ["filed", "held", "exported", "offered", "viewed", "lifted"]
    )


def test_r21_where_a_trail_does_not_hold_nobody_is_told_that_there_is_no_hold(desk: Desk) -> None:
    """The record opens all the same."""
    record = reference(desk.practice.file_decided(filed(MOLE)))
    name = layout.trail(desk.practice.vault.here.station, 1)
    harmed = desk.practice.folder / name
    harmed.write_bytes(flipped(harmed.read_bytes()))
    shown = desk.as_clinician("show", record)
    assert shown.status == 0
    assert "not known: an audit trail does not hold" in " ".join(shown.stdout.decode().split())
    found = desk.as_clinician("find", "shoulder")
    assert UNKNOWN in found.words
