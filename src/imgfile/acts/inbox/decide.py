"""Deciding about an item of the inbox: what was answered is asked and judged anew (rules 1, 2 and 6 of `settle`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from imgfile.acts.inbox.held import expect_no_hold, hold
from imgfile.acts.ingest.already_filed import recognise
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.known import gone_photo, since
from imgfile.acts.life.attended import expect_attended, expect_intimate_stays
from imgfile.acts.life.person import facts_of
from imgfile.acts.outcome import Since
from imgfile.clinical.facts import Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.filed import answered, facts_before
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.taken_over import taken_over
from imgfile.clinical.proofs import PatientFolder
from imgfile.clinical.rules import CONCERN_LEFT_OPEN
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open_item import OpenedItem

if TYPE_CHECKING:
    from imgfile.clinical.interview.prompt import Ask


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to become of an item: a filing, or the record that the photo is filed as already."""

    opened: OpenedItem
    folder: PatientFolder
    filing: Filing | None = field(repr=False)
    known: Manifest | None = None
    since: tuple[Since, ...] = ()
    """What holds by now of the record that it is filed as already."""
    given: Mapping[str, Given] = field(default_factory=dict, repr=False)
    """The answers that it is filed with; with `facts` what they came to."""
    facts: Facts | None = field(default=None, repr=False)
    said: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What was stated of it, each answer in one spelling: by which its source is recognised here (R24)."""


def decide(  # noqa: PLR0913 - what is answered, by whom, and what of it is changed
    run: Run, opened: OpenedItem, given: Mapping[str, Given], by: Person, ask: Ask | None, *, changing: str = ""
) -> Decided:
    """Ask and judge anew what was answered of an item; whoever accepts it attests it, where that is needed.

    With `changing`, `given` is all that it was decided with before, of which that answer is to be another.

    Raises `AnswerInvalid`, `RefusedByRule`, `Cancelled`.
    """
    vault = run.vault
    expect_no_hold(run, opened)
    base = replace(facts_of(vault, by, today=run.now().date()), read_form=run.read_form, filed_form=opened.form)
    if not changing:
        facts, before = answered(opened.facts, base, ())
        stated = {slug: Given(each.text, Provenance.ANSWERS_FILE) for slug, each in before.items()}
        given = taken_over(stated, given, facts)
    interview = Interview(given, facts_before(opened.facts, base), ask, changing=changing)
    who = interview.identify()
    while who is not None:
        found = recognise(run, *who, opened.facts.picture.original_digest)
        folder = run.pseudonyms.folder(who[0])
        if found.gone is not None:
            raise gone_photo(found.gone)
        if found.known is not None:
            return Decided(opened, folder, None, found.known, since(run, found.known))
        if found.birth_date_agrees:
            break
        who = interview.correct_birth_date(found.born_otherwise)
    else:
        return Decided(opened, PatientFolder(""), interview.complete())  # which reports what is missing
    if found.elsewhere:
        raise anothers(found.elsewhere[-1].reference)
    try:
        filing = interview.complete(found.earlier)
    except RefusedByRule as refusal:
        raise (hold(run, opened) if refusal.message == CONCERN_LEFT_OPEN else refusal) from None
    filing.refuse_who_had_left(vault.left_on)
    expect_intimate_stays(opened.facts, filing, is_asked=ask is not None)
    expect_attended(opened.facts, is_asked=ask is not None)
    return Decided(opened, folder, filing, given=interview.given, facts=interview.facts, said=interview.stated)


def anothers(reference: str) -> RefusedByRule:
    """Return why a photo stops that is filed for another patient, as this reference (R25)."""
    return RefusedByRule(
        "R25",
        f"this very photo is filed for another patient, as {reference}; it waits on.",
        "Look at both numbers. Where the item's is wrong:  imgfile inbox accept ITEM --patient NUMBER",
    )
