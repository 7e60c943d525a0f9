"""What a run of ingest says and does about the files beside its photos.

They are shown before the first question. When the photo is filed and its source erased, copies with the very same
bytes go too if that was asked for or is agreed to; whatever else lies there is named, with what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from imgfile.acts.erasure.sources import Attempt
from imgfile.acts.ingest.context import Run
from imgfile.acts.outcome import Filed, Outcome
from imgfile.acts.sources.sidecars import Companion, Kind
from imgfile.acts.sources.source import LocalFile, MailPart, Source
from imgfile.cli.ingest.report import erased_sentence, erasure_facts, error_facts
from imgfile.cli.sidecars import advice, companion_facts, described
from imgfile.clinical.proofs import Evidence
from imgfile.errors import SourceChanged
from imgfile.frozen import dataclass
from imgfile.terminal import Terminal, sanitise


@dataclass()
class SidecarCleanup:
    """One run's photos in files of their own, and what lay beside each when all of them were there."""

    run: Run
    terminal: Terminal
    may_ask: bool
    beside: Mapping[LocalFile, tuple[Companion, ...]]

    def lines(self, source: Source) -> Iterator[str]:
        """Yield what lies beside a photo, to be shown before anything is asked about it."""
        if isinstance(source, MailPart):
            yield from self._lines_in_message(source)
        for each in self._beside(source):
            yield f"beside {described(each)}"

    def _beside(self, source: Source | None) -> tuple[Companion, ...]:
        return self.beside.get(source, ()) if isinstance(source, LocalFile) else ()

    @staticmethod
    def _lines_in_message(source: MailPart) -> Iterator[str]:
        if source.beside:
            from imgfile.cli.ingest.message_companions import described_part  # noqa: PLC0415 - few messages hold anything else

            for part in source.beside:
                yield f"beside {described_part(source, part)}"

    def conclude(self, source: Source | None, outcome: Outcome) -> bool:
        """Erase the copies of a photo whose source is gone, if that is wanted, and name what is still there.

        Return whether a copy that was to go can still be read.
        """
        if not isinstance(outcome, Filed) or outcome.erasure is None:
            return False
        if isinstance(source, MailPart):
            return self._conclude_in_message(source)
        found = self._beside(source)
        if not found:
            return False
        copies = [each for each in found if each.kind is Kind.COPY]
        attempts = self._attempts(outcome.reference, copies)
        for each in found:
            self._report(source, each, attempts.get(each))
        return not all(map(_is_gone, attempts.values()))

    def _conclude_in_message(self, source: MailPart) -> bool:
        """Name what else the message holds; return whether a preview of the photo is still there."""
        if not source.beside:
            return False
        from imgfile.cli.ingest.message_companions import (  # noqa: PLC0415 - see above
            advice_on_part,
            described_part,
            holds_preview,
            part_companion_facts,
            preview_error,
        )

        for part in source.beside:
            if self.terminal.is_json:
                self.terminal.data(part_companion_facts(source, part))
            if holds_preview(part):
                self.terminal.error(preview_error(source, part))
            elif not part.is_absent:
                self.terminal.say(f"Still there: {described_part(source, part)}. {advice_on_part(part)}")
        return any(map(holds_preview, source.beside))

    def _attempts(self, reference: str, copies: Sequence[Companion]) -> dict[Companion, Attempt]:
        if not copies or not (self.run.wishes.erases_copies or self._is_agreed(len(copies))):
            return {}
        from imgfile.acts.erasure.sidecar_copies import erase_copies  # noqa: PLC0415 - few photos have copies beside them

        return dict(zip(copies, erase_copies(self.run.vault, reference, copies, at=self.run.now()), strict=True))

    def _is_agreed(self, count: int) -> bool:
        if not self.may_ask:
            return False
        from imgfile.terminal import asking  # noqa: PLC0415 - only where somebody is asked

        words = "Erase the copy beside it too" if count == 1 else f"Erase the {count} copies beside it too"
        while True:
            typed = asking.ask(self.terminal, f"{words}? (y yes, n no):", asking.COPY_BESIDE).casefold()
            if typed in {"y", "yes", "n", "no", "q", "quit"}:
                return typed.startswith("y")

    def _report(self, source: Source | None, companion: Companion, attempt: Attempt | None) -> None:
        erasure, remains = (attempt.erasure, attempt.remains) if attempt else (None, None)
        if self.terminal.is_json:
            place = {"source": source.shown} if source is not None else {}
            facts = {"type": "companion", **place, **companion_facts(companion), **erasure_facts(erasure)}
            self.terminal.data(facts | (error_facts(remains) if remains else {}))
        if erasure is not None:
            self.terminal.say(erased_sentence(f"its copy {sanitise(companion.path.name)}", erasure))
        elif not isinstance(remains, SourceChanged):
            self.terminal.say(f"Still there: {described(companion)}. {advice(companion)}")
        if remains:
            self.terminal.error(remains)


def _is_gone(attempt: Attempt) -> bool:
    return attempt.erasure is not None and attempt.erasure.evidence is not Evidence.E0
