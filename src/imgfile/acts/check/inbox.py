"""The inbox: how much waits there, and what nobody decided about in time."""

from __future__ import annotations

from datetime import date

from imgfile.acts.check.points import Level, Point
from imgfile.acts.inbox.list import DamagedItem, is_overdue, waiting
from imgfile.counts import counted
from imgfile.errors import Error
from imgfile.vault.access import Vault


def check_inbox(vault: Vault, today: date) -> Point:
    """Report what waits in the inbox, and what is past its deadline."""
    try:
        found = list(waiting(vault))
    except Error as error:
        return Point("inbox", Level.WARN, error.message.rstrip("."), error.hint)
    late = [each.reference for each in found if is_overdue(each, today)]
    if broken := [each.reference for each in found if isinstance(each, DamagedItem)]:
        return Point("inbox", Level.BAD, "an item of the inbox is damaged", "imgfile verify", tuple(broken))
    if late:
        what = counted(len(late), "photo in the inbox is", "photos in the inbox are")
        return Point("inbox", Level.WARN, f"{what} past the deadline", "imgfile inbox", tuple(late))
    if found:
        what = counted(len(found), "photo waits", "photos wait")
        return Point("inbox", Level.LOOK, f"{what} in the inbox", "imgfile inbox")
    return Point("inbox", Level.OK, "nothing waits in the inbox")
