"""What is left in a mailbox of photos that were taken out: where it lies, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.acts.erasure.mailbox_copies import Residue
from imgfile.cli.ingest.report import error_facts
from imgfile.errors import SourceRemains
from imgfile.mail.removal.place import Lies, Where

MAX_PLACES_NAMED: Final = 5
"""How many places of a mailbox a sentence names."""


_MAY_GO: Final = "File the message's photo too, or take the very same one out with --erase-copies."
_LEFT: Final = "It was left, or refused: file that message's photo too, or delete the message in the mail program."


def residue_error(residue: Residue, *, erases_copies: bool = False) -> SourceRemains:
    """Return what can still be read in a mailbox as the error that it is; `erases_copies` as the run was asked to."""
    if residue.unknown:
        unknown = f"whether {residue.path} holds further copies is not known: {residue.unknown.message}"
        return SourceRemains(unknown, residue.unknown.hint)
    where = list(dict.fromkeys(map(place_words, residue.places)))
    named = ", ".join(where[:MAX_PLACES_NAMED])
    more = f", and {len(where) - MAX_PLACES_NAMED} more places" if len(where) > MAX_PLACES_NAMED else ""
    return SourceRemains(
        f"{residue.path} still holds a copy of a photo that was taken out: {named}{more}.",
        _advice(residue.places, erases_copies=erases_copies),
    )


def place_words(place: Where) -> str:
    """Return in words where in a mailbox something was found, and why it cannot be taken out where that is known."""
    reason = f": {place.remains}" if place.remains else ""
    part = f" (part {place.part}{reason})" if place.part else ""
    match place.lies:
        case Lies.IN_MESSAGE:
            return f"in message {place.message}{part}"
        case Lies.IN_DELETED:
            return f"in message {place.message}{part}, which is deleted and still in the file"
        case _:
            at = "" if place.offset is None else f", at byte {place.offset:,}"
            return f"{place.lies.value}{part}{at}"


def _advice(places: Sequence[Where], *, erases_copies: bool) -> str:
    """Return what can be done about each kind of place; what does not help is not offered."""
    advice = []
    if any(place.can_go for place in places):
        # Where that was tried, what is left was left by hand, by a row or by a rule: the same advice leads nowhere.
        advice.append(_LEFT if erases_copies else _MAY_GO)
    if any(place.lies is Lies.IN_MESSAGE and not place.can_go for place in places):
        advice.append("What cannot be taken out goes with its message: delete that in the mail program.")
    if any(place.lies is not Lies.IN_MESSAGE or not place.can_go for place in places):
        advice.append("Compact the folder in the mail program: that drops what is deleted.")
    return "\n".join(advice)


def residue_facts(residue: Residue) -> Iterator[dict[str, object]]:
    """Yield for a script each place where something is left (docs/reference/json.md)."""
    source = {"source": str(residue.path)}
    if residue.unknown:
        yield source | error_facts(residue.unknown)
    for place in residue.places:
        byte = {} if place.offset is None else {"byte": place.offset}
        message = {"in_message": place.message} if place.message else {}
        part = {"part": place.part} if place.part else {}
        remains = {"remains": place.remains} if place.remains else {}
        yield {**source, **byte, "lies": place.lies.name.lower(), **message, **part, **remains}
