"""`imgfile scan --table`: the table that an admin completes, in whatever spreadsheet, and that ingest files by."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
from pathlib import Path

import pytest

from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile
from kit.terminal.triage import ANSWERS, rows_in, scan


def respelt(cell: str) -> str:
    """Write a cell as a spreadsheet does that took it for a date."""
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)(?=$| \d\d:\d\d$)", r"\3/\2/\1", cell)


def complete(path: Path, *, delimiter: str, encoding: str) -> None:
    """Complete a table in a spreadsheet of another country: dates rewritten, cells with `'` kept, no mark."""
    rows = rows_in(path)
    for number, row in enumerate(rows):
        row.update({name: respelt(cell) for name, cell in row.items()})
        if not row["action"] and not row["note"]:
            row.update({"action": "file", **ANSWERS, "dob": "03/03/1971" if number % 2 else "1971-03-03"})
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(page.getvalue().encode(encoding))


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), (",", "utf-8-sig"), ("\t", "utf-8")])
def test_a_table_goes_to_a_spreadsheet_and_back_and_is_filed(
    desk: Desk, here: Path, delimiter: str, encoding: str
) -> None:
    """Dialogue B: scan, complete, try, file; then the list of what lies in the mail account still."""
    env = {**desk.environment, "TZ": "UTC"}
    scanned = scan(here, "triage.mbox", "--table", "triage.csv")
    assert (scanned.status, scanned.stdout) == (0, b"")
    assert scanned.words.startswith(
        'triage.mbox: 5 messages, 9 images, 4 likely logos (action "skip"), not looked into: 1 encrypted file.  '
        "-> triage.csv, 9 rows\n"
        "Complete its right half, then:  imgfile ingest --table triage.csv --dry-run\n"
    )
    complete(here / "triage.csv", delimiter=delimiter, encoding=encoding)
    table = ("ingest", "--table", "triage.csv", "--allow-test-id")
    tried = imgfile(*table, "--dry-run", cwd=here, env=env)
    counted = "9 rows: 4 ready, 4 skipped, 1 undecided. Nothing was changed.\n"
    undecided = "The column action says what is done: file, or skip. It is empty in row 4.\n"
    assert tried.words.endswith(f"{counted}{undecided}Not looked into: 1 encrypted file.\n")
    done = imgfile(*table, "--yes", "--json", cwd=here, env=env, timeout=60)
    summary = ndjson(done)[-1]
    assert (summary["filed"], summary["erased"], summary["skipped"], summary["undecided"]) == (4, 4, 4, 1)
    assert "4 messages are still in the mail account; list: imgfile scan triage.mbox --filed\n" in done.words
    records = {line["record"] for line in ndjson(done) if line.get("outcome") == "filed"}
    filed = ndjson(scan(here, "triage.mbox", "--filed", "--json"))
    assert {record for line in filed if line["type"] == "filed" for record in line["records"]} == records


def test_the_table_is_what_a_spreadsheet_takes(here: Path) -> None:
    """With its mark, CRLF, the columns in order, and no cell that could be calculated."""
    assert scan(here, "triage.mbox", "--table", "t.csv").status == 0
    data = (here / "t.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrow,source,part,name,sha256,sent,from,subject,message_id,type,pixels,bytes,")
    assert data.split(b"\r\n", 1)[0].endswith(
        b"note,action,patient,scheme,dob,for_row,date_reason,body_site,sensitivity,intimate,purpose,basis,giver,form,"
        b"spoken_since,view_once,agreed_to_keep,obtained_by,obtained_at,objection,rationale,"
        b"competence_evidence,capacity_evidence,decided_by,authority,consulted,consent_document,covers,outlet,"
        b"recognisable,disposition"
    )
    assert b"\n" not in data.replace(b"\r\n", b"")
    rows = rows_in(here / "t.csv")
    assert [row["row"] for row in rows] == [str(number) for number in range(2, 11)]
    assert {row["action"] for row in rows if row["note"].startswith("likely logo")} == {"skip"}
    assert {row["action"] for row in rows if not row["note"].startswith("likely logo")} == {""}
    assert [row["part"] for row in rows[:3]] == ["'4/2", "'4/3", "'4/4"]
    (attack,) = {row["subject"] for row in rows if "rash" in row["subject"]}
    assert attack == "'=1+1 \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}rash"
    assert (rows[-2]["sent"], rows[-2]["taken"]) == ("2026-11-11 08:12", "2026-11-11 08:09")


def test_the_table_is_its_owners_alone_and_never_overwritten(here: Path) -> None:
    """Once completed it names patients."""
    assert scan(here, "triage.mbox", "--table", "t.csv").status == 0
    before = (here / "t.csv").read_bytes()
    assert stat.S_IMODE((here / "t.csv").stat().st_mode) == 0o600
    again = scan(here, "triage.mbox", "--table", "t.csv")
    assert again.status == 19
    assert "t.csv is there already" in again.words
    assert (here / "t.csv").read_bytes() == before
    assert scan(here, "triage.mbox", "--table", "no/such/t.csv").status == 19


def test_a_table_of_ndjson_is_completed_by_a_script(desk: Desk, here: Path) -> None:
    """Each line is a row; what --json prints becomes one by adding answers, too."""
    env = {**desk.environment, "TZ": "UTC"}
    scan(here, "triage.mbox", "--table", "t.ndjson")
    printed = scan(here, "triage.mbox", "--json").stdout.decode()
    written = (here / "t.ndjson").read_text().splitlines()
    assert [json.loads(line)["action"] for line in written].count("skip") == 4
    for lines in (written, printed.splitlines()):
        facts = [json.loads(line) for line in lines]
        rows = [{**line, "action": "file", **ANSWERS} if line["type"] == "photo" else line for line in facts]
        (here / "t2.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        tried = imgfile("ingest", "--table", "t2.ndjson", "--dry-run", "--allow-test-id", cwd=here, env=env)
        assert " ready, 1 cannot be read" in tried.words


def test_a_part_that_a_spreadsheet_turned_into_a_date_is_told(desk: Desk, here: Path) -> None:
    """As a program does that the apostrophe was taken from."""
    (here / "t.csv").write_text("source,part,action\ntriage.mbox,04-Feb,file\n")
    outcome = desk.run("ingest", "--table", here / "t.csv", "--dry-run")
    assert outcome.status == 13
    assert "row 2: the spreadsheet has turned the part into a date." in outcome.words


def test_a_name_that_is_no_text_needs_a_table_of_ndjson(here: Path) -> None:
    """A spreadsheet could not hold it."""
    name = os.fsdecode(b"tri\xffage.mbox")
    (here / "triage.mbox").rename(here / name)
    assert scan(here, ".", "--table", "t.csv").status == 19
    assert not (here / "t.csv").exists()
    assert scan(here, ".", "--table", "t.ndjson").status == 0
    assert json.loads((here / "t.ndjson").read_text().splitlines()[0])["source"] == name
