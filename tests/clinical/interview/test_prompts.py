"""What a prompt looks like: within a screen, and when an answer is to be changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.confirmation import ASK, ASK_TO_ATTEST, Confirmation
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.lines import CONSENTED, LINES
from imgfile.clinical.interview.prompt import Prompt, prompt_for, prompt_for_change
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import IntimateUnder18, Nation, Origin, Provenance, Purpose
from imgfile.terminal.text import folded
from kit.vault.filings import ADULT, CHILD, DOCTOR, FACTS, MOLE, RASH, Script, flags, knowing

COLUMNS, NARROW = 80, 40
SCREEN = COLUMNS - 1
"""What a prompt of one line may take: the cursor waits behind its blank."""
EARLIER = (EarlierPhoto(RecordId("7f" * 16), "7f3k", date(2026, 11, 20)),)
FIVE = (DOCTOR, *(Person(f"Dr {name}. Colleague", f"GMC 710000{name}") for name in "1234"))


def situations() -> Iterator[Facts]:
    """Yield what may be known when a question is asked, at every age, in every nation, on every basis."""
    births = [date(2025, 9, 14), date(2014, 1, 1), date(2010, 1, 1), date(1971, 3, 3)]
    for nation, born in product(Nation, births):
        policy = Policy(nation=nation, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
        facts = knowing(policy=policy, dob=born, patient=ADULT, earlier=EARLIER, can_skip=True, people=FIVE)
        yield facts
        yield replace(facts, is_sharing=True, asked_by=None, earlier=(), patient="3200000015")
        yield from (replace(facts, basis=basis, giver=basis.terms.givers[0]) for basis in ConsentBasis)
        for site in ("nappy area", "left knee", "perianal", "what the patient regards as intimate", "groyn"):
            yield replace(facts, body_site=site)


def assert_fits(words: str) -> None:
    """Assert that a prompt takes one line of a screen, or is broken between choices; and fits a narrow one."""
    for line in words.split("\n"):
        if line.endswith(":"):
            assert len(line) <= SCREEN, line
        assert all(len(part) <= COLUMNS for part in folded(line, COLUMNS)), line
        assert all(len(part) <= NARROW for part in folded(line, NARROW)), line


def test_every_prompt_fits_the_screen() -> None:
    """Of 80 columns on one line, but for long lists of choices; of 40 between words."""
    for facts in situations():
        for line in LINES:
            if line == CONSENTED and len(choices.givers(facts)) == 1:
                continue  # who agreed follows, and how is asked alone
            assert_fits(prompt_for(line, facts).words)


def test_the_confirmations_fit_the_screen() -> None:
    """Also where one may leave a row."""
    for words in (ASK, ASK_TO_ATTEST):
        assert_fits(words)
        assert_fits(Confirmation((), words, "").with_skip().words)


# --- changing an answer -------------------------------------------------------------------------------------

KNOWN: dict[str, Any] = {
    "patient": CHILD, "dob": date(2025, 9, 14), "body_site": "left knee", "intimate": False,
    "purpose": Purpose.DIAGNOSIS, "basis": ConsentBasis.PARENTAL_RESPONSIBILITY, "giver": ConsentGiver.MOTHER,
    "origin": Origin.REQUESTED_BY_CLINICIAN,
    "obtained_by": "Dr A. Example", "obtained_at": date(2026, 11, 20), "rationale": "Another lesion, to be compared",
}  # fmt: skip


@pytest.mark.parametrize(
    ("slug", "words", "now", "prefill"),
    [
        ("patient", "Patient number (v look, q quit):", "999 000 0018", ""),
        ("dob", "Date of birth:", "14 Sep 2025", ""),
        ("body_site", "Body site:", "left knee", ""),
        ("intimate", "Intimate? (y/n):", "no", ""),
        ("purpose", "Purpose [diagnosis] (? lists):", "", ""),
        ("giver", "Who agreed (mother, father, other parent, guardian):", "mother", ""),
        ("obtained_by", "Asked by [Dr A. Example]:", "", ""),
        ("obtained_at", "Asked on [20 Nov 2026] (yesterday, 21/11/2026):", "", ""),
        ("rationale", "Rationale: which decision, why remote, what explained, safety net, why keep it",
         "Another lesion, to be compared", "Another lesion, to be compared"),
        ("origin", "Origin (? lists):", "asked for by a clinician", ""),
    ],
)  # fmt: skip
def test_the_answer_that_is_to_be_changed_is_shown(slug: str, words: str, now: str, prefill: str) -> None:
    """In brackets where a default may be, else above the question, and a long text on the line itself."""
    prompt = prompt_for_change(QUESTIONS[slug], replace(FACTS, **KNOWN))
    assert (prompt.words, prompt.now, prompt.prefill) == (words, now, prefill)


def test_a_default_of_the_question_gives_way_to_the_answer() -> None:
    """Enter keeps what was said, whatever is likely."""
    facts = knowing(obtained_at=date(2026, 11, 1), purpose=Purpose.REFERRAL_ADVICE, earlier=EARLIER, obtained_by="Dr B")
    words = [prompt_for_change(QUESTIONS[slug], facts).words for slug in ("obtained_at", "purpose", "obtained_by")]
    assert words == [
        "Asked on [1 Nov 2026] (yesterday, 21/11/2026):",
        "Purpose [referral or advice]; m = response since 7f3k:",
        "Asked by [Dr B]:",
    ]


def test_no_answer_that_must_be_typed_is_offered_in_brackets() -> None:
    """Number, birth date, basis, giver, form, rationale and safeguards are never defaulted."""
    facts = replace(FACTS, **KNOWN)
    for slug in ("patient", "dob", "basis", "giver", "rationale", "intimate", "body_site"):
        prompt = prompt_for_change(QUESTIONS[slug], facts)
        assert prompt.default == ""
        assert f"[{prompt.now}]" not in prompt.words


def changed(given: dict[str, Any], slug: str, *lines: str) -> tuple[Interview, Script]:
    """Go back to one answer, and return how the interview ended."""
    script = Script(lines)
    asking = Interview(given, FACTS, script, changing=slug)
    asking.identify()
    asking.complete(())
    return asking, script


def typed_rash() -> dict[str, Any]:
    """Give the seed case's answers, all typed here."""
    return flags(RASH | {"attested_by": "Dr A. Example"}, Provenance.TYPED)


@pytest.mark.parametrize("slug", [*RASH, "attested_by"])
def test_enter_goes_back_from_every_answer_and_changes_nothing(slug: str) -> None:
    """Nothing that rests on it is asked, and no provenance differs."""
    given = typed_rash()
    asking, script = changed(given, slug, "")
    assert [prompt.slugs for prompt in script.prompts] == [(slug,)]
    assert asking.given == given
    plain = Interview(given, FACTS, Script(()))
    plain.identify()
    assert plain.complete(()) == asking.complete(())


@pytest.mark.parametrize(
    ("slug", "typed", "asked_too"),
    [
        (
            "patient",
            (ADULT, "14/9/25", "", "", "1", "mother phone", "1257"),
            ["dob", "intimate", "purpose", "basis", "giver", "safeguards"],
        ),
        ("dob", ("13/9/24",), []),
        ("dob", ("13/9/10", "1", "phone"), ["basis", "form"]),
        ("dob", ("13/9/85", "", "1", "phone", "n"), ["intimate", "basis", "form"]),
        ("body_site", ("left knee", "n"), ["intimate"]),
        ("body_site", ("groin", "", "1257"), ["intimate", "safeguards"]),
        ("intimate", ("n",), []),
        ("purpose", ("3",), []),
        ("basis", ("3", "both parents"), ["consulted"]),
        ("giver", ("father",), []),
        ("form", ("video",), []),
        ("obtained_by", ("Dr B, GMC 7111111",), []),
        ("obtained_at", ("yesterday",), []),
        ("rationale", ("Another lesion, to be compared in a month",), []),
        ("safeguards", ("12357",), []),
    ],
)  # fmt: skip
def test_one_answer_is_changed_and_what_rests_on_it_asked_again(
    slug: str, typed: tuple[str, ...], asked_too: list[str]
) -> None:
    """And nothing else: both halves of a line by themselves."""
    asking, script = changed(typed_rash(), slug, *typed)
    assert [prompt.slugs[0] for prompt in script.prompts][1:][: len(asked_too)] == asked_too
    assert not script.lines
    text = asking.given[slug].text
    assert text in {typed[0], "referral_advice", "best_interests_or_benefit", "21 Nov 2026"}
    assert asking.given["rationale"].provenance is Provenance.TYPED


def test_a_change_that_a_rule_refuses_is_asked_again_and_enter_still_goes_back() -> None:
    """R6: an adult's basis does not hold for a child; R1: a rationale says something."""
    given = typed_rash()
    asking, script = changed(given, "basis", "patient_capacity_16plus", "")
    assert script.problems[0].startswith("R6: ")
    assert asking.given == given
    asking, script = changed(given, "rationale", "xxxx xxxx xxxx xxxx xxxx", "")
    assert script.problems == ["R1: the rationale is one thing repeated."]
    assert asking.given == given


def test_an_answer_that_came_by_a_flag_is_changed_like_a_typed_one() -> None:
    """And then it is one."""
    asking, _ = changed(flags(MOLE), "form", "video")
    assert asking.given["form"].provenance is Provenance.TYPED
    assert asking.given["basis"].provenance is Provenance.FLAG


def test_a_derived_answer_can_be_said_otherwise() -> None:
    """That an adult's shoulder is not intimate, say."""
    asking, script = changed(flags(MOLE), "intimate", "y", "n")
    assert script.prompts[0].now == "no"
    assert asking.facts.intimate is True
    asking, _ = changed(flags(MOLE), "intimate", "")
    assert asking.facts.intimate is False
    assert "intimate" not in asking.given


def test_a_new_number_forgets_what_the_one_before_said_about_its_scheme() -> None:
    """Behind its label."""
    given = flags({**MOLE, "patient": "H&C 320 000 0015"}, Provenance.TYPED)
    asking, _ = changed(given, "patient", ADULT, "3/3/71", "", "1", "phone")
    assert asking.facts.scheme == "nhs"


def test_a_prompt_keeps_personal_things_out_of_its_repr() -> None:
    """The answer that is to be changed too."""
    prompt = prompt_for_change(QUESTIONS["rationale"], replace(FACTS, **KNOWN))
    assert isinstance(prompt, Prompt)
    assert "lesion" not in repr(prompt)


@pytest.mark.parametrize("basis", ConsentBasis)
def test_who_agreed_is_asked_for_on_every_basis(basis: ConsentBasis) -> None:
    """Also where one person alone can: it is asked for once somebody else was given."""
    words = prompt_for(CONSENTED, knowing(basis=basis)).words
    assert words.startswith("Who agreed, and how (")
    assert f"({choices.givers(knowing(basis=basis))[0].label} phone, " in words


def test_somebody_who_cannot_agree_is_asked_for_again() -> None:
    """At the terminal, where flags or an earlier answer named a mother and the patient decides alone."""
    script = Script(["patient phone"])
    given = {slug: text for slug, text in MOLE.items() if slug != "form"}
    interview = Interview(flags({**given, "giver": "mother"}), FACTS, script)
    interview.identify()
    assert interview.complete().consent.giver is ConsentGiver.PATIENT
    assert script.words == ["Who agreed, and how (patient phone, ...; ? lists):"]
