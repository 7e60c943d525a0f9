r"""The terminal's rules. Everything that a person or a pipe gets from imgfile goes through here and obeys them.

1. Standard output carries only what was asked for: NDJSON, a table, a page of help, or a photo's bytes. Without
   a reader (`| head`) the command ends quietly: `ReaderGone`. Bytes that are no text never go to a screen.
2. Standard error carries words for people. It may be closed: that loses words, never work.
3. A message is one line, spelled `imgfile: error: …`, `imgfile: warning: …` or `imgfile: hint: …`; only a
   hint of several lines becomes several, each spelled so. A screen that is too narrow breaks it between words, but
   never within a command, which is there to be copied.
4. Questions, and what must be read to answer them, go to the controlling terminal, wherever the three
   streams lead: `cat photo | imgfile ingest -` can still ask, and no log takes a patient's number.
5. Text is sanitised as it is shown, by whatever shows it. In the words of a question and in hints a newline
   is ours, so text that is not ours passes `sanitise` before it joins them.
   A picture goes to a screen that can show it, and only when it was asked for.
6. Data in a pipe is UTF-8, whole and reversible: what could steer a terminal is escaped (`\n`, `\u202e`), not
   replaced. A table is TSV with a line of column names, which `--quiet` leaves out, and a backslash in a cell
   is doubled.
7. Meaning never hangs on colour. NO_COLOR, or TERM=dumb, turns it off; FORCE_COLOR turns it on in a pipe.
8. Progress is for a screen, and only for what lasts longer than `progress.PROGRESS_DELAY_SECONDS`. A question hides it.
9. An answer is one line of any length up to `keyboard.ANSWER_MAX_CHARACTERS`. Newlines inside a paste become
   spaces (not on Windows): the rest of a text must never answer the next question. Ctrl-C and Ctrl-D cancel.
10. A list that is longer than the screen is shown by this account's pager; never in a pipe, nor with `--no-pager` or
   `--no-input`.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from imgfile.errors import AnswerInvalid, Cancelled, Damaged, Error, NotWritable, RefusedByRule, UsageError
from imgfile.terminal.text import folded, reversible, sanitise

__all__ = ["CANCELLED_WORDS", "STOPPED_WORDS", "Lines", "ReaderGone", "Terminal", "sanitise"]

if TYPE_CHECKING:
    from imgfile.terminal.pictures import Picture
    from imgfile.terminal.progress import ProgressBar

STOPPED_WORDS: Final = "you stopped it. What it reported as done is done."
"""Of a command that files nothing, and was stopped at work."""
CANCELLED_WORDS: Final = "you stopped it. What was reported as filed is filed; the rest is untouched."

_READER_GONE: Final = (errno.EPIPE, errno.EINVAL) if os.name == "nt" else (errno.EPIPE,)
ANSWER_COLUMNS: Final = 16
"""How much room a short answer takes, such as a patient's number or "mother by phone": less is left beside no question
on a screen that is twice as wide."""
_COLUMNS: Final = 80
"""How wide a screen is taken to be that does not say."""
_COLOURS: Final = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "hint": "\x1b[1;36m"}
_COLOUR_ENDS: Final = "\x1b[0m"
_ESCAPE: Final = re.compile(r"\x1b\[[0-9;]*m")


class Lines(tuple[str, ...]):
    """A cell of several lines on a screen, of one line elsewhere."""

    __slots__ = ()

    def __str__(self) -> str:
        return " ".join(self)


class ReaderGone(Exception):
    """Whoever read standard output has stopped. Not an error: there is nobody left to report to."""

    exit_code: Final = 141
    """What a shell reports of a program that SIGPIPE ended (128 + 13)."""


class Terminal:
    """The three streams and the person, as one command was asked to use them."""

    def __init__(self, *, json: bool = False, quiet: bool = False, may_ask: bool = True, may_page: bool = True) -> None:
        self.is_json = json
        self._may_page = may_page
        self.is_quiet = quiet
        self._may_ask = may_ask
        self._bar: ProgressBar | None = None

    # words for people, on standard error

    def say(self, line: str) -> None:
        """Print one line for the person; `--quiet` leaves it out."""
        if not self.is_quiet:
            _print_message(line)

    def warn(self, line: str) -> None:
        """Warn the person, `--quiet` or not."""
        _print_message(line, "warning")

    def error(self, error: Error) -> None:
        """Print what went wrong, by which rule or in which record, each invalid answer with its flag, and what to do.

        That somebody chose to stop is a plain sentence.
        """
        rule = f"{error.rule}: " if isinstance(error, RefusedByRule) else ""
        if isinstance(error, Cancelled) and error.is_chosen:
            _print_message(f"imgfile: {error.message}")
        else:
            if isinstance(error, Cancelled) and _is_screen(sys.stderr):  # behind the ^C that the terminal shows
                with contextlib.suppress(OSError):
                    sys.stderr.write("\n")
            _print_message(_met_in(error) + rule + error.message, "error")
        for problem in error.problems if isinstance(error, AnswerInvalid) else ():
            if not problem.is_missing:  # the message lists what is missing
                _print_message(f"{problem.flag}: {problem.message}", "error")
        for line in error.hint.split("\n") if error.hint else ():
            _print_message(line, "hint")

    @contextlib.contextmanager
    def progress(self, description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show how far a long task got; yields the function to call with each advance."""
        if self.is_quiet or not _is_screen(sys.stderr):
            yield lambda _: None
            return
        from imgfile.terminal.progress import ProgressBar  # noqa: PLC0415 - few commands last

        with ProgressBar(sanitise(description), total, has_colour=_has_colour(sys.stderr)) as self._bar:
            yield self._bar.advance

    # data, on standard output

    @property
    def has_screen(self) -> bool:
        """Whether standard output is a screen: where tables are aligned, and where no photo may go."""
        return _is_screen(sys.stdout)

    def data(self, facts: Mapping[str, object]) -> None:
        """Print one object as one line of NDJSON."""
        import json  # noqa: PLC0415 - only `--json` needs it

        if self._bar is not None and self.has_screen:
            self._hide_bar()
        _emit(reversible(json.dumps(facts, ensure_ascii=False, allow_nan=False)) + "\n")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, is_long: bool = False) -> None:
        """Print a table: aligned on a screen, TSV elsewhere. None is an empty cell, `Lines` one of several lines.

        A line of column names stands above TSV, which `--quiet` leaves out: then there is nothing but rows. One that
        `is_long` goes a screenful at a time where it does not fit on the screen (rule 10).
        """
        texts = ([_cell(cell) for cell in row] for row in rows)
        if self.has_screen:
            if kept := list(texts):
                self._hide_bar()
                page = _aligned(columns, kept)
                if not (is_long and self._is_paged(page)):
                    _emit(page)
            return
        if not self.is_quiet:
            _emit(_tsv(columns))
        for row in texts:
            _emit(_tsv(row))

    def _is_paged(self, page: str) -> bool:
        """Show a page in the pager, if somebody is there to leaf, it does not fit, and there is one; else False."""
        if not (self._may_page and self.can_ask):
            return False
        import shutil  # noqa: PLC0415 - only where a page may be long

        from imgfile.terminal import pager  # noqa: PLC0415

        columns, lines = shutil.get_terminal_size()
        if pager.fits(_ESCAPE.sub("", page), columns=columns, lines=lines) or not (command := pager.command()):
            return False
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        return pager.show(page, command)

    def beside_picture(self, picture: Picture | None, lines: Sequence[str]) -> None:
        """Print lines beside a small picture, or beside its empty place; only where `can_show_pictures`."""
        from imgfile.terminal.pictures import beside  # noqa: PLC0415 - rich is slow, and few commands show pictures

        _emit(beside(picture, [sanitise(line) for line in lines], width=_columns()))

    @property
    def can_show_pictures(self) -> bool:
        """Whether standard output is a screen that has the colours and the characters for small pictures."""
        if not (self.has_screen and _has_colour(sys.stdout)):
            return False
        from imgfile.terminal.pictures import has_depth  # noqa: PLC0415 - see above

        return has_depth(sys.stdout.encoding)

    def page(self, text: str) -> None:
        """Print a page of our own words that was asked for, such as an overview."""
        _emit(text)

    def raw(self, data: bytes) -> None:
        """Write bytes as they are, for `-o -`. Raises `UsageError` where they would land on a screen."""
        if self.has_screen:
            raise UsageError(
                "the output is a photo, and standard output is a terminal.", "Give -o FILE, or pipe it on."
            )
        _emit(data)

    # asking, on the controlling terminal

    @property
    def can_ask(self) -> bool:
        """Whether there is a person to ask: a controlling terminal, and no --no-input."""
        if not self._may_ask:
            return False
        from imgfile.terminal import keyboard  # noqa: PLC0415 - only where somebody may be asked, here and below

        return keyboard.is_there()

    @property
    def columns(self) -> int:
        """How wide the screen is."""
        return _columns()

    @property
    def can_edit(self) -> bool:
        """Whether an answer may begin with text that is edited."""
        from imgfile.terminal import keyboard  # noqa: PLC0415

        return keyboard.can_edit()

    def show(self, line: str) -> None:
        """Show one line where questions are asked. Raises `AnswerInvalid` when there is no such place."""
        from imgfile.terminal import keyboard  # noqa: PLC0415

        with self._answering():
            keyboard.show("".join(f"{part}\n" for part in folded(sanitise(line), _columns())))

    @property
    def can_show_picture_here(self) -> bool:
        """Whether the controlling terminal has the colours and the characters for a picture."""
        from imgfile.terminal import keyboard  # noqa: PLC0415

        if os.environ.get("NO_COLOR") or not keyboard.can_show_until_key():
            return False
        from imgfile.terminal.pictures import has_depth  # noqa: PLC0415 - see above

        return has_depth(keyboard.ENCODING)

    @property
    def picture_room(self) -> tuple[int, int]:
        """The pixels that a picture may take, across and down, with a line left for words."""
        import shutil  # noqa: PLC0415

        columns, rows = shutil.get_terminal_size()
        return columns, 2 * max(rows - 2, 1)

    def look(self, picture: Picture, words: str) -> str:
        """Show a picture in the place of the screen until a key is pressed, and nothing of it afterwards.

        Return the key. Only where `can_show_picture_here`.
        """
        from imgfile.terminal import keyboard  # noqa: PLC0415
        from imgfile.terminal.pictures import alone  # noqa: PLC0415 - see above

        with self._answering():
            return keyboard.show_until_key(alone(picture, width=_columns()) + sanitise(words))

    @contextlib.contextmanager
    def other_screen(self) -> Iterator[bool]:
        """Show and ask what stands inside in the place of the screen, and leave nothing of it, whatever happens.

        Yields False where the terminal has no other screen: then it stays on this one.
        """
        from imgfile.terminal import keyboard  # noqa: PLC0415

        if not keyboard.can_show_until_key():
            yield False
            return
        try:
            with self._answering():
                keyboard.enter_other_screen()
            yield True
        finally:
            with contextlib.suppress(OSError):  # the terminal may be gone
                keyboard.leave_other_screen()

    def ask(self, words: str, *, default: str = "", secret: bool = False, prefill: str = "") -> str:
        """Ask for one line; Enter alone gives the default, which is shown in brackets.

        `prefill` stands on the line already, to be edited, where the terminal can do that (`can_edit`).

        Words that end with a colon are answered beside it if the screen leaves room there, others on a line of their
        own. All lines of `words` but the last are shown above. A secret is not echoed and comes back exactly as typed;
        other answers come back sanitised and stripped. Raises `Cancelled` on Ctrl-C and Ctrl-D, `AnswerInvalid` when
        nobody can be asked or the answer is no text or too long.
        """
        from imgfile.terminal import keyboard  # noqa: PLC0415

        lines = [sanitise(line) for line in words.split("\n")]
        bracket = f" [{sanitise(default)}]" if default else ""
        if lines[-1].endswith(":"):
            lines[-1] = f"{lines[-1][:-1]}{bracket}: "
        else:
            lines[-1:] = [lines[-1] + bracket, "> "]
        *above, question = [part for line in lines for part in _question_parts(line)]
        if not secret and _columns() - len(question) < ANSWER_COLUMNS <= _columns() // 2:
            above, question = [*above, question], "> "
        with self._answering():
            keyboard.show("".join(f"{line}\n" for line in above))
            typed = keyboard.ask_line(question, is_secret=secret, text=sanitise(prefill))
        if not secret:
            return sanitise(typed).strip() or default
        if any("\ud800" <= char <= "\udfff" for char in typed):  # bytes that the encoding does not have
            raise AnswerInvalid("what was typed is no text in this terminal's encoding.", "Type it in plain letters.")
        return typed

    def _hide_bar(self) -> None:
        """Take the progress off the screen: something else is to be read there. The next advance shows it again."""
        if self._bar is not None:
            self._bar.hide()

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        hint = "Give every answer by its flag, or as --answers FILE."
        if not self._may_ask:
            raise AnswerInvalid("there is a question to ask, and --no-input forbids it.", hint)
        self._hide_bar()
        try:
            yield
        except (KeyboardInterrupt, EOFError):
            raise Cancelled(CANCELLED_WORDS) from None
        except OSError:
            raise AnswerInvalid("there is a question to ask, and no terminal to ask it on.", hint) from None


# --- the streams ----------------------------------------------------------------------------------------


def _met_in(error: Error) -> str:
    """Return the reference of the record that damage was met in, before what lies in the vault is named."""
    record = error.record if isinstance(error, Damaged) else ""
    return f"{record}: " if record and record not in error.message else ""


def _print_message(line: str, kind: str = "") -> None:
    """Write a line, or a message of a kind; its colour is laid on last, so that it takes no room."""
    if sys.stderr is None:  # it is None when the caller closed it, whatever typeshed says
        return
    message = sanitise(f"imgfile: {kind}: {line}" if kind else line)
    if _is_screen(sys.stderr):
        message = "\n".join(folded(message, _columns()))
    if kind and _has_colour(sys.stderr):
        message = message.replace(f"{kind}:", f"{_COLOURS[kind]}{kind}:{_COLOUR_ENDS}", 1)
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(message + "\n")
        sys.stderr.flush()


def _columns() -> int:
    """Return how wide the screen is, by $COLUMNS or whichever stream leads to one."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isascii() and stated.isdecimal() and int(stated[:6]):
        return int(stated[:6])
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, no file, no terminal
            if stream is not None and (columns := os.get_terminal_size(stream.fileno()).columns):
                return columns
    return _COLUMNS


def _question_parts(line: str) -> list[str]:
    """Break a question between words, so that the cursor waits behind its last part."""
    parts = folded(line.rstrip(), _columns())
    return [*parts[:-1], parts[-1] + line[len(line.rstrip()) :]]


def _emit(data: str | bytes) -> None:
    if sys.stdout is None:
        raise NotWritable("standard output is closed.")
    encoding = sys.stdout.encoding if _is_screen(sys.stdout) else "utf-8"
    try:
        sys.stdout.flush()
        _write_all(sys.stdout.buffer, data.encode(encoding, "backslashreplace") if isinstance(data, str) else data)
        sys.stdout.buffer.flush()
    except OSError as error:
        if error.errno in _READER_GONE:
            raise ReaderGone from None
        raise NotWritable(f"standard output cannot be written: {error.strerror}.") from error


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write all of some bytes: without a buffer (PYTHONUNBUFFERED) one call may take only their beginning."""
    view = memoryview(data)
    while view:
        count: int | None = stream.write(view)
        if not count:  # a pipe that never waits, and is full
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        view = view[count:]


def _is_screen(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _has_colour(stream: TextIO | None) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    is_able = os.name != "nt" or "WT_SESSION" in os.environ  # an old Windows console prints the codes themselves
    return is_able and os.environ.get("TERM") != "dumb" and _is_screen(stream)


def _tsv(row: Iterable[object]) -> str:
    return "\t".join(reversible(str(cell).replace("\\", "\\\\")) for cell in row) + "\n"


def _cell(cell: object) -> str | Lines:
    if isinstance(cell, Lines):
        return cell
    return "" if cell is None else str(cell)


def _text(cell: str | Lines) -> str:
    return "\n".join(map(sanitise, cell if isinstance(cell, Lines) else (cell,)))


_REFERENCE: Final = re.compile(r"[0-9a-z]{4}-[0-9a-z]{4}")
"""What a record, an item or a proposal is called: somebody types it, and copies it whole."""
_ROOM_FOR_REFERENCES: Final = 40


def _aligned(columns: Sequence[str], rows: Iterable[Sequence[str | Lines]]) -> str:
    from rich.console import Console  # noqa: PLC0415 - 40 ms, and only a table on a screen needs it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    texts = [[_text(cell) for cell in row] for row in rows]
    for column, cells in zip(columns, zip(*texts, strict=True), strict=True):
        is_typed = _columns() >= _ROOM_FOR_REFERENCES and all(map(_REFERENCE.fullmatch, cells))
        table.add_column(Text(sanitise(column)), overflow="fold", no_wrap=is_typed)
    has_lines = any("\n" in text for row in texts for text in row)
    for number, row in enumerate(texts):
        if has_lines and number:
            table.add_row()  # a blank line between rows of several lines
        table.add_row(*map(Text, row))
    page = io.StringIO()
    console = Console(
        file=page,
        width=_columns(),
        color_system="standard" if _has_colour(sys.stdout) else None,
        force_terminal=True,
        legacy_windows=False,
    )
    console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())
