"""What a stored code is: a word that records keep for a lifetime, and the words that people read for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """A stored code with the words that people read for it."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        """Make the code itself the member's value, so that it is what a record stores."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member
