"""Leaving a photo alone: the hold and the quarantine that any door may ask for, and that every door respects.

1. A photo on a safeguarding hold is neither read further, nor shown, copied, filed or erased, whatever is asked (R21).
2. One that is set aside waits where it lies, with the practice's deadline, until it is filed or somebody decides
   otherwise (R11). Nothing of it is copied meanwhile.
3. The mark is durable, and in the trail, before anything is said of it. Nothing here needs a clinician: it only
   tightens.
"""

from __future__ import annotations

from datetime import date, timedelta

from imgfile.acts.ingest.context import Run
from imgfile.acts.outcome import SetAside
from imgfile.acts.sources.source import Source
from imgfile.clinical.dates import show_date
from imgfile.clinical.proofs import Digest
from imgfile.clinical.rules import hold_by_hand
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import RefusedByRule
from imgfile.record_state.set_aside import PhotosSetAside, Why
from imgfile.record_state.set_aside import SetAside as Kept
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain

_DRY = "This was a dry run: nothing was changed, and no computer leaves it alone by it."
_LIST = "This computer leaves it alone until a named person lifts that:  imgfile safeguarding list"
_LIST_THERE = "Every computer leaves it alone until a named person lifts that there:  imgfile safeguarding list"


def found_on_hold(run: Run, digest: Digest) -> SetAside | None:
    """Return that a photo is on hold already, here or at another computer; None for any other. Raises `Damaged`."""
    if run.vault.station.has_set_aside and PhotosSetAside(run.vault.station).on_hold(digest):
        return _held(run)
    where = run.where_held(digest)
    return _held(run, at=where) if where else None


def held_there(run: Run) -> Kept:
    """Return how a photo is left alone that is on hold at another computer: as if it were on hold here."""
    return Kept(mark="", why=Why.HOLD, at=run.now(), until=None, source="")


def hold(run: Run, source: Source, digest: Digest) -> SetAside:
    """Put a photo on hold. Raises `NotWritable`, `Damaged`."""
    return hold_named(run, source.shown, digest)


def hold_named(run: Run, shown: str, digest: Digest) -> SetAside:
    """Put a photo on hold that lies where this is its name. Raises `NotWritable`, `Damaged`."""
    kept = _remember(run, shown, digest, Why.HOLD)
    return _held(run, is_dry=kept is None)


def quarantine(run: Run, source: Source, digest: Digest) -> SetAside:
    """Set a photo aside with the practice's deadline. Raises `NotWritable`, `Damaged`."""
    kept = _remember(run, source.shown, digest, Why.QUARANTINE)
    if kept is None:
        return SetAside(Disposition.QUARANTINE, _would_wait(until := _deadline(run)), until)
    if kept.is_hold:
        return _held(run)
    until = kept.until or run.now().date()
    copied = f" A sealed copy waits in the inbox as {kept.item}." if kept.item else ""
    return SetAside(Disposition.QUARANTINE, waits(until, copied), until, kept.item)


def _would_wait(until: date) -> RefusedByRule:
    message = f"it would be set aside until {show_date(until)}; it stays where it is, and nothing of it is copied."
    return RefusedByRule("R11", message, _DRY)


def waits(until: date, copied: str = "") -> RefusedByRule:
    """Return that a photo is set aside until a day, and whether it was copied."""
    where = f"it stays where it is.{copied}" if copied else "it stays where it is, and nothing of it was copied."
    return RefusedByRule(
        "R11",
        f"it is set aside until {show_date(until)}; {where}",
        "Whoever decides files it, or says at its first question what becomes of it:  imgfile check",
    )


def _held(run: Run, *, at: str = "", is_dry: bool = False) -> SetAside:
    """Return that a photo is on hold, here or at another computer; in a dry run, that it would be put on one."""
    if is_dry:
        is_on, then = "it would be put on a safeguarding hold", _DRY
    else:
        is_on = f"it is on a safeguarding hold{f', at {at}' if at else ''}"
        then = _LIST_THERE if at else _LIST
    error = RefusedByRule("R21", f"{is_on}; it is left as it is.", f"{hold_by_hand(run.vault.policy)}\n{then}")
    return SetAside(Disposition.SAFEGUARDING_HOLD, error)


def _deadline(run: Run) -> date:
    """Return the day by which somebody should decide about what is set aside now, as the policy has it."""
    return run.now().date() + timedelta(days=run.vault.policy.quarantine_days)


def _remember(run: Run, shown: str, digest: Digest, why: Why) -> Kept | None:
    """Make it durable; a dry run changes nothing: what is kept of it already then, or None."""
    now, station = run.now(), run.vault.station
    if run.wishes.is_dry:
        before = PhotosSetAside(station).find(digest) if station.has_set_aside else None
        return before if before is not None and (before.is_hold or why is Why.QUARANTINE) else None
    until = _deadline(run) if why is Why.QUARANTINE else None
    with station.locked():
        before = PhotosSetAside(station).find(digest)
        kept = PhotosSetAside(station).add(digest, why, shown, at=now, until=until)
        if kept != before:
            act = "held" if why is Why.HOLD else "waits"
            photo = {"photo": run.pseudonyms.same(digest)} if run.vault.here.pseudonym_digest else {}
            chain.append(run.vault, [{"act": act, "at": format_time(now), "hold": kept.mark, **photo}])
    return kept
