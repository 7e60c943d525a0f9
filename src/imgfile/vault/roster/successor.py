"""The next roster: how it is made and published.

Whoever signs one sees to it that it follows (`follow`), as whoever reads it will: an administrator's own slip is found
before others meet it. Two that are made at once meet at a create-only name: the slower one begins again from what the
other made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from imgfile.errors import NotWritable, UsageError
from imgfile.frozen import dataclass
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.roster import chain
from imgfile.vault.roster.follow import broken_rules
from imgfile.vault.roster.json import body_of, parse
from imgfile.vault.roster.model import Roster
from imgfile.vault.store import patience
from imgfile.vault.store.directory import Store
from imgfile.vault.times import format_time

LET_ADMINISTER: Final = "imgfile people role NAME clinician administrator"

MAX_TRIES: Final = 64
"""How many others may be quicker in a row, before a share that answers nonsense is taken for one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a new roster is to do: a word for people, when, and what it makes of the newest roster."""

    word: str
    at: datetime
    apply: Callable[[Roster], Roster]
    """Called with each newest roster anew; refuses with an `Error` of its own where it became needless or wrong."""


def publish(
    store: Store,
    newest: Roster,
    change: Change,
    key: SigningKey,
    about_to: Callable[[Roster], None] = lambda _made: None,
) -> Roster:
    """Sign the roster that a change makes of the newest one, and publish it; where others were quicker, of theirs.

    `about_to` is given each roster before it may appear. Raises `NotWritable`, `Damaged`; `UsageError` where the key
    may not sign, or the change breaks a rule.
    """
    for _ in range(MAX_TRIES):
        newest = chain.advance(store, newest)
        made = successor(newest, replace(change.apply(newest), change=change.word, made=format_time(change.at)), key)
        about_to(made)
        name = layout.roster(made.number)
        if store.claim(name, made.note.encode()):
            return made
        if not patience.until(lambda: store.exists(name), patience.CLAIMED_SECONDS):  # noqa: B023 - called here
            raise NotWritable(f"another computer made {name} at this moment, and it does not show yet.", patience.HINT)
    raise NotWritable("the next roster cannot be made: another one is always there first.", "Check the share.")


def successor(newest: Roster, changed: Roster, key: SigningKey) -> Roster:
    """Sign the roster after the newest one. Raises `UsageError` where it would not follow, or may not be signed."""
    if newest.roster_signers.get(key.name) != key.public:
        raise UsageError(
            "this identity may not change the practice's people, computers or policy.",
            "Nothing was changed. An administrator does it, or the recovery key.",
        )
    numbered = replace(changed, number=newest.number + 1, format=layout.FORMAT_VERSION)
    _refuse_unknown(newest)
    body = body_of(numbered, previous=newest.note.digest)
    made = parse(key.sign("roster", newest.vault, body, version=layout.FORMAT_VERSION))
    for broken in broken_rules(newest, made):
        first = "" if made.administrators else f" Let somebody else administer first:  {LET_ADMINISTER}"
        raise UsageError(f"{broken}.", f"Nothing was changed.{first}")
    return made


def _refuse_unknown(newest: Roster) -> None:
    """See that this version can write all that the newest roster says. Raises `NotWritable`."""
    if newest.is_format_1:
        return
    if body_of(newest, previous=newest.note.body["previous"]) != newest.note.body:
        raise NotWritable("the roster was written by a newer imgfile, and is left as it is.", "Update imgfile.")
