"""Why a photo cannot be decoded, in one word: the process that asked has the sentence."""

from __future__ import annotations


class CannotDecode(Exception):
    """Raised in the process that decodes."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
