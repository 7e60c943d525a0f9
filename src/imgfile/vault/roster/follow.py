"""Whether one roster follows another.

Roster n follows roster n - 1 (docs/reference/vault-format.md#roster) when

1. its number and the digest it names follow, vault, suite and founding are the same, and the format is no lower;
2. what was closed stays closed, and no closed key or id is open again;
3. whoever was listed is still listed, open or closed, with the same keys, and no id stands twice;
4. the generations go on: none changes, but that holders are added to the last, and numbers rise;
5. somebody administers: at least one administrator has a credential.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from imgfile.notes import PublicKeys
from imgfile.vault.roster.model import Generation, Roster


def broken_rules(previous: Roster, later: Roster) -> Iterator[str]:
    """Yield what keeps a roster from following another, by the rules above."""
    if (later.number, later.note.body.get("previous")) != (previous.number + 1, previous.note.digest):
        yield "it names another one before it"
    kept = (previous.vault, previous.is_post_quantum, previous.founded)
    if kept != (later.vault, later.is_post_quantum, later.founded) or later.format < previous.format:
        yield "it changes what the vault was founded with"
    yield from broken_closings(previous, later)
    if not _goes_on(previous.generations, later.generations):
        yield "it changes who has held the practice's key"
    if not later.administrators:
        yield "nobody would be left who may change it: one administrator must remain"


def broken_closings(previous: Roster, later: Roster) -> Iterator[str]:
    """Yield what of rules 2 and 3 keeps a roster from following another."""
    before, after = previous.closed, later.closed
    pairs = ((before.credentials, after.credentials), (before.stations, after.stations))
    if not all(each in kept for earlier, kept in (*pairs, (before.recoveries, after.recoveries)) for each in earlier):
        yield "it forgets what was closed"
    listed = [*_open(later), *_closed(later)]
    ids = Counter(each for each, _ in listed)
    if max(ids.values()) > 1 or len({one.who for one in later.people}) < len(later.people):
        yield "it lists an id twice"
    keys_now = dict(listed)
    if not {each for each, _ in _open(previous)} <= keys_now.keys():
        yield "somebody is missing who was neither removed nor retired"
    if any(keys is not None and keys_now.get(each, keys) != keys for each, keys in _open(previous)):
        yield "it gives somebody other keys to sign with"
    shut = {(keys.ed25519, keys.ml_dsa_44) for keys in after.keys}
    halves = {half for pair in shut for half in pair}
    if any(keys.ed25519 in halves or keys.ml_dsa_44 in halves for keys in later.open_keys):
        yield "it opens a key again that was closed"


def _open(roster: Roster) -> Iterator[tuple[str, PublicKeys | None]]:
    """Yield every id that is open, with what it signs with: nothing, for a recovery key of format 1."""
    yield roster.recovery.holder, roster.recovery.keys
    yield from ((entry.station, entry.keys) for entry in roster.stations)
    for person in roster.people:
        yield from ((one.holder, one.keys) for one in person.credentials)


def _closed(roster: Roster) -> Iterator[tuple[str, PublicKeys | None]]:
    yield from ((one.holder, one.keys) for one in (*roster.closed.credentials, *roster.closed.recoveries))
    yield from ((entry.station, entry.keys) for entry in roster.closed.stations)


def _goes_on(before: tuple[Generation, ...], after: tuple[Generation, ...]) -> bool:
    """Return whether generations only grow: in number, and the last one before in holders."""
    numbers = [one.number for one in after]
    if numbers != sorted(set(numbers)) or len(after) < len(before):
        return False
    if after[: len(before) - 1] != before[:-1] or not all(one.previous_digest for one in after[1:]):
        return False
    old, new = before[-1], after[len(before) - 1]
    return replace(new, holders=old.holders) == old and old.holders.items() <= new.holders.items()
