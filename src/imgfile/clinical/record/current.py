"""What holds of a filed photo now: its facts as they were filed, and every amendment since.

Amendments count in the order in which they knew of one another. Where two were made at once and differ, the stricter
counts, and both are shown; where neither is the stricter, the later in order stands, and it is said that they differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.additions import Amendment
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import IntimateSite, Sensitivity
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field

Path = tuple[str, str]
"""A part of a record's facts, and the value in it: `("decision", "body_site")`."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two amendments made at once say different things of one value."""

    path: Path
    counts: object = field(repr=False)
    other: object = field(repr=False)


@dataclass(frozen=True, slots=True)
class Amended:
    """A record as it is now, and where two amendments differ."""

    facts: Record = field(repr=False)
    disputes: tuple[Dispute, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """An amendment, and whether its writer knew of another one, by its place in order."""

    amendment: Amendment = field(repr=False)
    knew: frozenset[int]


def amended(
    filed: Record, amendments: Sequence[Known], *, is_intimate: bool = False, is_disputed: bool = False
) -> Amended:
    """Return a record as it is now. `is_intimate`: a note that needs no key says that it counts as intimate.

    `is_disputed`: at once, somebody said that it is not. Raises Damaged for an amendment that says what no record can
    say.
    """
    said: dict[Path, list[tuple[int, Any]]] = {}
    for number, known in enumerate(amendments):
        for part, values in known.amendment.changes.items():
            for key, value in values.items():
                said.setdefault((part, key), []).append((number, value))
    changes: dict[str, dict[str, Any]] = {}
    disputes: list[Dispute] = []
    for path, said_of in said.items():
        counts = _settled(path, _newest(said_of, amendments), disputes)
        changes.setdefault(path[0], {})[path[1]] = counts
    facts = _merged(filed, changes, amendments, disputes)
    sources = {slug: how for known in amendments for slug, how in known.amendment.provenance.items()}
    if sources:
        facts = replace(facts, provenance={**facts.provenance, **sources})
    if is_intimate and facts.decision.intimate_site is None:
        if is_disputed:
            disputes.append(Dispute(_INTIMATE_SITE, _AS_INTIMATE["decision"]["intimate_site"], None))
        facts = record_json.changed(facts, _AS_INTIMATE)
    return Amended(facts, tuple(disputes))


def _merged(
    filed: Record, changes: dict[str, dict[str, Any]], amendments: Sequence[Known], disputes: list[Dispute]
) -> Record:
    """Return a record with the values that count, as far as they can stand together.

    The values of a consent fit one another: a basis has its givers. Where amendments were made at once, what counts of
    one may not fit what counts of another; then each consent counts whole, in order, and what does not fit is disputed.
    """
    if not changes:
        return filed
    try:
        return record_json.changed(filed, changes)
    except Damaged:
        if all(known.knew >= set(range(number)) for number, known in enumerate(amendments)):
            raise
    facts = record_json.changed(filed, {part: values for part, values in changes.items() if part != _CONSENT})
    for known in amendments:
        consent = known.amendment.changes.get(_CONSENT, {})
        try:
            facts = record_json.changed(facts, {_CONSENT: consent})
        except Damaged:
            counts = record_json.values_of(facts, _CONSENT)
            disputes.extend(Dispute((_CONSENT, key), counts.get(key), value) for key, value in consent.items())
    return facts


_CONSENT: Final = "consent"
_INTIMATE_SITE: Final[Path] = ("decision", "intimate_site")
_AS_INTIMATE: Final = {
    "decision": {
        "intimate_site": IntimateSite.OTHER_AS_REGARDED_BY_PATIENT.value,
        "sensitivity": Sensitivity.INTIMATE.value,
    }
}


def _newest(values: Sequence[tuple[int, Any]], amendments: Sequence[Known]) -> list[Any]:
    """Return what was said last: of two that did not know of each other, both."""
    outdone = {earlier for number, _ in values for earlier in amendments[number].knew}
    return [value for number, value in values if number not in outdone]


def _settled(path: Path, newest: Sequence[Any], disputes: list[Dispute]) -> object:
    counts = newest[-1]
    for other in newest[:-1]:
        if other == counts:
            continue
        if _is_stricter(path, other, counts):
            counts, other = other, counts  # noqa: PLW2901 - the two change places
        disputes.append(Dispute(path, counts, other))
    return counts


def _is_stricter(path: Path, one: object, other: object) -> bool:
    stricter = _STRICTER.get(path)
    return stricter is not None and stricter(one) > stricter(other)


_STRICTER: Final[Mapping[Path, Callable[[Any], int]]] = {
    _INTIMATE_SITE: lambda site: int(site is not None),
    ("decision", "sensitivity"): lambda word: int(word == Sensitivity.INTIMATE) * 2 + int(word != Sensitivity.NONE),
    ("decision", "objection"): lambda objected: int(objected is True),
    ("patient", "born"): lambda born: int(str(born).replace("-", "")),  # the younger may still be a child
}
"""How strict a value is, where that can be said."""
