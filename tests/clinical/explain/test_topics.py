"""What can be explained: every question, rule, code, setting, and any body site; and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.clinical.explain.topics import LISTED, STATEMENTS, explain, topics
from imgfile.clinical.interview import law
from imgfile.clinical.interview.explanations import EXPLANATIONS
from imgfile.clinical.interview.prompt import prompt_for
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.policy import SETTINGS
from imgfile.clinical.vocabulary import VOCABULARIES, Nation
from imgfile.errors import UsageError
from kit.vault.filings import POLICY, knowing

EVERYWHERE = tuple(Nation)


def said(*words: str, nations: tuple[Nation, ...] = EVERYWHERE) -> str:
    """Return what is said of a topic, for people."""
    return "\n".join(f"{label}: {text}" for label, text in explain(words, nations, POLICY).lines)


@pytest.mark.parametrize("slug", list(QUESTIONS))
def test_every_question_is_explained_as_its_prompt_explains_it(slug: str) -> None:
    """By its slug, its flag, and its words; from the same data."""
    page = explain([slug], EVERYWHERE)
    assert page.facts["what"] == EXPLANATIONS[slug].meaning
    assert page.facts["flag"] == QUESTIONS[slug].flag
    assert explain([QUESTIONS[slug].flag], EVERYWHERE) == page == explain([slug.replace("_", " ")], EVERYWHERE)


def test_every_rule_code_and_setting_is_explained() -> None:
    """With nothing left out of the lists."""
    for number, statement in STATEMENTS.items():
        for words in ([number], ["rule", number[1:]], [number.lower()], ["rule", number]):
            assert explain(words, EVERYWHERE).facts["statement"] == statement
    assert sorted(STATEMENTS, key=lambda number: int(number[1:])) == [f"R{number}" for number in range(1, 29)]
    for listed in VOCABULARIES:
        for code in listed:
            assert explain([code], EVERYWHERE).lines, code
    assert set(VOCABULARIES) == set(LISTED.values())
    for key in SETTINGS:
        assert explain([key], EVERYWHERE, POLICY).lines, key
    listed_topics = dict(topics())
    assert {*QUESTIONS, *SETTINGS} <= listed_topics.keys()
    assert all(listed_topics.values())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("site inner thigh", "counts as intimate: the groin or perineum"),
        ("site left brest", "is like a word for a breast"),
        ("site left shoulder", "is an ordinary site"),
        ("site widget", "is in no list"),
        ("site scalp", "is an ordinary site"),
        ("who agreed", "mother"),
        ("phone", "by phone"),
        (
            "basis",
            "health_welfare_attorney  attorney: from 16 (England and Wales: 18); given by attorney; only where",
        ),
        (
            "basis",
            "parental_responsibility  parental responsibility: until 18 (Scotland: 16); given by mother or father",
        ),
        ("implicit gmc10", "endoscopy, ultrasound and X-rays alone"),
        ("anonymised_gmc17", "not for making one"),
        ("safeguards", "7: no safeguarding concern (required)"),
        ("capacity", "Mental Capacity Act 2005"),
        ("deciding instead", "who was consulted"),
    ],
)
def test_what_is_said(words: str, found: str) -> None:
    """In the words of the lists and tables themselves."""
    assert found in said(*words.split())


def test_a_practices_own_sites_count_where_its_policy_is_known() -> None:
    """As they do when a photo is filed."""
    own = replace(POLICY, intimate_sites=("scalp",))
    assert explain(["site", "scalp"], EVERYWHERE, own).facts["list"] == "intimate"
    assert explain(["site", "scalp"], EVERYWHERE).facts["has_practices_own"] is False


@pytest.mark.parametrize(
    ("nation", "own", "others"),
    [
        (Nation.ENGLAND, "Gillick", "1991"),
        (Nation.WALES, "Gillick", "1991"),
        (Nation.SCOTLAND, "Age of Legal Capacity (Scotland) Act 1991, s2(4)", "Gillick"),
        (Nation.NORTHERN_IRELAND, "could not be checked", "1991"),
    ],
)
def test_competence_is_explained_by_the_nations_own_law(nation: Nation, own: str, others: str) -> None:
    """In the dialogue too, by the policy's nation; nowhere is anything said to be lawful."""
    text = said("competence", nations=(nation,))
    assert own in text
    assert others not in text
    policy = replace(POLICY, nation=nation)
    prompt = prompt_for(("competence_evidence",), knowing(policy=policy))
    assert own in " ".join(prompt.law["competence_evidence"])
    every = " ".join(text for listed in law.TOPICS.values() for text in listed.values()).casefold()
    assert "lawful" not in every
    assert all(set(listed) == set(Nation) for listed in law.TOPICS.values())


@pytest.mark.parametrize(
    ("words", "hint"),
    [("bassis", "Did you mean basis?"), ("rule 99", "R1 to R28"), ("xyzzy", "imgfile explain"), ("r0", "R1 to R28")],
)
def test_what_is_not_known_is_refused_with_what_is(words: str, hint: str) -> None:
    """Without repeating what was typed, which may be a patient's number."""
    with pytest.raises(UsageError) as caught:
        explain(words.split(), EVERYWHERE)
    assert hint in caught.value.hint
    with pytest.raises(UsageError) as caught:
        explain(["9434765870"], EVERYWHERE)
    assert "9434765870" not in f"{caught.value.message}{caught.value.hint}"
