"""What a run has done to each mailbox: which photos of it may go, and by what those taken out would be known again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from imgfile.acts.sources.source import MailPart, Source
from imgfile.clinical.proofs import Digest, Disposed, Release
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.mail.mailbox import Export
    from imgfile.mail.removal.traces import Traces


@dataclass()
class Ledger:
    """Kept by ingest, and read when all of its photos are decided about. Files of their own leave nothing in it."""

    under_way: int = 0
    """How many photos are being filed, proven and erased just now; what became of them is not known before it is 0."""
    _releases: dict[Path, dict[Digest, Release]] = field(default_factory=dict, repr=False)
    _disposed: dict[Path, dict[Digest, Disposed]] = field(default_factory=dict, repr=False)
    _traces: dict[MailPart, Traces] = field(default_factory=dict, repr=False)

    def note(self, source: Source, release: Release) -> None:
        """Remember that a photo of a mailbox is filed, and may go."""
        if isinstance(source, MailPart):
            self._releases.setdefault(source.export.path, {})[release.verified.original_digest] = release

    def note_disposed(self, source: Source, disposed: Disposed) -> None:
        """Remember that it was decided about a photo of a mailbox which is filed nowhere, and that it may go."""
        if isinstance(source, MailPart):
            self._disposed.setdefault(source.export.path, {})[disposed.digest] = disposed

    def disposed(self, path: Path) -> Mapping[Digest, Disposed]:
        """Return the photos of a mailbox that are filed nowhere because somebody decided that."""
        return self._disposed.get(path, {})

    def expect_gone(self, source: Source) -> None:
        """Choose what a photo is known by, while it still stands in its mailbox: it is about to be taken out."""
        if isinstance(source, MailPart):
            from imgfile.mail.removal.traces import choose_traces  # noqa: PLC0415 - a photo in a file of its own needs no mail

            traces = choose_traces(source.export, source.attachment)
            if traces is not None:
                self._traces[source] = traces

    def forget(self, source: Source) -> None:
        """Look for nothing of a photo that could not be taken out."""
        if isinstance(source, MailPart):
            self._traces.pop(source, None)

    def releases(self, path: Path) -> Mapping[Digest, Release]:
        """Return what was filed from a mailbox, by the digest of each photo as it was received."""
        return self._releases.get(path, {})

    def taken_out(self) -> Iterator[tuple[Export, list[Traces]]]:
        """Yield each mailbox that photos were taken out of, with what each of them would be known by."""
        by_export: dict[Export, list[Traces]] = {}
        for source, traces in self._traces.items():
            by_export.setdefault(source.export, []).append(traces)
        yield from by_export.items()

    def close(self, path: Path) -> None:
        """Look for nothing in a mailbox that is gone whole."""
        self._traces = {source: traces for source, traces in self._traces.items() if source.export.path != path}
