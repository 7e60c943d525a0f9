"""Erasing a whole export once its photos are filed: the way for archives, and for any file that nobody needs again.

1. An export is one file. A folder is none, nor is a file that a mail program keeps its mail in: there, the photos
   alone are taken out.
2. When every photo of the run is decided about, the whole file is walked again, texts, headers and what lies outside
   the parts to the last byte. Each photo in it is filed, by this run or before it, the record proven by this run; or a
   clinician of this run decided that it is not; or it is listed as not filed, like every part that may hold a photo and
   was not looked into or recognised.
3. What is listed is lost with the export. That somebody agrees to, who saw the list and types how many photos it is; or
   a flag that says just that. --yes alone does not. An export that holds a photo on a safeguarding hold stays (R21),
   and so does one with a photo in quarantine that this run neither filed nor decided about (R11), whoever agrees.
4. The agreement is in the trail, durably, before the first byte goes (`Clearance`).
5. Erased is the very file that was walked, by the same steps, note and evidence as any other source (`erase`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from imgfile.acts.erasure.mailbox_copies import digest_of
from imgfile.acts.erasure.sources import Attempt, Notebook, enter, on_hold, unentered, waits
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Cleared
from imgfile.acts.sources.source import MailPart
from imgfile.clinical.proofs import Agreed, Clearance, Digest, Disposed, Inventory, Release
from imgfile.counts import counted
from imgfile.erase.whole_file import erase_export
from imgfile.errors import Error, SourceRemains, UsageError
from imgfile.files import CHUNK_BYTES
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.trail import permissions
from imgfile.vault.trail.entries import cleared_entries

if TYPE_CHECKING:
    from imgfile.mail.kinds import FileKind
    from imgfile.mail.mailbox import Export
    from imgfile.mail.model import Unsearched
    from imgfile.record_state.set_aside import SetAside

_MAILDIR: Final = frozenset({"cur", "new"})
_LOSE: Final = "File them, or agree to lose them with --destroy-unfiled."


@dataclass(frozen=True, slots=True)
class Survey:
    """What an export holds when all photos are decided about; `inventory` is the proof of it."""

    path: Path
    messages: int
    unfiled: tuple[MailPart, ...] = field(repr=False)
    unsearched: tuple[Unsearched, ...] = field(repr=False)
    inventory: Inventory
    kept: SourceRemains | None = None
    """Why it stays, whoever agrees: a photo in it is on a safeguarding hold, or nobody has decided about it yet."""
    filed: tuple[MailPart, ...] = field(repr=False, default=())
    """Photos in it that are filed: the very same may have come in several messages."""


Aside = Callable[[Digest], "SetAside | None"]
"""Returns how a photo is set aside at this computer; None for any other."""
Agree = Callable[[Survey], bool]
"""Lists what is lost with an export, and asks whether it may go. Raises `Cancelled`."""


def kind_of_mail_store(path: Path) -> str:
    """Return as what a mail program keeps its mail there, or that it is a folder; empty for an export of one file."""
    from imgfile.mail.locks import find_profile  # noqa: PLC0415 - a photo in a file of its own needs no mail

    if path.is_dir():
        return "is a folder"
    if find_profile(path):
        return "is Thunderbird's own mailbox"
    return "is a message of a Maildir" if path.absolute().parent.name in _MAILDIR else ""


def refuse_mail_store(path: Path) -> None:
    """Refuse what is no export of one file (rule 1). Raises `UsageError`."""
    kind = kind_of_mail_store(path)
    if kind:
        raise UsageError(
            f"{path} {kind}, and --destroy-export erases an export that is one file.",
            "Leave --destroy-export out: the photos alone are taken out, and the mail stays.",
        )


def survey(
    export: Export,
    releases: Mapping[Digest, Release],
    aside: Aside,
    disposed: Mapping[Digest, Disposed] = MappingProxyType({}),
) -> Survey:
    """Walk an export and tell its photos apart (rule 2). Raises `SourceUnavailable`, `SourceChanged`."""
    content = _digest(export)
    known, unfiled, unsearched, kept = _told_apart(export, {*releases, *disposed}, aside)
    inventory = Inventory(
        content,
        tuple({digest: releases[digest] for digest, _ in known if digest in releases}.values()),
        tuple(part.part for part in unfiled),
        tuple(f"{each.message.number}/{each.part}" for each in unsearched),
        tuple({digest: disposed[digest] for digest, _ in known if digest not in releases}.values()),
    )
    filed = tuple(part for digest, part in known if digest in releases)
    return Survey(export.path, export.messages, tuple(unfiled), tuple(unsearched), inventory, kept, filed)


def foresee(
    export: Export, filed: Collection[MailPart], aside: Aside, *, may_lose: bool = False
) -> SourceRemains | None:
    """Return why an export would be kept where nobody is asked, once these photos are filed; None where it would go.

    `may_lose` says that what is in no record may be lost. Raises `SourceUnavailable`, `SourceChanged`.
    """
    digests = {digest for part in filed if (digest := digest_of(part))}
    _, unfiled, unsearched, kept = _told_apart(export, digests, aside)
    if kept is not None or may_lose or not (unfiled or unsearched):
        return kept
    return SourceRemains(f"{export.path} would be kept: {_lost(len(unfiled), unsearched)}.", _LOSE)


def _told_apart(
    export: Export, digests: Container[Digest], aside: Aside
) -> tuple[list[tuple[Digest, MailPart]], list[MailPart], list[Unsearched], SourceRemains | None]:
    """Walk an export: its photos of these digests, the others, what may hold photos besides, and why it stays if so."""
    from imgfile.mail.model import Unsearched  # noqa: PLC0415 - a photo in a file of its own needs no mail

    known: list[tuple[Digest, MailPart]] = []
    unfiled: list[MailPart] = []
    unsearched: list[Unsearched] = []
    held, waiting = False, False
    for found in export.scan_everywhere():
        if isinstance(found, Unsearched):
            unsearched.append(found)
            continue
        part = MailPart(export, found)
        digest = digest_of(part)
        kept = None if digest is None else aside(digest)
        held |= kept is not None and kept.is_hold
        if digest is not None and digest in digests:
            known.append((digest, part))
        else:
            unfiled.append(part)
            waiting |= kept is not None
    name = str(export.path)
    return known, unfiled, unsearched, on_hold(name) if held else waits(name) if waiting else None


def _digest(export: Export) -> Digest:
    content = hashlib.sha256()
    with export.opened() as view:
        for start in range(0, len(view), CHUNK_BYTES):
            content.update(view.slice(start, min(len(view), start + CHUNK_BYTES)))
            view.release(start)
    return Digest(content.hexdigest())


def agree(surveyed: Survey, wishes: Wishes, ask: Agree | None) -> Agreed:
    """Have it agreed that an export goes (rule 3). Raises `SourceRemains` when it is not, `Cancelled`."""
    loses = surveyed.inventory.loses_photos
    if surveyed.kept is not None:
        raise surveyed.kept
    if wishes.is_confirmed and (wishes.may_lose_unfiled or not loses):
        return Agreed(surveyed.inventory)
    if ask is not None and ask(surveyed):
        return Agreed(surveyed.inventory)
    if loses:
        raise SourceRemains(
            f"{surveyed.path} is kept: {lost(surveyed)}.",
            _LOSE,
        )
    raise SourceRemains(f"{surveyed.path} is kept.", "To erase it, run the same command again, and confirm.")


def lost(surveyed: Survey) -> str:
    """Return how much of an export is in no record, in words: the photos, and by kind what was not looked into."""
    return _lost(len(surveyed.inventory.unfiled), surveyed.unsearched)


def _lost(photos: int, unsearched: Iterable[Unsearched]) -> str:
    from imgfile.mail.kinds import count_kinds  # noqa: PLC0415 - a photo in a file of its own needs no mail

    lost = [counted(photos, "photo in it is not filed", "photos in it are not filed")] * bool(photos)
    kinds: dict[str, list[FileKind]] = {}
    for part in unsearched:
        kinds.setdefault(part.reason.counted_as, []).append(part.kind)
    return ", ".join([*lost, *(f"{fate}: {count_kinds(each)}" for fate, each in kinds.items())])


def clear(vault: Vault, export: Export, agreed: Agreed, *, at: datetime) -> Cleared:
    """Erase an export, and enter the evidence (rules 4 and 5). Raises `Busy` alone."""
    inventory = agreed.inventory
    kept = Cleared(
        export.path,
        tuple(layout.reference(release.verified.record) for release in inventory.filed),
        len(inventory.unfiled),
        len(inventory.unsearched),
    )
    with vault.station.locked():
        try:
            return _erased(vault, export, permissions.clear(vault, agreed, at=at), kept, at)
        except Error as error:
            return replace(kept, remains=error)


def _erased(vault: Vault, export: Export, clearance: Clearance, kept: Cleared, at: datetime) -> Cleared:
    notebook = Notebook(vault.station)
    erasure = erase_export(clearance, export.path, export.identity, pending=notebook)
    records = [release.verified.record for release in clearance.agreed.inventory.filed]
    try:
        enter(vault, cleared_entries(records, erasure, at=at))
    except Error as error:  # the note stays, so that the next run enters the evidence
        return replace(kept, erasure=erasure, remains=unentered(Attempt(erasure), error).remains)
    notebook.drop_finished()
    return replace(kept, erasure=erasure)
