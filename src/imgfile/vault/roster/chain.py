"""The chain of rosters: signed, numbered, each naming the one before.

Roster 1 is pinned by digest (its fingerprint); from there each next one must follow its predecessor (`follow`) and be
signed by an administrator whom that predecessor lists, or by its recovery key. A station refuses anything older than
it has seen. Where two rosters of one number were made, which two copies of a vault can come to, neither counts until a
later one names both, and may (`forks`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from imgfile import notes
from imgfile.errors import Damaged, NoVault
from imgfile.vault import layout
from imgfile.vault.roster.json import parse
from imgfile.vault.roster.model import Roster
from imgfile.vault.store.directory import Store

ROLLBACK_HINT: Final = (
    "Somebody restored or replaced it. File nothing until your administrator knows why.\n"
    "A backup was restored, and there is no newer one?  imgfile vault accept-loss"
)
MAX_ROSTERS: Final = 100_000
"""One a day for two centuries and more."""


def load_pinned(  # noqa: PLR0913 - what a pin says, what is kept beside it, and who wants to know of each step
    store: Store,
    vault: str,
    first_digest: str,
    highest: int,
    highest_digest: str,
    *,
    kept: bytes = b"",
    earlier: Callable[[int], bytes] = lambda _number: b"",
    on_step: Callable[[Roster, Roster], None] = lambda _previous, _later: None,
) -> Roster:
    """Walk from the pinned roster 1 to the newest. Raises `NoVault`, or `Damaged` for a rollback or another vault.

    `kept` is the note of roster `highest` as this station verified it before. Where it has that digest, and the vault
    holds the very same bytes, the walk begins there: what lies before was checked then, and is again by `verify`.
    `earlier` gives the note of a lower number that is kept, to be compared where the vault has gone another way.
    `on_step` is called with each roster that was walked to, and the one before it.
    """
    is_kept = bool(kept) and (highest > 1 or highest_digest == first_digest)
    before = _verified_before(store, vault, highest, highest_digest, kept) if is_kept else None
    current = before or _first(store, vault, first_digest)
    line = [current]
    for later in _after(store, current):
        on_step(current, later)
        current = later
        if before is None:
            line.append(current)
    if before is None and current.number >= highest and line[highest - 1].note.digest != highest_digest:
        _expect_overruled(line, highest_digest, remembered(kept, vault, highest_digest), earlier)
    if current.number < highest:
        raise Damaged("the vault's roster is older than the one this computer saw before.", ROLLBACK_HINT)
    return current


def advance(store: Store, current: Roster) -> Roster:
    """Walk on from a roster that counts to the newest. Raises `Damaged`."""
    *_, newest = (current, *_after(store, current))
    return newest


def _first(store: Store, vault: str, digest: str) -> Roster:
    if not store.exists(layout.roster(1)):
        raise NoVault(f"there is no vault at {store.place}.", "Check that the disk or share is connected.")
    data = store.read(layout.roster(1))
    unverified = notes.parse(data)
    if unverified.digest != digest or unverified.vault != vault:
        raise Damaged("the folder holds another vault than the one this computer is pinned to.", ROLLBACK_HINT)
    signers = parse(unverified).administrators
    return parse(notes.verified_note(data, signers, kind="roster", vault=vault))


def load_chain(store: Store, vault: str, first_digest: str) -> Iterator[Roster]:
    """Verify every roster from the pinned first one on, and yield each. Raises as `load_pinned` does."""
    first = _first(store, vault, first_digest)
    yield first
    yield from _after(store, first)


def _after(store: Store, current: Roster) -> Iterator[Roster]:
    """Yield the rosters that follow one that counts. Raises `Damaged`."""
    while store.exists(layout.roster(current.number + 1)) and current.number < MAX_ROSTERS:
        current = followed(current, store.read(layout.roster(current.number + 1)))
        yield current


def _verified_before(store: Store, vault: str, number: int, digest: str, kept: bytes) -> Roster | None:
    """Return the roster that was kept, if it is the remembered one, and stands in the vault byte for byte."""
    if not store.exists(layout.roster(number)) or store.read(layout.roster(number)) != kept:
        return None
    return remembered(kept, vault, digest)


def _expect_overruled(
    line: Sequence[Roster], digest: str, seen: Roster | None, earlier: Callable[[int], bytes]
) -> None:
    """See that every roster there is, from the first on, may take the place of one that was seen. Raises `Damaged`."""
    from imgfile.vault.roster.forks import refusal  # noqa: PLC0415 - hardly any vault has ever forked

    why = refusal(line, digest, seen, earlier)
    if why is not None:
        hint = f"{why}\n{ROLLBACK_HINT}" if why else ROLLBACK_HINT
        raise Damaged("the vault's roster is not the one this computer saw before.", hint)


def remembered(kept: bytes, vault: str, digest: str) -> Roster | None:
    """Return the roster that was kept, if it is the one whose digest is remembered from when it was verified."""
    try:
        note = notes.parse(kept)
        return parse(note) if (note.digest, note.vault, note.kind) == (digest, vault, "roster") else None
    except Damaged:
        return None


def followed(previous: Roster, data: bytes) -> Roster:
    """Return the roster that a note holds, which must follow another one. Raises `Damaged`."""
    from imgfile.vault.roster.follow import broken_rules  # noqa: PLC0415 - not of the first one

    note = notes.verified_note(data, previous.roster_signers, kind="roster", vault=previous.vault)
    later = parse(note)
    for broken in broken_rules(previous, later):
        raise Damaged(f"roster {previous.number + 1} does not follow the one before: {broken}.", ROLLBACK_HINT)
    return later
