"""A file that lies as it is, in one stretch, within another: it can change there, for nothing else depends on it."""

from __future__ import annotations

from collections.abc import Sequence

from imgfile.frozen import dataclass
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit


@dataclass(frozen=True, slots=True)
class Stretch:
    """The bytes from `start` up to `end`."""

    start: int
    end: int

    def open(self, outer: View) -> View:
        """Copy them."""
        return View(outer.slice(self.start, self.end))

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:  # noqa: ARG002 - every wrapping is given it
        """Shift the edits."""
        return [Edit(self.start + edit.offset, edit.text) for edit in edits]
