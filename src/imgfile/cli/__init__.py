"""Words in, words out: the command line.

Starting up is most of what a short command costs, so this module imports nearly nothing, answers `--version` by
itself, and hands everything else on:

    commands.py   which commands there are, and the overview of them
    dispatch.py   build the one that was named, run it, turn what went wrong into words and an exit code
    options.py    options that several commands share
    flags.py      an option for every question
    settings.py   the configuration file
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

CANCELLED_STATUS = 130
READER_GONE_STATUS = 141
"""What a shell reports of a program that SIGPIPE ended (128 + 13)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the words name (without the program's own name); return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["--version"]:
            from imgfile import __version__  # noqa: PLC0415 - what is not needed is not imported, here and below

            print(f"imgfile {__version__}")  # noqa: T201 - the terminal's rules would take longer to import than this
            return 0
        from imgfile.cli.dispatch import dispatch  # noqa: PLC0415

        return dispatch(arguments)
    except KeyboardInterrupt:  # while Python was still importing
        return CANCELLED_STATUS


def run() -> NoReturn:
    """Be the program `imgfile`."""
    status = 0
    try:
        status = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        import os  # noqa: PLC0415

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would complain as it ends
        status = status or (READER_GONE_STATUS if isinstance(error, BrokenPipeError) else 1)
    sys.exit(status)
