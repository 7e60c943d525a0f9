"""`imgfile audit`: what was done, where, when and by whom, in a trail that is seen to be whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Erasure, Evidence, Verified
from imgfile.vault import layout
from imgfile.vault.records import manifest
from imgfile.vault.trail import chain
from imgfile.vault.trail.entries import erased_entry
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import ADULT, MOLE, RASH, filed
from kit.vault.lives import Life
from kit.vault.moving import Scene
from kit.vault.practice import NOON, PASSPHRASE


@pytest.fixture
def mole(desk: Desk, tmp_path: Path) -> Verified:
    """File a mole, erase its source, export it."""
    done = desk.practice.file_decided(filed(MOLE))
    chain.append(desk.practice.vault, [erased_entry(done.record, Erasure(Evidence.E3), at=NOON)])
    stated = ["--purpose", "diagnosis", "--reason", "for Mr Example"]
    assert desk.as_clinician("export", reference(done), "-o", tmp_path / "copy.jpg", *stated).status == 0
    return done


def note(desk: Desk, number: int) -> Path:
    """Return where a note of this station's trail lies."""
    return desk.practice.folder / layout.trail(desk.practice.vault.here.station, number)


def test_every_entry_is_told_oldest_first(desk: Desk, mole: Verified) -> None:
    """References, names of people and computers, evidence; nothing of a patient."""
    outcome = desk.run("audit", "--json")
    *entries, summary = ndjson(outcome)
    assert entries[:2] == [
        {
            "type": "entry",
            "at": "2026-11-22T12:00:00Z",
            "station": "RECEPTION-3",
            "note": 1,
            "act": "filed",
            "record": reference(mole),
            "read_back": entries[0]["read_back"],
        },
        {
            "type": "entry",
            "at": "2026-11-22T12:00:00Z",
            "station": "RECEPTION-3",
            "note": 2,
            "act": "erased",
            "record": reference(mole),
            "evidence": "E3",
        },
    ]
    exported = entries[2]
    assert (exported["act"], exported["actor"]) == ("exported", "Dr A. Example, GMC 7654321")
    assert "reason" not in exported
    assert summary == {"type": "summary", "entries": 3, "damage": 0, "notices": 0, "exit": 0}
    assert outcome.status == 0
    assert mole.patient.encode() not in outcome.stdout


def test_as_a_table_the_trail_has_one_line_an_entry(desk: Desk, mole: Verified) -> None:
    """And one sentence on standard error says that it holds."""
    outcome = desk.run("audit")
    columns, *lines = outcome.stdout.decode().splitlines()
    assert columns == "time\tcomputer\tact\trecord\tevidence\twho"
    assert lines[1] == f"2026-11-22T12:00:00Z\tRECEPTION-3\terased\t{reference(mole)}\tE3\t"
    assert outcome.words.startswith("3 entries: every signature holds and no link is missing.")


def test_litter_beside_the_trail_is_a_notice_and_no_warning(desk: Desk, mole: Verified) -> None:
    """As `verify` calls it; and nothing to be told about every night."""
    (desk.practice.folder / "audit" / ".DS_Store").write_bytes(b"x")
    outcome = desk.run("audit")
    assert "notice: litter: audit/.DS_Store: " in outcome.words
    assert "warning" not in outcome.words
    assert desk.run("audit", "-q").words == ""
    assert reference(mole) in outcome.stdout.decode()


def test_reasons_are_opened_with_an_identity_alone(desk: Desk, mole: Verified) -> None:
    """Which is asked for, and refused where it would mean nothing."""
    assert desk.run("audit", "--reasons").status == 13
    assert desk.as_clinician("audit").status == 2
    with desk.sit("audit", "--reasons", piped=["stdout"]) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        last = session.finish().stdout.decode().splitlines()[-1]
    assert last.split("\t")[2:] == [
        "exported",
        reference(mole),
        "diagnosis",
        "Dr A. Example, GMC 7654321",
        "for Mr Example",
    ]


def test_a_changed_note_is_damage_and_the_others_are_told(desk: Desk, mole: Verified) -> None:
    """What does not hold is not printed as if it did."""
    note(desk, 2).write_bytes(note(desk, 2).read_bytes().replace(b"E3", b"E1"))
    outcome = desk.run("audit", "--json")
    lines = ndjson(outcome)
    assert [line["act"] for line in lines if line["type"] == "entry"] == ["filed", "exported"]
    assert {line["where"] for line in lines if line["type"] == "finding"} >= {
        layout.trail(desk.practice.vault.here.station, 2)
    }
    assert lines[-1]["exit"] == outcome.status == 16
    assert "imgfile: warning: damaged: audit/" in desk.run("audit").words
    assert reference(mole)


def test_a_trail_cut_short_is_damage(desk: Desk, mole: Verified) -> None:
    """This computer remembers having seen more."""
    assert reference(mole)
    note(desk, 3).unlink()
    outcome = desk.run("audit", "--json")
    assert "cut" in {line.get("kind") for line in ndjson(outcome)}
    assert outcome.status == 16


def test_a_reason_that_is_gone_is_damage_and_its_entry_is_told(desk: Desk, mole: Verified) -> None:
    """The entry stands; only why is lost."""
    (reason,) = (desk.practice.folder / layout.patient(mole.patient) / layout.REASONS).iterdir()
    reason.unlink()
    assert desk.run("audit").status == 0
    outcome = desk.as_clinician("audit", "--reasons", "--json")
    lines = ndjson(outcome)
    assert [line["type"] for line in lines] == ["entry", "entry", "entry", "finding", "summary"]
    assert "reason" not in lines[2]
    assert outcome.status == 16


def test_an_entry_of_a_later_version_or_a_station_gone_bad_is_told_as_far_as_it_goes(desk: Desk) -> None:
    """Signed nonsense: no record, no time, a reason whose name would leave the vault's folder."""
    chain.append(
        desk.practice.vault,
        [
            {"act": "rotated", "at": "soon", "record": "../../etc"},
            {"act": "viewed", "patient": "../..", "reason": "../../etc/passwd", "actor": "f" * 32},
        ],
    )
    outcome = desk.as_clinician("audit", "--reasons", "--json")
    first, second, finding, summary = sorted(ndjson(outcome), key=lambda line: (line["type"], line.get("at", "")))
    assert (second["act"], second["at"], "record" in second) == ("rotated", "soon", False)
    assert (first["act"], first["actor"], "reason" in first) == ("viewed", "f" * 32, False)
    assert finding["kind"] == "damaged"
    assert summary["damage"] == 1
    assert "\tsoon\t" in f"\t{desk.run('audit').stdout.decode()}".replace("\n", "\n\t")


# --- some of the entries ----------------------------------------------------------------------------------------


def acts(desk: Desk, *arguments: str, stdin: bytes | None = None) -> list[str]:
    """Return what was done, as asked for, and see that the summary counts it and all of it."""
    outcome = desk.run("audit", "--json", *arguments, stdin=stdin)
    assert outcome.status == 0, outcome.words
    *entries, summary = ndjson(outcome)
    assert (summary["shown"], summary["entries"]) == (len(entries), 4), arguments
    return [entry["act"] for entry in entries]


def test_some_entries_are_asked_for(desk: Desk, mole: Verified) -> None:
    """By photo, patient, person or computer, day; what must hold of one must all hold."""
    rash = desk.practice.file_decided(filed(RASH), at=NOON + timedelta(days=1))
    everything = ["filed", "erased", "exported"]
    asked: list[tuple[list[str], bytes | None, list[str]]] = [
        (["--record", reference(mole)], None, everything),
        (["--record", reference(mole)[:4].upper()], None, everything),
        (["--record", reference(rash)], None, ["filed"]),
        (["--record", "zzzz-zzzz"], None, []),
        (["--patient", "-"], ADULT.encode(), everything),
        (["--patient", "-"], b"999 000 0018\n", ["filed"]),
        (["--patient", "-"], b"9990000026", []),
        (["--actor", "7654321"], None, ["exported"]),
        (["--actor", "EXAMP"], None, ["exported"]),
        (["--actor", "nobody"], None, []),
        (["--actor", "reception", "--since", "23/11/2026", "--until", "23 Nov 2026"], None, ["filed"]),
        (["--since", "23/11/2026", "--until", "23/11/2026"], None, ["filed"]),
        (["--until", "22/11/2026"], None, ["filed", "erased"]),
        (["--until", "21/11/2026"], None, []),
        (["--record", reference(mole), "--until", "22/11/2026"], None, ["filed", "erased"]),
        (["--patient", "-", "--record", reference(rash)], ADULT.encode(), []),
    ]
    for arguments, stdin, found in asked:
        assert acts(desk, *arguments, stdin=stdin) == found, arguments
    words = desk.run("audit", "--record", reference(mole)).words
    assert "3 of 4 entries: every signature holds" in words


def test_of_a_photo_that_was_moved_its_earlier_record_is_asked_for_too(desk: Desk, mole: Verified) -> None:
    """By the reference that it has now; by the old one, of its old record alone."""
    scene = Scene(Life(desk.practice, manifest.load(desk.practice.vault, mole.patient, mole.record)))
    new = scene.new(scene.move())
    everything = ["filed", "erased", "exported", "filed", "gone"]
    named = [
        (new.reference, everything),
        (reference(mole), [*everything[:3], "gone"]),
    ]
    for record, found in named:
        entries = ndjson(desk.run("audit", "--record", record, "--json"))
        assert [each["act"] for each in entries if each["type"] == "entry"] == found
    (desk.practice.folder / layout.manifest(new.folder, new.record)).write_bytes(b"x")
    entries = ndjson(desk.run("audit", "--record", new.reference, "--json"))
    assert [each["act"] for each in entries if each["type"] == "entry"] == ["filed"], "what names it"


def test_what_is_wrong_with_the_trail_is_reported_whatever_is_asked_for(desk: Desk, mole: Verified) -> None:
    """Of another day's entry too."""
    note(desk, 2).write_bytes(b"broken")
    outcome = desk.run("audit", "--json", "--record", reference(mole), "--until", "21/11/2026")
    assert outcome.status == 16
    assert {line["type"] for line in ndjson(outcome)} == {"finding", "summary"}


def test_reasons_are_opened_of_what_is_asked_for(desk: Desk, mole: Verified) -> None:
    """And of nothing else."""
    assert mole
    (entry, _) = ndjson(desk.as_clinician("audit", "--json", "--reasons", "--actor", "example"))
    assert entry["reason"] == "for Mr Example"
    assert b"for Mr" not in desk.as_clinician("audit", "--json", "--reasons", "--until", "22/11/2026").stdout


def test_what_cannot_be_asked_for_is_refused(desk: Desk, mole: Verified) -> None:
    """Without a number in any error."""
    assert mole
    for arguments, stdin, status, words in (
        (["--record", "?"], b"", 2, "no record reference"),
        (["--patient", ADULT], b"", 2, "not taken from the command line"),
        (["--patient", "-"], b"", 13, "no patient's number"),
        (["--patient", "-"], b"9434765871", 13, "check digit does not match"),
        (["--actor", " , "], b"", 2, "--actor has no words"),
        (["--since", "soon"], b"", 13, "--since: is not a date"),
        (["--since", "22/11/2026", "--until", "21/11/2026"], b"", 13, "--until: ends before it begins"),
        (["--since", "1/1/2090"], b"", 13, "--since: begins in the future"),
    ):
        outcome = desk.run("audit", *arguments, stdin=stdin)
        assert (outcome.status, outcome.stdout) == (status, b""), (arguments, outcome.words)
        assert words in outcome.words, arguments
        assert "943476" not in outcome.words
