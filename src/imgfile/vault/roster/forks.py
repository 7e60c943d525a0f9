"""Whether a line of rosters may take the place of the one that a station has seen.

Two copies of a vault can each get a roster n. Neither counts until a later one names both: one by `previous`, the other
by `forks`. But whoever administered once holds the key that signed then, and could sign a line of their own that leaves
the chain before their removal, and a roster that overrules it. So a line counts only where

1. a roster of it overrules the one seen here, whose note this station still keeps;
2. everybody who signed it, from where it left what was seen here up to that roster, may still sign by what was seen;
3. that roster follows the one seen here too: what was closed is closed, and whoever was listed is (`follow`);
4. nobody who was closed holds the generation of the practice's key that it files to.

A note that names an overruled roster was written honestly by whoever had seen that copy, and counts like one that names
the chain's of the same number (`by_name`): the overruled text itself is not in the vault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from imgfile import notes
from imgfile.errors import Damaged
from imgfile.vault.roster.follow import broken_closings
from imgfile.vault.roster.model import Roster, Seen


def by_name(rosters: Iterable[Roster]) -> dict[Seen, Sequence[Roster]]:
    """Return every roster that a note may name → those that say who was open in it.

    That is the roster itself. Of an overruled one it is the chain's of that number, and the one that overruled it: that
    lists, open or closed, whoever either did.
    """
    found: dict[Seen, Sequence[Roster]] = {}
    before: Roster | None = None
    for roster in rosters:
        found[roster.seen] = (roster,)
        if before is not None:
            found.update(dict.fromkeys(((before.number, digest) for digest in roster.forks), (before, roster)))
        before = roster
    return found


def refusal(line: Sequence[Roster], digest: str, seen: Roster | None, earlier: Callable[[int], bytes]) -> str | None:
    """Return why a line may not take the place of the roster with this digest, a sentence; None where it may.

    "" where no roster of it overrules that one at all.

    `line` is every roster there is, from the first on. `seen` is the roster with that digest, as this station keeps it,
    None where it does not; `earlier` gives the note of a lower number that it keeps, b"" for none.
    """
    joining = next((each for each in line if digest in each.forks), None)
    if joining is None:
        return ""
    if seen is None:
        return "A later roster overrules that one, and this computer keeps no copy of it to compare."
    return next(_broken(line, joining, seen, earlier), None)


def _broken(line: Sequence[Roster], joining: Roster, seen: Roster, earlier: Callable[[int], bytes]) -> Iterator[str]:
    common = _seen_digests(seen, earlier)
    for before, each in pairwise(line):
        if each.number > joining.number:
            break
        signer = each.note.signer
        if common.get(each.number) != each.note.digest and (
            seen.roster_signers.get(signer) != before.roster_signers.get(signer)
        ):
            yield f"Roster {each.number} was signed by {signer[:8]}, who may not by the one seen before."
    yield from (
        f"Roster {joining.number} overrules that one, and does not follow it: {why}."
        for why in broken_closings(seen, joining)
    )
    closed = {one.holder for one in (*seen.closed.credentials, *seen.closed.recoveries)}
    if closed & joining.generation.holders.keys():
        yield "Somebody who was removed holds the key that would be filed to."


def _seen_digests(seen: Roster, earlier: Callable[[int], bytes]) -> dict[int, str]:
    """Return number → digest of the rosters on the way to the one seen, as far back as their notes are kept."""
    known, note = {seen.number: seen.note.digest}, seen.note
    for number in range(seen.number - 1, 0, -1):
        known[number] = str(note.body["previous"])
        try:
            note = notes.parse(earlier(number))
        except Damaged:
            break
        if note.digest != known[number]:
            break
    return known
