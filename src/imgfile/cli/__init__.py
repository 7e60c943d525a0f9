"""Words in, words out: the command line.

Starting up is most of what a short command costs, so this module imports nearly nothing, answers `--version` by
itself, and hands everything else on:

    registry.py          which commands there are, and the overview of them
    app.py               build the one that was named, run it, turn what went wrong into words and an exit code
    commands/            one file a command, by the command's own name
    ingest/, demo/       what those two commands need besides
    options.py           options that several commands share
    life/                what the commands share that show a record, and add to it
    question_options.py  an option for every question
    search_options.py    the options that narrow a search of mailboxes
    config.py            the configuration file
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

COLLECTION_THRESHOLD = 50_000
"""A tenth of a command's start-up would go into collections that find nothing; a long batch still has them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the words name (without the program's own name); return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments[:1] == ["--version"]:
            from imgfile import __version__  # noqa: PLC0415 - what is not needed is not imported, here and below

            print(f"imgfile {__version__}")  # noqa: T201 - the terminal's rules would take longer to import than this
            return 0
        from imgfile.cli.app import dispatch  # noqa: PLC0415

        return dispatch(arguments)
    except KeyboardInterrupt:  # while Python was still importing
        return CANCELLED_STATUS


def run() -> NoReturn:
    """Be the program `imgfile`."""
    import gc  # noqa: PLC0415 - built in
    import os  # noqa: PLC0415 - every Python has it loaded

    gc.set_threshold(COLLECTION_THRESHOLD)
    status = 0
    try:
        status = main()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # the caller may have closed it
                stream.flush()
    except OSError as error:
        status = status or (READER_GONE_STATUS if isinstance(error, BrokenPipeError) else 1)
    # Everything durable is on the disk and every lock is let go: tearing the interpreter down would only take time.
    os._exit(status)
