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
import unicodedata
from collections.abc import Iterator
from typing import Final

from imgfile.errors import AnswerInvalid
from imgfile.terminal.text import sanitise

ANSWER_MAX_CHARACTERS: Final = 20_000
"""Some eight pages: longer than any rationale, and a bound on what a runaway paste can hold."""

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

    def ask_line(question: str, *, is_secret: bool) -> str:
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

    _ENCODING: Final = sys.getfilesystemencoding()
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

    def ask_line(question: str, *, is_secret: bool) -> str:
        """Show a question and read one line, without echo if secret. Raises OSError, EOFError, KeyboardInterrupt."""
        has_paste_marks = os.environ.get("TERM", "dumb") != "dumb"
        with _controlling_terminal() as terminal, _unbuffered(terminal):
            try:
                _write(terminal, _ASK_FOR_PASTE_MARKS * has_paste_marks + question)
                return _Line(terminal, is_secret=is_secret).read()
            except KeyboardInterrupt:
                termios.tcflush(terminal, termios.TCIFLUSH)  # the shell must not get what was typed ahead
                raise
            finally:
                with contextlib.suppress(OSError):  # the terminal may be gone
                    _write(terminal, _END_PASTE_MARKS * has_paste_marks + "\n")

    def _write(terminal: int, text: str) -> None:
        data = text.encode(_ENCODING, "replace")
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

    class _Line:
        """One line as it is typed: Backspace, Ctrl-W and Ctrl-U erase; other keys that are no text do nothing."""

        def __init__(self, terminal: int, *, is_secret: bool) -> None:
            self._terminal = terminal
            self._is_secret = is_secret
            self._typed: list[str] = []
            self._is_pasting = False

        def read(self) -> str:
            decoder = codecs.getincrementaldecoder(_ENCODING)("surrogateescape")
            while True:
                byte = self._byte()
                if byte == b"\x1b":
                    self._note_sequence()
                    continue
                for char in decoder.decode(byte):
                    if char == "\n" and not self._is_pasting:
                        return "".join(self._typed)
                    self._take(char)

        def _take(self, char: str) -> None:
            match char:
                case "\x7f" | "\b":
                    self._erase(1)
                case "\x15":
                    self._erase(len(self._typed))
                case "\x17":
                    kept = "".join(self._typed).rstrip().rpartition(" ")
                    self._erase(len(self._typed) - len(kept[0] + kept[1]))
                case "\x04" if not self._typed:
                    raise EOFError
                case "\n":
                    self._add(" ")
                case _ if char >= " " or char == "\t":
                    self._add(char)

        def _add(self, char: str) -> None:
            if len(self._typed) == ANSWER_MAX_CHARACTERS:
                termios.tcflush(self._terminal, termios.TCIFLUSH)  # the rest must not answer anything else
                raise AnswerInvalid(f"an answer has at most {ANSWER_MAX_CHARACTERS:,} characters.", "Say it shorter.")
            self._typed.append(char)
            if not self._is_secret:
                _write(self._terminal, sanitise(char))

        def _erase(self, count: int) -> None:
            for char in reversed(self._typed[len(self._typed) - count :]):
                if not self._is_secret:
                    _write(self._terminal, "\b \b" * _columns(sanitise(char)))
            del self._typed[len(self._typed) - count :]

        def _note_sequence(self) -> None:
            """Swallow an escape sequence (ECMA-48 5.4), minding only where a paste begins and ends."""
            sequence = self._byte_at_once()
            if sequence == b"O":
                self._byte_at_once()
            elif sequence == b"[":
                while len(sequence) < _SEQUENCE_MAX_BYTES:
                    byte = self._byte_at_once()
                    sequence += byte
                    if not byte or b"@" <= byte <= b"~":
                        break
            if sequence in {_PASTE_BEGINS, _PASTE_ENDS}:
                self._is_pasting = sequence == _PASTE_BEGINS

        def _byte(self) -> bytes:
            byte = b""
            with contextlib.suppress(OSError):  # hung up: EIO or an empty read
                byte = os.read(self._terminal, 1)
            if not byte:
                raise EOFError
            return byte

        def _byte_at_once(self) -> bytes:
            ready, _, _ = select.select([self._terminal], [], [], _SEQUENCE_WAIT_SECONDS)
            return self._byte() if ready else b""

    def _columns(char: str) -> int:
        if unicodedata.combining(char):
            return 0
        return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
