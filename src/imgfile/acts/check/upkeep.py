"""What is to be done now and then: verifying, testing the recovery key, finishing what a run left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from imgfile.acts.check.points import Level, Point
from imgfile.acts.filed_mails import MailMemory
from imgfile.clinical.dates import show_date
from imgfile.counts import counted
from imgfile.erase.note import PendingErasure
from imgfile.errors import Busy, Damaged, NotWritable
from imgfile.practice_state import maintenance
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.station import Station

MAX_VERIFY_DAYS: Final = 31
"""After how many days a vault should be verified again: a house rule."""
MAX_RECOVERY_DAYS: Final = 365
"""After how many days the recovery key should be tested again: a house rule too."""


def check_verify(station: Station, now: datetime) -> Point:
    """Report when this computer last verified the vault, and what that found."""
    last = maintenance.last_verify(station)
    if last is None:
        return Point("verify", Level.LOOK, "the vault was never verified on this computer", "imgfile verify")
    when = ago((now.date() - last.at.astimezone(now.tzinfo).date()).days)
    if last.damage:
        things = counted(last.damage, "thing", "things")
        return Point("verify", Level.BAD, f"verify found {things} damaged, {when}", "imgfile verify")
    if (now - last.at).days > MAX_VERIFY_DAYS:
        return Point("verify", Level.LOOK, f"the vault was last verified {when}", "imgfile verify")
    if last.warnings:
        warnings = counted(last.warnings, "warning", "warnings")
        return Point("verify", Level.LOOK, f"verify found no damage and {warnings}, {when}", "imgfile verify")
    opened = ", every record opened" if last.is_decrypted else ""
    return Point("verify", Level.OK, f"verified {when}{opened}: nothing is damaged")


def check_recovery(station: Station, today: date) -> Point:
    """Report when the recovery key was last tested on this computer."""
    tested = maintenance.recovery_tested_on(station)
    if (
        tested is None and not station.identity_file.exists()
    ):  # no key of anybody's is kept here, nor is that one for it
        return Point(
            "recovery", Level.OK, "nobody looks at photos here: the recovery key is tested at another computer"
        )
    if tested is None:
        return Point("recovery", Level.LOOK, "the recovery key was never tested on this computer", _RECOVERY)
    days = (today - tested).days
    if days > MAX_RECOVERY_DAYS:
        return Point("recovery", Level.LOOK, f"the recovery key was last tested {ago(days)}", _RECOVERY)
    return Point("recovery", Level.OK, f"the recovery key was last tested {ago(days)}")


_RECOVERY: Final = "imgfile keys test-recovery FILE"


def check_erasures(station: Station) -> Point:
    """Report the erasures that were begun and not finished, unless somebody is at work just now."""
    try:
        places = unfinished_erasures(station)
    except Busy:
        return Point("erasures", Level.OK, "another imgfile is filing here just now")
    except (Damaged, NotWritable) as error:
        return Point("erasures", Level.WARN, error.message.rstrip("."), error.hint)
    if not places:
        return Point("erasures", Level.OK, "no erasure is unfinished")
    what = counted(len(places), "erasure was begun and is not finished", "erasures were begun and are not finished")
    message = f"{what}: the next imgfile ingest, of whatever it is, finishes that"
    return Point("erasures", Level.WARN, message, "imgfile ingest PHOTO", tuple(places))


def unfinished_erasures(station: Station) -> list[str]:
    """Return the paths of the erasures that were begun and not finished.

    Raises `Busy` while another imgfile files, `Damaged`, `NotWritable`.
    """
    if not station.has_pending:
        return []
    with station.locked(patience_seconds=0):
        return [str(PendingErasure.from_facts(note.facts).path) for note in station.pending()]


def check_mails(station: Station) -> Point:
    """Report how many mails that this station filed from nobody has ticked off."""
    try:
        count = len(MailMemory(station).waiting())
    except Damaged as error:
        return Point("mails", Level.WARN, error.message.rstrip("."), error.hint)
    if not count:
        return Point("mails", Level.OK, "no mail waits to be deleted in the mail account and ticked off")
    what = counted(count, "mail waits", "mails wait")
    message = f"{what} to be deleted in the mail account and ticked off"
    return Point("mails", Level.LOOK, message, "imgfile mail")


def check_set_aside(station: Station, today: date) -> Iterator[Point]:
    """Report the photos that this computer leaves alone: on hold, or waiting for somebody to decide."""
    try:
        kept = PhotosSetAside(station).all()
    except Damaged as error:
        yield Point("set-aside", Level.WARN, error.message.rstrip("."), error.hint)
        return
    dated = [(each.until, each.source) for each in kept if each.until is not None]
    late = [source for until, source in dated if until < today]
    soon = [(until, source) for until, source in dated if until >= today]
    if late:
        what = counted(len(late), "photo that was set aside is", "photos that were set aside are")
        yield Point("set-aside", Level.WARN, f"{what} past the deadline", _DECIDE, tuple(late))
    if soon:
        what = counted(len(soon), "photo waits for somebody to decide", "photos wait for somebody to decide")
        message = f"{what}, the first until {show_date(min(soon)[0])}"
        yield Point("set-aside", Level.LOOK, message, _DECIDE, tuple(source for _, source in soon))
    if held := sum(each.is_hold for each in kept):
        what = counted(held, "photo is", "photos are")
        yield Point("holds", Level.LOOK, f"{what} on a safeguarding hold", "imgfile safeguarding list")
    if not kept:
        yield Point("set-aside", Level.OK, "no photo is set aside or on hold")


_DECIDE: Final = "imgfile ingest PHOTO"


def ago(days: int) -> str:
    """Return how long ago so many days are; a clock that was set back gives none."""
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days:,} days ago"
