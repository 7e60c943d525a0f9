"""What is asked when all photos of a run are decided about: whether further copies go, and whether whole exports do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile.acts.erasure.mailbox_copies import Copy, Left, Residue, find_copies, find_residue, take_out
from imgfile.acts.erasure.sources import Attempt, how_aside
from imgfile.acts.erasure.whole_export import Survey, agree, clear, foresee, survey
from imgfile.acts.ingest.context import Run
from imgfile.acts.outcome import Cleared
from imgfile.acts.sources.source import MailPart
from imgfile.cli.ingest.report import message_name
from imgfile.cli.search.part_words import part_line
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.proofs import Digest
from imgfile.counts import counted
from imgfile.errors import Cancelled, Error
from imgfile.frozen import dataclass, field
from imgfile.terminal import Terminal
from imgfile.terminal.asking import ask

if TYPE_CHECKING:
    from imgfile.record_state.set_aside import SetAside

MAX_LISTED: Final = 40
"""How many photos that would be lost are listed, before the rest are counted."""

UNSOUGHT: Final = "Its texts go too: letters, calendar entries, signatures."


_WHOEVER: Final = "Whoever may decide what becomes of this mailbox."
LOSES: Final = Explanation(
    "The whole export is erased, with what is listed above and in no record. The number says that you have read it; n "
    "keeps the export.",
    _WHOEVER,
    "3",
)
ERASES: Final = Explanation("y erases the whole export, all its messages; n keeps it as it is.", _WHOEVER, "y")
TAKES_OUT: Final = Explanation(
    "y erases the same photo wherever else it was found in this mailbox; n leaves those copies there.", _WHOEVER, "y"
)


@dataclass(frozen=True, slots=True)
class MailboxCleanup:
    """One run at its end; whoever attends it is asked."""

    run: Run
    terminal: Terminal
    gone_with_exports: list[MailPart] = field(default_factory=list, repr=False)
    """Photos that are filed and stood in exports that are erased whole."""

    # --- whole exports ------------------------------------------------------------------------------------

    def clear(self, path: Path, *, at: datetime) -> Cleared:
        """Erase one export, if that is agreed."""
        from imgfile.mail.mailbox import open_export  # noqa: PLC0415 - a photo in a file of its own needs no mail

        try:
            with open_export(path) as export:
                ledger = self.run.ledger
                surveyed = survey(export, ledger.releases(path), self._aside, ledger.disposed(path))
                agreed = agree(surveyed, self.run.wishes, self._asks_for if self.run.attendant else None)
                cleared = clear(self.run.vault, export, agreed, at=at)
        except Cancelled:
            raise
        except Error as error:
            return Cleared(path, remains=error)
        if cleared.erasure:
            self.run.ledger.close(path)
            self.gone_with_exports.extend(surveyed.filed)
        return cleared

    def foresee(self, path: Path, filed: Sequence[MailPart]) -> Cleared | None:
        """Return why an export would stay after a dry run's photos are filed and nobody is asked; None elsewhere."""
        from imgfile.mail.mailbox import open_export  # noqa: PLC0415 - a photo in a file of its own needs no mail

        if self.run.attendant:
            return None
        try:
            with open_export(path) as export:
                kept = foresee(export, filed, self._aside, may_lose=self.run.wishes.may_lose_unfiled)
        except Error as error:
            return Cleared(path, remains=error)
        return Cleared(path, remains=kept) if kept else None

    def _aside(self, digest: Digest) -> SetAside | None:
        found = how_aside(self.run.vault.station, digest)
        if found is None and self.run.where_held(digest):
            from imgfile.acts.ingest.set_aside import held_there  # noqa: PLC0415 - few photos are on hold

            return held_there(self.run)
        return found

    def _asks_for(self, surveyed: Survey) -> bool:
        for line in survey_lines(surveyed):
            self.terminal.show(line)
        inventory = surveyed.inventory
        count = str(len(inventory.unfiled) + len(inventory.unsearched))
        if inventory.loses_photos:
            words = f"To erase all of it and lose them, type how many they are (n keep {surveyed.path.name}):"
            return self._is_typed(words, {count}, LOSES)
        return self._is_typed(f"Erase {surveyed.path.name}, all of it? (y yes, n keep it):", {"y", "yes"}, ERASES)

    def _is_typed(self, words: str, agreed: Collection[str], explained: Explanation) -> bool:
        while (typed := ask(self.terminal, words, explained).casefold()) not in {"n", "no", "q", "quit"}:
            if typed in agreed:
                return True
        return False

    # --- further copies -----------------------------------------------------------------------------------

    def take_out_copies(
        self, found: Sequence[Residue], left: Collection[Left], *, at: datetime
    ) -> list[tuple[Copy, Attempt]]:
        """Take the very same photos as were filed out of their mailboxes too, if that is agreed."""
        if not found or not (self.run.attendant or self.run.wishes.erases_copies):
            return []
        copies = find_copies(found, self.run.ledger, self.run.wishes, left=left, on=at.date())
        if not copies or not (self.run.wishes.erases_copies or self._offers(copies)):
            return []
        try:
            attempts = take_out(self.run.vault, copies, self.run.ledger, at=at)
        except Error as error:  # another imgfile is at work: nothing was touched
            attempts = [Attempt(remains=error) for _ in copies]
        return list(zip(copies, attempts, strict=True))

    def _offers(self, copies: Sequence[Copy]) -> bool:
        for line in copy_lines(copies):
            self.terminal.show(line)
        which = "it" if len(copies) == 1 else "them"
        return self._is_typed(f"Take {which} out too? (y yes, n no):", {"y", "yes"}, TAKES_OUT)

    def find_residue(self) -> list[Residue]:
        """Look for what is left of photos that were taken out."""
        return find_residue(self.run.ledger)


def survey_lines(surveyed: Survey) -> Iterator[str]:
    """Yield what an export holds, what of that is in no record, and what was not looked into at all."""
    name, count = surveyed.path.name, surveyed.messages
    messages = counted(count, "message")
    if not surveyed.inventory.loses_photos:
        yield f"{name}: {messages}; every photo in it is filed."
        yield UNSOUGHT
        return
    yield f"{name}: {messages}. In no record, and lost if it is erased:"
    lost = [(part.part, message_name(part)) for part in surveyed.unfiled]
    lost += [(f"{each.message.number}/{each.part}", part_line(each)) for each in surveyed.unsearched]
    for part, words in lost[:MAX_LISTED]:
        yield f"  {part:8} {words}"
    if len(lost) > MAX_LISTED:
        yield f"  and {len(lost) - MAX_LISTED:,} more"
    yield UNSOUGHT


def copy_lines(copies: Sequence[Copy]) -> Iterator[str]:
    """Yield the very same photos that a mailbox still holds."""
    for copy in copies:
        source = copy.source
        place = f"{source.export.path.name}, message {source.attachment.message.number}"
        yield f"{place}: the very same photo again, {message_name(source)}"
