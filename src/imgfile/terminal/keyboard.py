"""One line from the person at the controlling terminal, wherever the standard streams lead.

On POSIX that is `/dev/tty`, read key by key: the kernel's own line editing stops at 4,095 bytes (Linux) or 1,024
(macOS) and cannot tell a paste from typing. readline reads the standard streams, which may be a photo. On Windows it
is `CONIN$` and `CONOUT$`, whose line editing is the console's: there, a paste of several lines is several answers.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import Final

from imgfile.errors import AnswerInvalid
from imgfile.terminal.line_editor import ANSWER_MAX_CHARACTERS, Line

ENCODING: Final = sys.getfilesystemencoding() if sys.platform != "win32" else "utf-8"
"""What the controlling terminal's text is written in."""
_ENTER_OTHER_SCREEN: Final = "\x1b[?1049h\x1b[2J\x1b[H"
_LEAVE_OTHER_SCREEN: Final = "\x1b[2J\x1b[H\x1b[?1049l"
"""The alternate screen (xterm's 1049), which has no scrollback; it is cleared before it is left."""

if sys.platform == "win32":  # pragma: no cover - the tests run where there are pseudo-terminals
    import msvcrt
    from pathlib import Path

    def is_there() -> bool:
        """Whether this process has a controlling terminal."""
        try:
            Path("CONIN$").open(encoding="utf-8").close()
        except OSError:
            return False
        return True

    def show(text: str) -> None:
        """Write on the controlling terminal. Raises OSError."""
        with Path("CONOUT$").open("w", encoding="utf-8") as screen:
            screen.write(text)

    def can_edit() -> bool:
        """Return whether a line may begin with text that is edited: not here, where the console edits lines itself."""
        return False

    def can_show_until_key() -> bool:
        """Return whether the terminal has another screen; an old Windows console has none."""
        return "WT_SESSION" in os.environ

    def enter_other_screen() -> None:
        """Put an empty screen in the place of this one. Raises OSError."""
        show(_ENTER_OTHER_SCREEN)

    def leave_other_screen() -> None:
        """Clear that screen, and bring this one back. Raises OSError."""
        show(_LEAVE_OTHER_SCREEN)

    def show_until_key(text: str) -> str:
        """Show a screenful in the place of the screen until a key is pressed; return the key. Raises OSError."""
        show(_ENTER_OTHER_SCREEN + text)
        try:
            return msvcrt.getwch()
        finally:
            show(_LEAVE_OTHER_SCREEN)

    def ask_line(question: str, *, is_secret: bool, text: str = "") -> str:  # noqa: ARG001 - one signature everywhere
        """Show a question and read one line, without echo if secret. Raises OSError, EOFError, KeyboardInterrupt."""
        show(question)
        if is_secret:
            return _unechoed_line()
        with Path("CONIN$").open(encoding="utf-8") as keyboard:
            line = keyboard.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def _unechoed_line() -> str:
        typed = ""
        while (char := msvcrt.getwch()) not in "\r\n":
            if char == "\x03":
                raise KeyboardInterrupt
            typed = typed[:-1] if char == "\b" else typed + char
        show("\n")
        return typed

else:
    import select
    import termios

    _PASTE_BEGINS, _PASTE_ENDS = b"[200~", b"[201~"
    _ASK_FOR_PASTE_MARKS, _END_PASTE_MARKS = "\x1b[?2004h", "\x1b[?2004l"
    _SEQUENCE_WAIT_SECONDS: Final = 0.05
    """A terminal sends an arrow key's bytes at once; a person's Escape comes alone."""
    _SEQUENCE_MAX_BYTES: Final = 32
    _INPUT_FLAGS, _LOCAL_FLAGS, _CONTROL_CHARACTERS = 0, 3, 6

    @contextlib.contextmanager
    def _controlling_terminal() -> Iterator[int]:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)  # ENXIO: there is none
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def is_there() -> bool:
        """Whether this process has a controlling terminal."""
        try:
            with _controlling_terminal():
                return True
        except OSError:
            return False

    def show(text: str) -> None:
        """Write on the controlling terminal. Raises OSError."""
        with _controlling_terminal() as terminal:
            _write(terminal, text)

    def can_edit() -> bool:
        """Return whether a line may begin with text that is edited, on a terminal whose cursor can be moved."""
        return _has_codes()

    def can_show_until_key() -> bool:
        """Return whether the terminal has another screen."""
        return _has_codes()

    def enter_other_screen() -> None:
        """Put an empty screen in the place of this one. Raises OSError."""
        show(_ENTER_OTHER_SCREEN)

    def leave_other_screen() -> None:
        """Clear that screen, and bring this one back. Raises OSError."""
        show(_LEAVE_OTHER_SCREEN)

    def show_until_key(text: str) -> str:
        """Show a screenful in the place of the screen until a key is pressed; return the key. Raises OSError.

        Raises KeyboardInterrupt, and EOFError where the terminal is gone; the screen is as it was in any case.
        """
        with _controlling_terminal() as terminal, _unbuffered(terminal):
            try:
                _write(terminal, _ENTER_OTHER_SCREEN + text)
                key = os.read(terminal, _SEQUENCE_MAX_BYTES)  # an arrow key's bytes come together
            finally:
                with contextlib.suppress(OSError):
                    _write(terminal, _LEAVE_OTHER_SCREEN)
        if not key:
            raise EOFError
        return key.decode("ascii", "replace")

    def ask_line(question: str, *, is_secret: bool, text: str = "") -> str:
        """Show a question and read one line, without echo if secret; `text` stands there already, to be edited.

        Raises OSError, EOFError, KeyboardInterrupt.
        """
        has_codes = _has_codes()
        with _controlling_terminal() as terminal, _unbuffered(terminal):
            columns = os.get_terminal_size(terminal).columns if has_codes and not is_secret else 0
            line = Line(partial(_write, terminal), question, columns=columns, is_secret=is_secret)
            try:
                _write(terminal, _ASK_FOR_PASTE_MARKS * has_codes + question)
                line.begin(text)
                return _read_into(line, terminal)
            except KeyboardInterrupt:
                termios.tcflush(terminal, termios.TCIFLUSH)  # the shell must not get what was typed ahead
                raise
            except OverflowError:
                termios.tcflush(terminal, termios.TCIFLUSH)  # the rest must not answer anything else
                raise AnswerInvalid(
                    f"an answer has at most {ANSWER_MAX_CHARACTERS:,} characters.", "Say it shorter."
                ) from None
            finally:
                with contextlib.suppress(OSError):  # the terminal may be gone
                    line.leave()
                    _write(terminal, _END_PASTE_MARKS * has_codes + "\n")

    def _has_codes() -> bool:
        return os.environ.get("TERM", "dumb") != "dumb"

    def _write(terminal: int, text: str) -> None:
        data = text.encode(ENCODING, "replace")
        while data:
            data = data[os.write(terminal, data) :]

    @contextlib.contextmanager
    def _unbuffered(terminal: int) -> Iterator[None]:
        """Let keys come one by one and unechoed. Ctrl-C stays a signal, and flushes nothing of ours."""
        before, during = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
        during[_INPUT_FLAGS] |= termios.ICRNL
        during[_LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
        during[_LOCAL_FLAGS] |= termios.ISIG | termios.NOFLSH
        during[_CONTROL_CHARACTERS][termios.VMIN] = 1
        during[_CONTROL_CHARACTERS][termios.VTIME] = 0
        during[_CONTROL_CHARACTERS][termios.VSUSP] = b"\x00"  # resumed by a shell, a secret would be echoed
        try:
            termios.tcsetattr(terminal, termios.TCSADRAIN, during)
        except termios.error as error:  # EIO: in the background, with nobody to bring it forward
            raise OSError(*error.args) from error
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(terminal, termios.TCSADRAIN, before)

    def _read_into(line: Line, terminal: int) -> str:
        """Read keys into a line until Enter, which a paste's line ends are not; return it."""
        decoder = codecs.getincrementaldecoder(ENCODING)("surrogateescape")
        is_pasting = False
        while True:
            byte = _byte(terminal)
            if byte == b"\x1b":
                sequence = _sequence(terminal)
                if sequence in {_PASTE_BEGINS, _PASTE_ENDS}:
                    is_pasting = sequence == _PASTE_BEGINS
                else:
                    line.move(sequence)
                continue
            for char in decoder.decode(byte):
                if is_pasting:
                    line.paste(char)
                    continue
                if char == "\n":
                    return line.text
                if char == "\x04" and not line.text:
                    raise EOFError
                line.take(char)

    def _sequence(terminal: int) -> bytes:
        """Read the rest of an escape sequence (ECMA-48 5.4)."""
        sequence = _byte_at_once(terminal)
        if sequence == b"O":
            return sequence + _byte_at_once(terminal)
        if sequence == b"[":
            while len(sequence) < _SEQUENCE_MAX_BYTES:
                byte = _byte_at_once(terminal)
                sequence += byte
                if not byte or b"@" <= byte <= b"~":
                    break
        return sequence

    def _byte(terminal: int) -> bytes:
        byte = b""
        with contextlib.suppress(OSError):  # hung up: EIO or an empty read
            byte = os.read(terminal, 1)
        if not byte:
            raise EOFError
        return byte

    def _byte_at_once(terminal: int) -> bytes:
        ready, _, _ = select.select([terminal], [], [], _SEQUENCE_WAIT_SECONDS)
        return _byte(terminal) if ready else b""
