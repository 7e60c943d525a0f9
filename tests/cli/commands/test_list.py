"""`imgfile list`: what is filed, without any identity, for people, pipes and scripts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Verified
from imgfile.vault import layout
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import IMGFILE, run
from kit.vault.filings import CHILD, KNEE, MOLE, RASH, filed
from kit.vault.practice import NOON


@pytest.fixture
def photos(desk: Desk) -> dict[str, Verified]:
    """File a rash, and an hour later a mole."""
    return {
        "rash": desk.practice.file_decided(filed(RASH)),
        "mole": desk.practice.file_decided(filed(MOLE), at=NOON + timedelta(hours=1)),
    }


def names(desk: Desk, *arguments: str, stdin: bytes | None = None) -> list[str]:
    """List as JSON; return the references."""
    outcome = desk.run("list", "--json", *arguments, stdin=stdin)
    assert outcome.status == 0, outcome.words
    return [line["record"] for line in ndjson(outcome)]


def test_records_are_listed_newest_first_with_time_and_computer(desk: Desk, photos: dict[str, Verified]) -> None:
    """Nothing about a patient."""
    outcome = desk.run("list", "--json")
    assert outcome.status == 0
    assert ndjson(outcome) == [
        {
            "type": "record",
            "record": reference(photos[name]),
            "filed": f"2026-11-22T{hour}:00:00Z",
            "station": "RECEPTION-3",
        }
        for name, hour in (("mole", 13), ("rash", 12))
    ]


def test_in_a_pipe_the_table_is_tsv(desk: Desk, photos: dict[str, Verified]) -> None:
    """With a line of column names."""
    lines = desk.run("list").stdout.decode().splitlines()
    assert lines[0] == "record\tfiled\tcomputer\tdamage\tstate"
    assert lines[1] == f"{reference(photos['mole'])}\t2026-11-22T13:00:00Z\tRECEPTION-3\t\t"


def test_on_a_screen_times_are_those_of_the_wall(desk: Desk, photos: dict[str, Verified]) -> None:
    """And the columns are aligned."""
    with desk.sit("list") as session:
        assert session.finish().status == 0
        assert "record     filed              computer" in session.screen
        assert "damage" not in session.screen
        assert f"{reference(photos['mole'])}  22 Nov 2026 " in session.screen


@pytest.mark.parametrize("number", [f"{CHILD}\n".encode(), b"999 000 0018", b"\xef\xbb\xbf\r\n999-000-0018\r\n\r\n"])
def test_one_patients_records_are_found_by_the_number_on_standard_input(
    desk: Desk, photos: dict[str, Verified], number: bytes
) -> None:
    """As people and spreadsheets write it; a synthetic number names nobody and may be looked for."""
    assert names(desk, "--patient", "-", stdin=number) == [reference(photos["rash"])]


def test_a_number_comes_from_a_file_or_the_keyboard(desk: Desk, photos: dict[str, Verified], tmp_path: Path) -> None:
    """Also where there is a terminal; and where standard input is the keyboard, it is asked for."""
    number = tmp_path / "number.txt"
    number.write_text(CHILD)
    asked = ("list", "--json", "--patient", "-")
    with desk.sit(*asked, piped=["stdout"], stdin=number.read_bytes()) as session:
        assert [line["record"] for line in ndjson(session.finish())] == [reference(photos["rash"])]
    with desk.sit(*asked, piped=["stdout"]) as session:
        session.answer("Patient number: ", CHILD)
        assert [line["record"] for line in ndjson(session.finish())] == [reference(photos["rash"])]


def test_standard_input_is_left_alone_unless_it_is_asked_for(desk: Desk, photos: dict[str, Verified]) -> None:
    """Whatever stands there, an empty one, a number of somebody, or a whole file: everything is listed."""
    for stdin in (b"", b" \n\n", CHILD.encode(), b"hello", b"1" * 9000):
        assert len(names(desk, stdin=stdin)) == len(photos)


def test_a_loop_that_reads_lines_goes_on(desk: Desk, photos: dict[str, Verified]) -> None:
    """`while read` shares its standard input with every command in it."""
    script = 'printf "a\\nb\\nc\\n" | while read -r line; do "$@" list -q > /dev/null; echo "$line"; done'
    outcome = run(["bash", "-c", script, "bash", *IMGFILE], env=desk.environment)
    assert (outcome.stdout, outcome.status) == (b"a\nb\nc\n", 0)
    assert photos


def test_a_closed_standard_input_names_nobody_either(desk: Desk, photos: dict[str, Verified]) -> None:
    """As some schedulers leave it."""
    outcome = run(["sh", "-c", 'exec "$@" <&-', "sh", *IMGFILE, "list"], env=desk.environment)
    assert outcome.status == 0, outcome.words
    assert len(outcome.stdout.splitlines()) == 1 + len(photos)


def test_a_patient_without_photos_has_none(desk: Desk, photos: dict[str, Verified]) -> None:
    """That is no error."""
    assert photos
    outcome = desk.run("list", "--patient", "-", stdin=b"9990000026")
    assert (outcome.status, outcome.words) == (0, "Nothing is filed for this patient.\n")


@pytest.mark.parametrize("number", [b"9990000019", b"hello", b"1" * 9000, b"9990000018\n9990000026\n", b"", b" \n"])
def test_what_is_no_number_is_refused_and_not_repeated(desk: Desk, number: bytes) -> None:
    """No list of everything comes instead, and no number lands in a log (R23)."""
    outcome = desk.run("list", "--json", "--patient", "-", stdin=number)
    assert outcome.status == 13
    assert outcome.stdout == b""
    assert not number.strip() or number[:5].decode() not in outcome.words


def test_a_damaged_record_is_listed_as_that_beside_the_others(desk: Desk, photos: dict[str, Verified]) -> None:
    """And the exit code says so."""
    rash = photos["rash"]
    where = layout.record(rash.patient, rash.record)
    (desk.practice.folder / where / layout.MANIFEST).write_bytes(b"broken")
    outcome = desk.run("list", "--json")
    damaged, sound = ndjson(outcome)
    assert (damaged["type"], damaged["record"], damaged["where"]) == ("damaged", reference(rash), where)
    assert (sound["type"], sound["record"]) == ("record", reference(photos["mole"]))
    assert outcome.status == 16
    assert "1 record is damaged" in outcome.words
    assert desk.run("list").stdout.decode().splitlines()[1].startswith(f"{reference(rash)}\t\t\t")
    with desk.sit("list") as session:
        assert session.finish().status == 16
        assert "damage" in session.screen.splitlines()[0]


def test_what_a_dead_run_left_is_not_listed(desk: Desk, photos: dict[str, Verified]) -> None:
    """A record exists when its manifest does."""
    rash = photos["rash"]
    (desk.practice.folder / layout.record(rash.patient, rash.record) / layout.MANIFEST).unlink()
    assert names(desk) == [reference(photos["mole"])]


def test_unsorted_tells_the_same_records(desk: Desk, photos: dict[str, Verified]) -> None:
    """In the order of their directories."""
    assert sorted(names(desk, "--unsorted")) == sorted(map(reference, photos.values()))


def test_an_empty_vault_says_so(desk: Desk) -> None:
    """On standard error; standard output has nothing, not even the names of columns."""
    outcome = desk.run("list")
    assert (outcome.status, outcome.stdout, outcome.words) == (0, b"", "Nothing is filed.\n")
    quiet = desk.run("list", "-q")
    assert (quiet.status, quiet.stdout, quiet.stderr) == (0, b"", b"")


def test_a_quiet_list_has_rows_alone(desk: Desk, photos: dict[str, Verified]) -> None:
    """For `cut` and `while read`, and for a mail a night that nobody wants."""
    lines = desk.run("list", "-q").stdout.decode().splitlines()
    assert sorted(line.split("\t")[0] for line in lines) == sorted(map(reference, photos.values()))


def test_days_order_and_number_narrow_the_list(desk: Desk, photos: dict[str, Verified]) -> None:
    """By when they were filed, here; as many as are wanted, in the order that is wanted."""
    later = desk.practice.file_decided(filed(KNEE), at=NOON + timedelta(days=3))
    rash, mole, knee = (reference(photos["rash"]), reference(photos["mole"]), reference(later))
    for arguments, found in (
        (["--since", "25/11/2026"], [knee]),
        (["--until", "22 Nov 2026"], [mole, rash]),
        (["--since", "22/11/2026", "--until", "2026-11-25"], [knee, mole, rash]),
        (["--since", "23/11/2026", "--until", "24/11/2026"], []),
        (["--limit", "2"], [knee, mole]),
        (["--limit", "2", "--sort", "oldest"], [rash, mole]),
        (["--sort", "oldest"], [rash, mole, knee]),
        (["--sort", "computer", "--limit", "1"], [knee]),
        (["--sort", "newest", "--until", "22/11/2026", "--limit", "1"], [mole]),
        (["--patient", "-", "--limit", "1"], [knee]),
    ):
        assert names(desk, *arguments, stdin=CHILD.encode()) == found, arguments  # which `--patient -` alone reads
    assert len(names(desk, "--unsorted", "--limit", "2")) == 2
    assert "Nothing was filed on these days." in desk.run("list", "--until", "1/1/2026").words


def test_damaged_records_come_first_whatever_is_asked_for(desk: Desk, photos: dict[str, Verified]) -> None:
    """Nobody knows when they were filed; no limit leaves them out."""
    rash = photos["rash"]
    where = layout.record(rash.patient, rash.record)
    (desk.practice.folder / where / layout.MANIFEST).write_bytes(b"broken")
    for arguments in (["--limit", "1"], ["--since", "22/11/2026", "--sort", "oldest"], ["--sort", "computer"]):
        outcome = desk.run("list", "--json", *arguments)
        assert outcome.status == 16
        assert [line["record"] for line in ndjson(outcome)] == [reference(rash), reference(photos["mole"])], arguments


def test_what_cannot_be_listed_so_is_refused(desk: Desk, photos: dict[str, Verified]) -> None:
    """With all that is wrong, and nothing printed."""
    assert photos
    for arguments, status, words in (
        (["--limit", "0"], 2, "--limit"),
        (["--sort", "size"], 2, "--sort"),
        (["--unsorted", "--sort", "oldest"], 2, "--unsorted and --sort"),
        (["--since", "soon", "--until", "31/2/2026"], 13, "2 answers cannot be used"),
        (["--since", "22/11/2026", "--until", "21/11/2026"], 13, "--until: ends before it begins"),
        (["--since", "1/1/2090"], 13, "--since: begins in the future"),
    ):
        outcome = desk.run("list", *arguments)
        assert (outcome.status, outcome.stdout) == (status, b""), (arguments, outcome.words)
        assert words in outcome.words, arguments
