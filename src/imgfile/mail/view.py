"""What is searched, as bytes: mostly a read-only map of an open file, small in memory however large the file is.

Pages that were walked are given back to the system, so a 40 GB export costs what its largest attachment
costs. A file that is truncated while it is mapped ends the process (SIGBUS): nothing was written by then, and
`locks.hold` keeps well-behaved mail programs out.
"""

from __future__ import annotations

import contextlib
import mmap
import re
import sys
from collections.abc import Iterator
from typing import Final

from imgfile.errors import SourceChanged, SourceUnavailable
from imgfile.files import FileIdentity
from imgfile.mail.budget import Budget

WINDOW_BYTES: Final = 32 << 20
"""How much is walked before its pages are given back."""
_LONGEST_MARK_BYTES: Final = 64


class View:
    """Random access to bytes that are searched, in memory or in a file. Offsets count from the first."""

    def __init__(self, buffer: bytes | mmap.mmap) -> None:
        self._buffer = buffer
        self.budget = Budget(len(buffer))
        """What may be unpacked of the file; bytes that were unpacked share that of the file (`wrapping`)."""

    def __len__(self) -> int:
        return len(self._buffer)

    def slice(self, start: int, end: int) -> bytes:
        """Return a copy of the bytes from `start` up to `end`."""
        return self._buffer[start:end]

    def every(self, step: int, start: int, end: int) -> bytes:
        """Return the byte at `start`, and each that stands `step` after one, up to `end`."""
        return self._buffer[start:end:step]

    def match(self, pattern: re.Pattern[bytes], start: int, end: int) -> re.Match[bytes] | None:
        """Match a pattern at `start`, as if the bytes ended at `end`."""
        return pattern.match(self._buffer, start, end)

    def search(self, pattern: re.Pattern[bytes], start: int, end: int) -> re.Match[bytes] | None:
        """Find a pattern's first place within a short stretch."""
        return pattern.search(self._buffer, start, end)

    def matches(self, pattern: re.Pattern[bytes], start: int, end: int) -> Iterator[re.Match[bytes]]:
        """Find a pattern of at most 64 bytes again and again."""
        return pattern.finditer(self._buffer, start, end)

    def find(self, wanted: bytes, start: int, end: int) -> int:
        """Return where some bytes first stand between `start` and `end`; -1 where they do not."""
        return self._buffer.find(wanted, start, end)

    def forget(self) -> None:
        """Release the memory of what was read here and there; bytes that are in memory anyway stay."""


class Mapping(View):
    """An open file of at least one byte, mapped."""

    def __init__(self, descriptor: int) -> None:
        """Map the file. Raises `SourceUnavailable` when the system cannot."""
        self._descriptor = descriptor
        self._released = 0
        self.identity = FileIdentity.of(descriptor)
        try:
            self._map = mmap.mmap(descriptor, self.identity.size, access=mmap.ACCESS_READ)
        except (OSError, ValueError, OverflowError) as error:
            raise SourceUnavailable("the mailbox cannot be mapped into memory.", "Copy it to a local disk.") from error
        super().__init__(self._map)

    def matches(self, pattern: re.Pattern[bytes], start: int, end: int) -> Iterator[re.Match[bytes]]:
        """Find a pattern of at most 64 bytes again and again; over a long stretch, give walked pages back."""
        if end - start <= WINDOW_BYTES:
            return super().matches(pattern, start, end)
        return self._matches_in_windows(pattern, start, end)

    def _matches_in_windows(self, pattern: re.Pattern[bytes], start: int, end: int) -> Iterator[re.Match[bytes]]:
        while start < end:
            window_end = min(end, start + WINDOW_BYTES)
            last: re.Match[bytes] | None = None
            for match in pattern.finditer(self._map, start, min(end, window_end + _LONGEST_MARK_BYTES)):
                if match.start() >= window_end:
                    break
                last = match
                yield match
            self.release(window_end)
            start = max(window_end, last.end()) if last else window_end

    def release(self, end: int) -> None:
        """Release the pages before `end`, once a window's worth has been walked. Raises `SourceChanged`."""
        if end - self._released < WINDOW_BYTES:
            return
        self.refuse_change()
        if sys.platform != "win32":  # pragma: no branch - Windows trims its working set by itself
            self._map.madvise(mmap.MADV_DONTNEED, 0, end)  # from the first: what was released may have been read again
        self._released = end

    def forget(self) -> None:
        """Release every page to the system; one that is wanted again is read again."""
        if sys.platform != "win32":  # pragma: no branch - Windows trims its working set by itself
            self._map.madvise(mmap.MADV_DONTNEED)

    def refuse_change(self) -> None:
        """Raise `SourceChanged` when the file is no longer what was opened."""
        try:
            is_same = FileIdentity.of(self._descriptor) == self.identity
        except OSError as error:
            raise SourceUnavailable("The mailbox cannot be read any more.", "Check the disk it lies on.") from error
        if not is_same:
            raise SourceChanged(
                "the mailbox changed while it was being read.", "Close the mail program, then run the command again."
            )

    def close(self) -> None:
        """Unmap the file; a match that still points into it may delay that."""
        with contextlib.suppress(BufferError):
            self._map.close()
