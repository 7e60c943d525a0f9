"""The manual page, made from the help pages and the table of exit codes: roff of man(7), read by `man` and by groff."""

from __future__ import annotations

import inspect
import re
from typing import Final

from imgfile import __version__, errors
from imgfile.cli.registry import every_command
from kit.terminal.processes import imgfile

_COLUMNS: Final = "76"

_HEAD: Final = """\
.\\" Made from the help pages by tests/kit/manual_page.py; a test compares the two.
.TH IMGFILE 1 "" "imgfile {version}" "User Commands"
.SH NAME
imgfile \\- file clinical photographs into sealed records, then erase the source
.SH SYNOPSIS
.B imgfile
.I COMMAND
.RI [ OPTIONS ]
"""


def manual_page() -> str:
    """Return the page."""
    parts = [
        _HEAD.format(version=__version__),
        _section("DESCRIPTION", _preformatted(_help())),
        *(_section(f"IMGFILE {name.upper()}", _preformatted(_help(*name.split()))) for name in every_command()),
        _section("EXIT STATUS", _statuses()),
    ]
    return "".join(parts)


def _section(title: str, text: str) -> str:
    return f".SH {title}\n{text}"


def _help(*command: str) -> str:
    shown = imgfile(*command, "--help", env={"COLUMNS": _COLUMNS})
    assert shown.status == 0, shown.words
    return shown.stdout.decode()


def _preformatted(text: str) -> str:
    lines = "".join(f"{_escaped(line.rstrip())}\n" for line in text.strip("\n").splitlines())
    return f".nf\n{lines}.fi\n"


def _statuses() -> str:
    found = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.Error)]
    rows = [(each.exit_code, each.slug, " ".join((inspect.getdoc(each) or "").split())) for each in found]
    done = ".TP\n.B 0\nEverything that was asked is done.\n"
    return done + "".join(f".TP\n.B {code} {_escaped(slug)}\n{_escaped(truth)}\n" for code, slug, truth in rows)


def _escaped(line: str) -> str:
    """Spell a line so that roff prints it as it is: groff_char(7), and no request at its beginning."""
    text = line.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
