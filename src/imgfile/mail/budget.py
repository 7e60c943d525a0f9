"""How much of one walked file is unpacked, and how many files within it are opened: one budget for all of it.

A few kilobytes can unpack to terabytes, and a directory can list one member a million times; neither sizes that are
stated nor depth say so beforehand. So what really was unpacked and opened is counted, whatever it was in: archives in
archives, documents, messages, Outlook's files. The larger a file is, the more it may hold.
"""

from __future__ import annotations

from typing import Final

from imgfile.errors import UnreadableMail

LEAST_BYTES: Final = 256 << 20
"""What any file may unpack to: seconds of work."""
BYTES_FOR_EACH: Final = 16
"""And so many bytes for each byte that it has; a mailbox or document packs to a tenth at best."""
LEAST_MEMBERS: Final = 100_000
"""How many files and messages within it may be opened: seconds of work."""
TEXT_WEIGHT: Final = 4
"""To look through a text takes so much longer than to unpack it."""
BYTES_OF_A_MEMBER: Final = 256
"""And one for each so many bytes of it; a member's entry in a directory alone has about 150."""


class Budget:
    """What is left to be unpacked and opened."""

    __slots__ = ("_bytes", "_members", "is_spent")

    def __init__(self, length: int, *, times: int = 1) -> None:
        """Make the budget of a walk over a file of so many bytes, or of several."""
        self._bytes = (LEAST_BYTES + BYTES_FOR_EACH * length) * times
        self._members = LEAST_MEMBERS + length // BYTES_OF_A_MEMBER
        self.is_spent = False
        """Whether anything was refused: the rest of the file is not unpacked."""

    def unpack(self, count: int) -> None:
        """Take so many bytes that were unpacked. Raises `UnreadableMail` when there are no more."""
        self._bytes -= count
        self._refuse()

    def read_text(self, count: int) -> None:
        """Take so many bytes of a text that is looked through. Raises `UnreadableMail` when there are no more."""
        self.unpack(TEXT_WEIGHT * count)

    def open_member(self) -> None:
        """Take one file or message that is looked at. Raises `UnreadableMail` when there are no more."""
        self._members -= 1
        self._refuse()

    def _refuse(self) -> None:
        self.is_spent = self.is_spent or self._bytes < 0 or self._members < 0
        if self.is_spent:
            raise UnreadableMail(
                "the file unpacks to far more than it has: it was not looked into to its end.",
                "Unpack it yourself, and name what you trust in it.",
            )
