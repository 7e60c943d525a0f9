"""Whether an administrator's imgfile takes a request to join for one, and why not.

1. Its words are those of one request alone: two with the same words are refused, both.
2. Every key that it brings signed it; it lies under its own name; the signing key that it names lies in the vault.
3. It names this vault's first roster, and a roster of this vault's own chain.
4. That roster is no older than the last one that closed anything, or changed who administers or the recovery key:
   whoever asked before that did not know of it.
5. Nothing that it brings stands in a roster already, open, closed, or long gone; its recipients are of
   the vault's kind.

How old it is decides nothing: clocks are wrong, and a removal counts by rosters.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from imgfile import notes, sealing
from imgfile.errors import Damaged, UsageError
from imgfile.frozen import dataclass
from imgfile.notes import PublicKeys
from imgfile.vault import layout
from imgfile.vault.joining.request import MAX_REQUEST_BYTES, Request, parse
from imgfile.vault.roster.model import Roster, is_fingerprint
from imgfile.vault.store import patience
from imgfile.vault.store.directory import Store

MAX_REQUESTS: Final = 1_000
"""So many are looked at; whoever writes more into a share hides the others, as they could by removing them."""

_NOTHING_CHANGED: Final = "Nothing was changed."
_JOIN_AGAIN: Final = f"{_NOTHING_CHANGED} On the new computer:  imgfile join FOLDER --again"

_FAILING: Final = frozenset({errno.EIO, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.ESTALE, errno.ETIMEDOUT})
"""What a disk or share says that fails for a moment, or has no access to give."""
_FAILING_HINT: Final = "Nothing was changed. Check the disk or share it lies on, then run the same command again."


@dataclass(frozen=True, slots=True)
class Posted:
    """A file among the requests: what it says where it is a whole one, or what is wrong with it."""

    where: str
    digest: str
    """Of its text; "" where it is no note at all."""
    request: Request | None
    flaw: str = ""
    is_unread: bool = False
    """Whether the disk or share failed, so that nobody knows what it says."""


def posted(store: Store, vault: str) -> Iterator[Posted]:
    """Yield every file among a vault's requests, the good and the bad. Raises `Damaged` where none can be listed."""
    for number, name in enumerate(store.names(layout.REQUESTS)):
        if number >= MAX_REQUESTS:
            return
        if name.endswith(".note"):
            yield _posted(store, vault, f"{layout.REQUESTS}/{name}")


def _posted(store: Store, vault: str, where: str) -> Posted:
    digest = ""
    try:
        data = store.read(where, limit=MAX_REQUEST_BYTES)
        digest = notes.parse(data).digest
        request = parse(data, vault)
    except Damaged as error:
        is_unread = isinstance(error.__cause__, OSError) and error.__cause__.errno in _FAILING
        return Posted(where, digest, None, error.message, is_unread)
    if where != layout.request(request.name):
        return Posted(where, digest, None, "it is the copy of a request, under another name.")
    return Posted(where, digest, request)


def find(store: Store, vault: str, typed: str) -> Request | None:
    """Return the request whose words were typed; None where there is none. Raises `Damaged` where it is not sound."""
    every = list(posted(store, vault))
    found = [each for each in every if each.digest and is_fingerprint(typed, each.digest)]
    if not found and (unread := next((each for each in every if each.is_unread), None)) is not None:
        raise Damaged(f"a request cannot be read, so nobody knows its words: {unread.flaw}", _FAILING_HINT)
    if not found:
        return None
    if len(found) > 1:
        raise Damaged(
            f"{len(found)} requests have these words: {', '.join(each.where for each in found)}. All are refused.",
            f"Somebody copied one, or made one to look like it. {_JOIN_AGAIN}",
        )
    (only,) = found
    if only.request is None:
        raise Damaged(f"the request with these words, {only.where}, is forged or damaged: {only.flaw}", _JOIN_AGAIN)
    return only.request


def judge(store: Store, request: Request, rosters: Sequence[Roster]) -> None:
    """See that a request may be approved. Raises `Damaged` for what is forged, `UsageError` for what came too late.

    `rosters` are all of the vault's, from the first on.
    """
    newest = rosters[-1]
    if request.note.vault != newest.vault or request.fingerprint != rosters[0].note.digest:
        raise Damaged("that request was made for another vault, and copied here.", _JOIN_AGAIN)
    _refuse_known(request, rosters)
    number, digest = request.roster
    if not 1 <= number <= len(rosters) or rosters[number - 1].note.digest != digest:
        raise Damaged(
            "that request names a roster that is not in this vault's chain: that computer was shown another one.",
            f"See which folder it opened, then there:  imgfile join FOLDER --again\n{_NOTHING_CHANGED}",
        )
    if is_outdated(request, rosters):
        raise UsageError(
            "that request is older than the last removal, or change of administrators or recovery key.", _JOIN_AGAIN
        )
    if any(_is_post_quantum(recipient) != newest.is_post_quantum for recipient in request.recipients):
        raise Damaged("that request brings keys of another kind than the vault's.", _JOIN_AGAIN)
    one = request.credential
    if one is not None:
        _expect_signer_file(store, layout.signer_key(one.holder), one.signing_key_digest)


def _expect_signer_file(store: Store, name: str, digest: str) -> None:
    """See that a request's key file is there: it was written before the request, and may show after it."""
    if not patience.until(lambda: store.exists(name), patience.SHOWING_SECONDS):
        raise Damaged(
            f"{name}, which belongs to that request, is missing.",
            f"{patience.HINT}\nElse, on the new computer:  imgfile join FOLDER --again",
        )
    if not store.holds(name, digest):
        raise Damaged(store.no_file(name) or f"{name}, which belongs to that request, is another.", _JOIN_AGAIN)


def is_outdated(request: Request, rosters: Sequence[Roster]) -> bool:
    """Return whether a request names a roster from before the last that closed anything or changed who decides."""
    return request.roster[0] < _last_turn(rosters)


def _last_turn(rosters: Sequence[Roster]) -> int:
    """Return the number of the last roster before which nothing that is asked may lie."""
    turns = (after.number for before, after in pairwise(rosters) if _is_turn(before, after))
    return max(turns, default=1)


def _is_turn(before: Roster, after: Roster) -> bool:
    """Return whether a roster closed anything, or changed who administers or the recovery key.

    A further computer of somebody who administers already changes nothing of that.
    """
    return before.closed != after.closed or _deciding(before) != _deciding(after)


def _deciding(roster: Roster) -> tuple[set[str], object]:
    deciding = {person.who for person in roster.people if person.is_administrator and person.credentials}
    return deciding, roster.recovery


def approved_in(request: Request, rosters: Sequence[Roster]) -> Roster | None:
    """Return the roster in which exactly this request was approved first; None where it was not."""
    return next((roster for roster in rosters if lists(roster, request)), None)


def lists(roster: Roster, request: Request) -> bool:
    """Return whether a roster lists everything that a request asked for, with these very keys, open."""
    asked, one = request.station, request.credential
    if asked is not None:
        entry = roster.station(asked.station)
        if entry is None or (entry.keys, entry.recipient, entry.use) != (asked.keys, asked.recipient, asked.use):
            return False
    return one is None or (
        roster.credential(one.holder) == one and all(one.holder in each.holders for each in roster.generations[-1:])
    )


def was_listed(newest: Roster, request: Request) -> bool:
    """Return whether a roster lists what a request asked for, open or closed: it was approved once."""
    closed = {one.holder: one.keys for one in newest.closed.credentials}
    closed |= {one.station: one.keys for one in newest.closed.stations}
    return lists(newest, request) or any(closed.get(key.name) == key for key in request.keys)


def _refuse_known(request: Request, rosters: Sequence[Roster]) -> None:
    newest = rosters[-1]
    done = approved_in(request, rosters)
    if done is not None and lists(newest, request):
        raise UsageError(f"that request was approved already, in roster {done.number}.", _NOTHING_CHANGED)
    shut = {half for keys in newest.closed.keys for half in (keys.name, keys.ed25519, keys.ml_dsa_44)}
    if shut & set(_halves(request.keys)):
        raise Damaged(
            "that request brings keys that were closed: what was removed does not come back by its old request.",
            _JOIN_AGAIN,
        )
    listed = set(known_names(rosters))
    if listed & {request.name, *_halves(request.keys), *request.recipients}:
        raise Damaged("that request brings an id or a key that is another's in the roster: it is forged.", _JOIN_AGAIN)


def _halves(keys: Sequence[PublicKeys]) -> Iterator[object]:
    return (half for each in keys for half in (each.name, each.ed25519, each.ml_dsa_44))


def known_names(rosters: Sequence[Roster]) -> Iterator[object]:
    """Yield every id, recipient and key half that any of the rosters lists, open or closed."""
    for roster in rosters:
        yield from _halves([*roster.open_keys, *roster.closed.keys])
        yield from (roster.recovery.holder, roster.recovery.recipient)
        yield from (each.recipient for each in roster.generations)
        for person in roster.people:
            yield person.who
            for one in person.credentials:
                yield one.recipient
        yield from (entry.recipient for entry in roster.stations)


def _is_post_quantum(recipient: str) -> bool:
    return isinstance(sealing.parse_recipient(recipient), sealing.HybridRecipient)
