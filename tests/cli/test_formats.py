"""A command that people are shown can be typed as it stands."""

from __future__ import annotations

import pytest

from imgfile.cli import formats


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
