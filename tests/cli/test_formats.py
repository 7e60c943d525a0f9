"""A command that people are shown can be typed as it stands, and dates are spelled in one way."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import imgfile
from imgfile.cli import formats
from imgfile.cli.formats import show_day, show_local_moment, show_moment_text
from imgfile.clinical.dates import show_date

SOURCE = Path(imgfile.__file__).parent


@pytest.mark.parametrize(("name", "shown"), [("Inbox", "Inbox"), ("Local Folders/Inbox", "'Local Folders/Inbox'")])
def test_a_posix_shell_gets_its_quotes(name: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where they are needed."""
    monkeypatch.setattr(formats, "_IS_WINDOWS", False)
    assert formats.shell_quoted(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [(r".\triage.mbox", r".\triage.mbox"), (r"C:\Mail Box\a", r"'C:\Mail Box\a'"), ("it's.mbox", "'it''s.mbox'")],
)
def test_powershell_gets_its_own(name: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quote within is doubled there."""
    monkeypatch.setattr(formats, "_IS_WINDOWS", True)
    assert formats.shell_quoted(name) == shown


def test_what_a_vault_wrote_is_shown_as_people_write_it() -> None:
    """Text that is no moment stays as it is: whoever writes to a share may put any there."""
    moment = datetime(2026, 11, 5, 14, 3, 11, tzinfo=UTC)
    assert show_day("2026-11-05T14:03:11Z") == show_date(moment.astimezone().date()) == "5 Nov 2026"
    assert show_moment_text("2026-11-05T14:03:11Z") == show_local_moment(moment)
    assert show_day("soon") == show_moment_text("soon") == "soon"


def test_nobody_spells_a_date_by_hand() -> None:
    """One form for people (`show_date`), ISO 8601 for programs: no format of days and months stands anywhere else."""
    spelled = re.compile(r"%d[ /:.-]?%[mbB]|%Y[-:/]?%m|%a %b|%[bB] %[dY]")
    found = {path for path in SOURCE.rglob("*.py") if spelled.search(path.read_text(encoding="utf-8"))}
    assert {path.relative_to(SOURCE).as_posix() for path in found} == {
        "vault/times.py",  # as a vault writes moments
        "acts/tables/write.py",  # as a spreadsheet takes them
        "acts/tables/workbook.py",
        "images/metadata/flir.py",  # as a camera does
        "acts/demonstration/photo.py",
        "acts/demonstration/mailbox.py",  # as an mbox does
        "clinical/patient.py",  # as a CHI number begins
    }
