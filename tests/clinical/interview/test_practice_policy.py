"""Each setting of the policy that an answer turns on is obeyed however it comes: typed, by flags, from a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from imgfile.clinical.facts import Facts
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given, from_json, from_row
from imgfile.clinical.interview.filed import answered, as_it_stands, facts_before
from imgfile.clinical.patient import NATIONAL, PatientId, Scheme
from imgfile.clinical.vocabulary import IntimateUnder18, Provenance, WhoMayAsk
from imgfile.errors import AnswerInvalid, RefusedByRule
from kit.vault.filings import ADULT, CHILD, MOLE, POLICY, RASH, Script, filed, flags, interview, knowing, nobody
from kit.vault.sealed_facts import record_of

CHI = "0101990014"
LOCAL = (*NATIONAL, Scheme.LOCAL)
OWN_NUMBERS = {"schemes": LOCAL, "local_number": "T-####"}
LISTED = {"who_may_ask": WhoMayAsk.LISTED}
TEACHING = {"allows_oral_teaching": True}
PHRASES = ("Seen by video; photo asked for to judge", "Two week wait referral for")
WORDS = "the new lesion on the left shoulder"


def by(policy: dict[str, Any], **facts: object) -> Facts:
    """Return what stands before any question in a practice with these settings."""
    return knowing(policy=replace(POLICY, **policy), **facts)


def at_every_door(answers: dict[str, str], facts: Facts) -> set[str]:
    """Return what becomes of a photo's answers by flags, a table, a document and typed: what is filed, or is wrong."""
    doors = [flags(answers), from_row(answers), from_json(json.dumps(answers).encode())]
    doors.append(flags(answers, Provenance.TYPED))
    return {_becomes_of(given, facts) for given in doors}


def _becomes_of(given: Mapping[str, Given], facts: Facts) -> str:
    try:
        filing = interview(given, facts).filing
    except AnswerInvalid as error:
        return "; ".join(f"{each.question} {each.message}" for each in error.problems)
    except RefusedByRule as error:
        return f"{error.rule} {error.message}"
    patient = f"{filing.patient.scheme} {filing.patient.grouped}"
    return f"{patient}; {filing.consent.obtained_by}; {filing.rationale}; sensitivity {filing.sensitivity}"


FILED = f"nhs 943 476 5870; Dr A. Example; {MOLE['rationale']}; sensitivity none"
LENGTH = len(MOLE["rationale"])
CASES: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({"schemes": (Scheme.NHS,)}, {}, FILED),
    ({"schemes": (Scheme.CHI,)}, {}, "patient is of a scheme that this practice's policy does not take: only chi"),
    ({"schemes": (Scheme.NHS,)}, {"patient": CHI, "dob": "1/1/99"}, "patient is of a scheme"),
    ({"schemes": (Scheme.NHS,)}, {"patient": f"CHI {CHI}", "dob": "1/1/99"}, "patient is of a scheme"),
    ({"schemes": (Scheme.NHS,)}, {"patient": "3200000007", "scheme": "hsc"}, "scheme is of a scheme"),
    ({"schemes": (Scheme.NHS,)}, {"patient": "3200000007"}, "nhs 320 000 0007; Dr A"),
    ({}, {"patient": "local T-1234"}, "patient is said to be local, and this practice's policy has no numbers"),
    ({}, {"patient": "T-1234"}, "patient has characters that are not digits"),
    (OWN_NUMBERS, {"patient": "T-1234"}, "patient has characters that are not digits; one of this"),
    (OWN_NUMBERS, {"patient": "T-12x4"}, "patient has characters that are not digits"),
    (OWN_NUMBERS, {"patient": "local t-1234"}, "local T-1234; Dr A"),
    (OWN_NUMBERS, {"patient": "T-1234", "scheme": "local"}, "local T-1234; Dr A"),
    (OWN_NUMBERS, {"patient": "T-12345", "scheme": "local"}, "patient is none of this practice's own numbers, which"),
    (OWN_NUMBERS, {"patient": ADULT, "scheme": "local"}, "patient is none of this practice's own numbers, which"),
    (OWN_NUMBERS, {"patient": "T-1234", "scheme": "nhs"}, "patient has characters that are not digits"),
    (OWN_NUMBERS, {}, FILED),
    ({"schemes": LOCAL, "local_number": "4###/##"}, {"patient": "local 4123/26"}, "local 4123/26; Dr A"),
    ({"min_rationale_characters": 80}, {}, "R1 the rationale has fewer than 80 characters"),
    ({"min_rationale_characters": LENGTH}, {}, FILED),
    ({"min_rationale_characters": LENGTH + 1}, {}, f"R1 the rationale has fewer than {LENGTH + 1} characters"),
    ({}, {"rationale": f"1 + {WORDS}"}, f"; 1 + {WORDS}"),
    ({"rationale_phrases": PHRASES}, {"rationale": f"2 + {WORDS}"}, f"; {PHRASES[1]} {WORDS}"),
    ({"rationale_phrases": PHRASES}, {"rationale": f"1+2 +{WORDS}"}, f"; {' '.join(PHRASES)} {WORDS}"),
    ({"rationale_phrases": PHRASES}, {"rationale": f"2 weeks of {WORDS}"}, f"; 2 weeks of {WORDS}"),
    ({"rationale_phrases": PHRASES}, {"rationale": "2"}, "rationale needs words about this photo behind the phrase"),
    ({"rationale_phrases": PHRASES}, {"rationale": "1 + 2"}, "rationale needs words about this photo"),
    ({"rationale_phrases": PHRASES}, {"rationale": "2 + !!"}, "rationale needs words about this photo"),
    ({"rationale_phrases": PHRASES}, {"rationale": f"3 + {WORDS}"}, "rationale picks another phrase than 1 to 2"),
    ({"rationale_phrases": PHRASES}, {"rationale": f"0 + {WORDS}"}, "rationale picks another phrase than 1 to 2"),
    ({"rationale_phrases": PHRASES}, {"rationale": f"2 + {CHILD} {WORDS}"}, "rationale names another patient's number"),
    ({}, {"obtained_by": "Dr B. Locum"}, "obtained_by is nobody of the roster: add the registration"),
    ({}, {"obtained_by": "Dr B. Locum, GMC 7222222"}, "; Dr B. Locum, GMC 7222222; "),
    ({}, {"obtained_by": "Midwife C, NMC 99I1234E"}, "; Midwife C, NMC 99I1234E; "),
    ({}, {"obtained_by": "gmc 7654321"}, "; Dr A. Example; "),
    ({}, {"obtained_by": "R. Desk"}, "; R. Desk; "),
    ({"who_may_ask": WhoMayAsk.ROSTER}, {"obtained_by": "Dr B. Locum, GMC 7222222"}, "obtained_by is nobody of this"),
    ({"who_may_ask": WhoMayAsk.ROSTER}, {"obtained_by": "R. Desk"}, "; R. Desk; "),
    ({**LISTED, "may_ask": ("Dr A. Example",)}, {"obtained_by": "R. Desk"}, "obtained_by is nobody whom"),
    ({**LISTED, "may_ask": ("Dr A. Example",)}, {}, FILED),
    ({**LISTED, "may_ask": ("Dr A. Example, GMC 7654321",)}, {"obtained_by": "GMC 7654321"}, FILED),
    ({**LISTED, "may_ask": ("Dr Z, GMC 7999999",)}, {"obtained_by": "dr z"}, "; Dr Z, GMC"),
    ({**LISTED, "may_ask": ("Dr Z",)}, {"obtained_by": ""}, "obtained_by is missing"),
    ({}, {"purpose": "teaching_internal"}, "R3 imgfile does not file for teaching"),
    (TEACHING, {"purpose": "teaching_internal"}, FILED),
    (TEACHING, {"purpose": "teaching_internal", "form": "signed"}, "R3 teaching rests on oral consent here"),
    (TEACHING, {"purpose": "teaching_internal", "form": "sent when asked"}, "R3"),
    (TEACHING, {"purpose": "teaching_internal", "body_site": "breast", "view_once": "no"}, "R3 imgfile does not file"),
    (TEACHING, {"purpose": "training_assessment"}, "R3 imgfile does not file"),
    (TEACHING, {"purpose": "research"}, "R3 imgfile does not file"),
    (TEACHING, {"purpose": "publication_named"}, "R4"),
    (TEACHING, {"purpose": "teaching_internal", "dob": "23/11/2008"}, "consent_document R3: imgfile does not file"),
    (TEACHING, {"purpose": "teaching_internal", "dob": "21/11/2008"}, FILED),
    (TEACHING, {"purpose": "teaching_internal", "basis": "best interests", "form": "", "capacity_evidence": "Dr B",
                "consulted": "daughter"}, "R8 best interests never"),
    ({"intimate_sites": ("shoulder",)}, {}, "view_once is missing"),
    ({"intimate_sites": ("shoulder",)}, {"view_once": "no"}, "sensitivity intimate"),
    ({"intimate_sites": ("shoulder",)}, {"form": "sent when asked", "view_once": "no"}, "R10 an intimate photo"),
    ({"ordinary_sites": ("widget",)}, {"body_site": "left widget"}, "sensitivity none"),
    ({}, {"body_site": "left widget"}, "intimate is missing"),
    ({"ordinary_sites": ("breast", "brest")}, {"body_site": "left breast", "view_once": "no"}, "sensitivity intimate"),
    ({"ordinary_sites": ("brest",)}, {"body_site": "left brest", "view_once": "no"}, "intimate is missing"),
    ({"ordinary_sites": ("inner thigh",)}, {"body_site": "inner thigh", "view_once": "no"}, "sensitivity intimate"),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "answers", "said"), CASES)
def test_a_setting_holds_at_every_door(policy: dict[str, Any], answers: dict[str, str], said: str) -> None:
    """By flags, a table's row, a document of answers, and as typed, one and the same comes of it."""
    (found,) = at_every_door({slug: text for slug, text in {**MOLE, **answers}.items() if text}, by(policy))
    assert said in found, found


def test_no_filing_exists_that_the_policy_forbids() -> None:
    """Whatever the questions become: the constructor itself looks at scheme, length and sites again."""
    filing = filed()
    for policy in (
        {"schemes": (Scheme.CHI,)},
        {"min_rationale_characters": 80},
        {"intimate_under_18": IntimateUnder18.REFUSE},
    ):
        stricter = replace(POLICY, **policy)
        made = filed(RASH) if "intimate_under_18" in policy else filing
        with pytest.raises((AnswerInvalid, RefusedByRule)):
            replace(made, policy=stricter, file_name="")


def test_at_the_prompt_the_phrases_are_listed_and_picked_by_number() -> None:
    """And what is filed is what the number stands for."""
    facts = by({"rationale_phrases": PHRASES})
    script = Script([ADULT, "3/3/71", "left shoulder", "", "1", "phone", "", "2", "3 + x", f"2 + {WORDS}"])
    filing = interview({}, facts, script).filing
    asked = script.prompts[-1]
    assert asked.words.endswith(f"\n  1 {PHRASES[0]}\n  2 {PHRASES[1]}")
    assert [choice.label for choice in asked.choices] == list(PHRASES)
    assert script.problems == [
        "needs words about this photo behind the phrase: 2 + clotrimazole", "picks another phrase than 1 to 2",
    ]  # fmt: skip
    assert filing.rationale == f"{PHRASES[1]} {WORDS}"


def test_a_local_number_that_was_mistyped_leaves_nothing_behind() -> None:
    """Neither its scheme nor, from a flag, another reading of the next number."""
    script = Script(["local X-1", ADULT, "3/3/71", "left shoulder", "", "1", "phone", "", MOLE["rationale"]])
    filing = interview({}, by(OWN_NUMBERS), script).filing
    assert filing.patient == PatientId(Scheme.NHS, ADULT, allow_test=True)
    script = Script(["local T-1234", "3/3/71", "left shoulder", "", "1", "phone", "", MOLE["rationale"]])
    assert interview({}, by(OWN_NUMBERS), script).filing.patient == PatientId(Scheme.LOCAL, "T-1234")
    script = Script(["t-1234", "3/3/71", "left shoulder", "", "1", "phone", "", MOLE["rationale"]])
    given = flags({"scheme": "local"})
    assert interview(given, by(OWN_NUMBERS), script).filing.patient == PatientId(Scheme.LOCAL, "T-1234")


def test_r26_only_whom_the_policy_lists_is_offered_as_whoever_asked() -> None:
    """A default that the policy refuses would be asked for ever."""
    listed = {**LISTED, "may_ask": ("Dr Z, GMC 7999999",)}
    rest = {slug: text for slug, text in MOLE.items() if not slug.startswith("obtained")}
    script = Script(["", "Dr Z"])
    assert interview(flags(rest), by(listed), script).filing.consent.obtained_by == "Dr Z, GMC 7999999"
    assert script.words[0] == "Asked by, on [..., 21 Nov 2026]:"


def test_r9_where_the_policy_lets_nobody_here_attest_it_is_said_at_once() -> None:
    """Rather than asked without an answer; who may is in the roster."""
    script = Script([CHILD, "14/9/25", "nappy area", "y"])
    with pytest.raises(RefusedByRule, match="nobody of this practice's roster may attest") as caught:
        interview({}, knowing(attester=None, attesters=()), script)
    assert (caught.value.rule, script.lines) == ("R9", [])


def test_r9_an_intimate_site_of_the_practices_own_makes_a_childs_photo_one_to_attest() -> None:
    """As any listed one; unattended it is refused whatever is stated."""
    facts = by({"intimate_sites": ("scalp",)})
    answers = {**RASH, "body_site": "scalp", "intimate": "no"}
    with pytest.raises(RefusedByRule) as caught:
        interview(flags(answers), facts)
    assert caught.value.rule == "R9"
    assert filed({**RASH, "body_site": "scalp"}, facts).needs_attestation


def test_whom_to_call_is_the_practices_own_word() -> None:
    """At a concern that was left open; without one, nobody is named but 999."""
    answers = {**RASH, "safeguards": "1 2 5"}
    hints = []
    for contact in ("", "Dr C. Lead, bleep 12"):
        with pytest.raises(RefusedByRule) as caught:
            interview(
                flags({**answers, "intimate": "yes"}),
                by({"safeguarding_contact": contact}),
                Script(["y", "1 2 5", "1 2 5"]),
            )
        hints.append(caught.value.hint)
    assert hints[1] == f"{hints[0]}\nDr C. Lead, bleep 12"


@pytest.mark.parametrize(
    ("narrower", "changed"),
    [
        ({"schemes": (Scheme.CHI,)}, None),
        ({"who_may_ask": WhoMayAsk.ROSTER}, "obtained_by"),
        ({**LISTED, "may_ask": ("Dr Z",)}, "obtained_by"),
        ({"min_rationale_characters": 400}, "rationale"),
        ({"rationale_phrases": PHRASES}, None),
        ({"intimate_under_18": IntimateUnder18.REFUSE}, "body_site"),
    ],
)
def test_a_later_policy_bears_on_what_is_amended_and_on_nothing_else(
    narrower: dict[str, Any], changed: str | None
) -> None:
    """What was filed before can be corrected, and what is corrected is judged by today's settings."""
    record = record_of()
    record = replace(record, consent=replace(record.consent, obtained_by="Dr Y, GMC 7333333"))
    today = by(narrower, people=(), asked_by=None)

    def judged(slugs: set[str]) -> Filing:
        _, given = answered(record, today, ())
        base = as_it_stands(record, replace(facts_before(record, today), people=()), slugs)
        return interview(given, base, nobody).filing

    assert judged({"objection"}).rationale == record.decision.rationale
    if changed is not None:
        with pytest.raises((AnswerInvalid, RefusedByRule, AssertionError)):
            judged({changed})


def test_amending_a_local_number_needs_no_pattern_of_today() -> None:
    """Nor that the practice still takes local ones."""
    local = PatientId(Scheme.LOCAL, "T-1234")
    record = replace(record_of(), patient=local)
    base = as_it_stands(record, knowing(), {"body_site"})
    assert base.policy.read_local("local t-1234") == local.number
    assert Scheme.LOCAL in base.policy.schemes
