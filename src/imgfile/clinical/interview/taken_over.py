"""Which answers of a photo stand on when some of them are given anew: at amending it, and at taking it from an inbox.

1. An answer that is given as it was is no other one, and nothing that rests on it is asked again.
2. What rests on an answer that changed is asked again, so that it is named as missing where nobody is asked: what
   followed from a number, a birth date, a site or a form of consent.
3. Of what rests on the basis alone, that stays which fits the new one: who agreed and how, where it is the same person
   who agrees (a mother's phone call is no consent of the child's own); how competence or capacity was assessed, where
   the new basis turns on that too. Who decides, by which document, or was consulted is of the old basis alone.
4. Of what rests on the birth date, that stays which every rule lets stand at the age that it gives, with nothing more
   to be asked (`still_standing`): a slip of a year in a child's birth date makes nobody agree anew.
5. Of another patient nothing of the consent stays (R25).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from typing import Final

from imgfile.clinical.facts import Facts
from imgfile.clinical.interview.answers import Given, resting_on
from imgfile.clinical.interview.derive import derive_giver
from imgfile.clinical.interview.parse import origin_of
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.rules import Weight, judge, needs_capacity_evidence
from imgfile.clinical.vocabulary import Capacity
from imgfile.errors import AnswerInvalid

_HOW: Final = ("form", "spoken_since", "origin", "view_once", "agreed_to_keep")
"""How they agreed, and what rests on that."""
_COMPETENCE: Final = ("competence", "competence_evidence")


def taken_over(before: Mapping[str, Given], given: Mapping[str, Given], facts: Facts) -> dict[str, Given]:
    """Return a photo's answers with those that are given anew, and without those that these make stale.

    `facts` is what the answers before came to.
    """
    changed = {slug for slug, answer in given.items() if not _is_as_before(slug, answer, facts)}
    stale = resting_on(changed)
    born = _understood("dob", given, facts)
    if "dob" in changed and "patient" not in changed and isinstance(born, date):
        stale -= still_standing(facts, born) - resting_on(changed - {"dob"})
    if "basis" in given and "basis" in stale and "patient" not in changed:
        stale -= set(_fitting(given, facts)) - resting_on(changed, but_for="basis")
    return {**{slug: answer for slug, answer in before.items() if slug not in stale}, **given}


def still_standing(facts: Facts, born: date) -> frozenset[str]:
    """Return which answers that rest on the birth date stand on with another one; `facts` is what all came to.

    What was agreed stands where its basis is offered at that age, no rule refuses any of it, and no answer more is
    wanted with it, or fewer; whether it is intimate, where the photo is a child's, or not, as before.
    """
    now = replace(facts, dob=born)
    found = {"date_reason"} if now.date_doubt == facts.date_doubt else set[str]()
    shown, agreed = resting_on({"intimate"}), resting_on({"basis"})
    is_as_intimate, is_agreed = now.shows_child is facts.shows_child, _is_agreed(facts, now, agreed)
    found |= shown if is_as_intimate else set()
    found |= agreed if is_agreed else set()
    return frozenset(found if is_as_intimate and is_agreed else found - (shown & agreed))


def _is_agreed(facts: Facts, now: Facts, slugs: AbstractSet[str]) -> bool:
    if facts.basis not in {choice.code for choice in QUESTIONS["basis"].choices(now)}:
        return False
    return _open(now, slugs) <= _open(facts, slugs) and _refused(now, slugs) <= _refused(facts, slugs)


def _open(facts: Facts, slugs: AbstractSet[str]) -> set[str]:
    """Return which of these questions want an answer that is not there, or have one that does not apply."""
    asked = (QUESTIONS[slug] for slug in slugs if not QUESTIONS[slug].is_optional)
    return {each.slug for each in asked if bool(each.applies(facts)) is (getattr(facts, each.slug) is None)}


def _refused(facts: Facts, slugs: AbstractSet[str]) -> set[tuple[str, str]]:
    found = (each for each in judge(facts) if each.weight is not Weight.WARNING)
    return {(each.rule, each.question) for each in found if each.question in slugs}


def _is_as_before(slug: str, answer: Given, facts: Facts) -> bool:
    if slug == "form" and origin_of(answer.text) not in {None, facts.origin}:
        return False
    before = getattr(facts, slug)
    return before is not None and _understood(slug, given={slug: answer}, facts=facts) == before


def _understood(slug: str, given: Mapping[str, Given], facts: Facts) -> object | None:
    """Return what a given answer means; None where there is none, or it cannot be read: that is reported later."""
    try:
        return QUESTIONS[slug].parse(given[slug].text, facts) if slug in given else None
    except AnswerInvalid:
        return None


def _fitting(given: Mapping[str, Given], facts: Facts) -> Iterator[str]:
    """Yield the answers that fit the new basis too, at the age that the patient is by now."""
    anew = {slug: value for slug in ("dob", "basis") if (value := _understood(slug, given, facts)) is not None}
    now = replace(facts, **anew)  # type: ignore[arg-type]  # a question makes the type of its own field
    if "basis" not in anew or now.terms is None:
        return
    giver = _understood("giver", given, now) or derive_giver(now) or facts.giver
    if now.terms.is_agreement and giver == facts.giver and giver in now.terms.givers:
        yield from ("giver", *_HOW)
    if now.terms.needs_competence:
        yield from _COMPETENCE
    lacks = bool(needs_capacity_evidence(now))
    if lacks:
        yield "capacity_evidence"
    if lacks is (facts.capacity is Capacity.ASSESSED_LACKS):
        yield "capacity"
