"""What a run of ingest came past and nobody decided about: likely logos left out, parts and files not looked into.

It stands in the last line of the report, and in the exit code where somebody has to decide: pictures that imgfile
itself left out as logos are not filed, and a run that found no photo has not been through everything as long as
something was not looked into.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from imgfile.cli.search.part_words import folder_facts, left_over, part_facts
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.acts.sources.found import Folder, Found
    from imgfile.mail.model import Unsearched


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What the searches of one run left; `gone` are exports that were erased since, and what was in them."""

    logos: int = 0
    parts: tuple[tuple[Path, Unsearched], ...] = field(default=(), repr=False)
    folders: tuple[Folder, ...] = ()
    """Those in which photos were found, and not everything was looked into."""
    is_attended: bool = False
    """Somebody at the terminal was asked about the photos."""

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing to say."""
        return not (self.logos or self.parts or self.folders)

    def is_undecided(self, *, has_photos: bool) -> bool:
        """Return whether the run is incomplete for it: it ends 3 rather than 0.

        Whoever attends a run reads at its beginning which pictures are left out, and goes on: that is decided.
        """
        return (bool(self.logos) and not self.is_attended) or (not has_photos and not self.is_nothing)

    def line(self, gone: Collection[Path] = ()) -> str:
        """Return it in words, but for what went with erased exports; empty where there is nothing to say."""
        left = [part for path, part in self.parts if path not in gone]
        return " ".join(
            f"{words[0].upper()}{words[1:]}." for words in (*self._logos(), *left_over(left), *self._files())
        )

    def _logos(self) -> Iterator[str]:
        if self.logos == 1:
            yield "left out: 1 picture that looks like a logo (--all takes it in)"
        elif self.logos:
            yield f"left out: {self.logos:,} pictures that look like logos (--all takes them in)"

    def _files(self) -> Iterator[str]:
        from imgfile.acts.sources.folder import unopened_words  # noqa: PLC0415 - only where a folder was named

        for folder in self.folders:
            deeper = " (-r looks into folders)" if folder.not_entered else ""
            yield f"not looked into in {folder.path.name or folder.path}: {unopened_words(folder)}{deeper}"

    def facts(self) -> Iterator[dict[str, object]]:
        """Yield a line for scripts for each part (docs/reference/json.md)."""
        yield from (part_facts(path, part) for path, part in self.parts)
        for folder in self.folders:
            yield from folder_facts(folder)

    def counts(self) -> dict[str, int]:
        """Return for a script how much it is; what there is none of is left out."""
        absent = sum(part.is_absent for _, part in self.parts)
        strange = sum(len(folder.strange) for folder in self.folders)
        counts = {"likely_logos": self.logos, "unsearched": len(self.parts) - absent + strange, "absent": absent}
        return {name: count for name, count in counts.items() if count}


def passed_over(found: Iterable[Found], *, with_logos: bool, is_attended: bool) -> PassedOver:
    """Return what some searches left."""
    searches = list(found)
    boxes = [box for one in searches for box in one.mailboxes]
    return PassedOver(
        0 if with_logos else sum(box.likely_logos for box in boxes),
        tuple((box.path, part) for box in boxes for part in box.unsearched),
        tuple(each for one in searches for each in one.named_folders if not (each.is_whole or each.is_barren)),
        is_attended,
    )
