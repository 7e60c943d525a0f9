"""What a change of the policy means, in words: whether it loosens is never left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imgfile.clinical.patient import NATIONAL, Scheme
from imgfile.clinical.policy import SETTINGS, Policy
from imgfile.clinical.practice import words
from imgfile.clinical.practice.notice import COLUMNS, notice
from imgfile.clinical.vocabulary import AttesterRole, IntimateUnder18, Nation, WhoMayAsk

POLICY = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.REFUSE)
LOCAL = (*NATIONAL, Scheme.LOCAL)


@pytest.mark.parametrize(
    ("key", "before", "after", "loosens", "tightens"),
    [
        ("nation", Nation.ENGLAND, Nation.SCOTLAND, True, True),
        ("intimate_under_18", IntimateUnder18.REFUSE, IntimateUnder18.CLINICIAN_ATTESTED, True, False),
        ("intimate_under_18", IntimateUnder18.CLINICIAN_ATTESTED, IntimateUnder18.REFUSE, False, True),
        ("health_attorney", None, True, True, False),
        ("health_attorney", True, False, False, True),
        ("schemes", NATIONAL, LOCAL, True, False),
        ("schemes", NATIONAL, (Scheme.NHS,), False, True),
        ("schemes", (Scheme.CHI,), (Scheme.NHS,), True, True),
        ("local_number", "T-####", "T-###", False, False),
        ("may_hand_over_intimate_under_18", False, True, True, False),
        ("attester_roles", (), (AttesterRole.DOCTOR,), False, True),
        ("attester_roles", (AttesterRole.DOCTOR,), (), True, False),
        ("attester_roles", (AttesterRole.DOCTOR,), (AttesterRole.DOCTOR, AttesterRole.NURSE), True, False),
        ("who_may_ask", WhoMayAsk.ROSTER_AND_STATED, WhoMayAsk.ROSTER, False, True),
        ("who_may_ask", WhoMayAsk.LISTED, WhoMayAsk.ROSTER, True, False),
        ("may_ask", ("Dr A",), ("Dr A", "Dr B"), True, False),
        ("allows_oral_teaching", False, True, True, False),
        ("quarantine_days", 7, 8, True, False),
        ("quarantine_days", 7, 6, False, True),
        ("safeguarding_contact", "Dr C", "", True, False),
        ("safeguarding_contact", "Dr C", "Dr D", False, False),
        ("min_rationale_characters", 40, 20, True, False),
        ("min_rationale_characters", 20, 40, False, True),
        ("rationale_phrases", ("a",), ("b",), False, False),
        ("intimate_sites", ("scalp",), (), True, False),
        ("intimate_sites", (), ("scalp",), False, True),
        ("ordinary_sites", (), ("mould",), True, False),
        ("ordinary_sites", ("mould",), (), False, True),
    ],
)  # fmt: skip
def test_which_way_a_change_goes(key: str, before: Any, after: Any, *, loosens: bool, tightens: bool) -> None:  # noqa: ANN401 - values of every setting
    """One setting at a time, each named once."""
    old, new = replace(POLICY, **{key: before}), replace(POLICY, **{key: after})
    (changed,) = words.changes(old, new)
    assert (changed.key, changed.loosens, changed.tightens) == (key, loosens, tightens)
    assert changed.before != changed.after
    assert list(words.changes(old, old)) == []


def test_what_raises_the_format_also_tightens_but_for_local_numbers() -> None:
    """An older station stops where it would let more, or could not read what is filed."""
    for key, setting in SETTINGS.items():
        value: Any = setting.read(words.WORDS[key].example)
        if setting.format_of(value) > 1 and not setting.is_required:
            (changed,) = words.changes(POLICY, replace(POLICY, **{key: value}))
            assert changed.tightens, key


def test_every_setting_is_shown_and_stands_on_the_reference_page() -> None:
    """In the order of the file."""
    assert [title for title, _ in words.lines(POLICY)] == [words.WORDS[key].title for key in SETTINGS]
    assert all(value for _, value in words.lines(POLICY))
    rows = words.reference().splitlines()
    assert [row.split("`")[1] for row in rows[2:]] == list(SETTINGS)


NOTICES = [
    ({}, ["We do not keep intimate photos of anybody under 18", "attorney or deputy", "needs your consent in writing",
          "within 7 days", "has asked you for it."], ["Do not send an intimate photo of anybody under 18"]),
    ({"intimate_under_18": IntimateUnder18.CLINICIAN_ATTESTED}, ["unless a clinician has asked"], ["own system"]),
    ({"intimate_under_18": IntimateUnder18.CLINICIAN_ATTESTED, "may_hand_over_intimate_under_18": True},
     ["in our practice's own system"], ["We do not keep"]),
    ({"nation": Nation.SCOTLAND}, ["attorney or guardian", "for their benefit", "responsibilities and rights"],
     ["best interests", "deputy"]),
    ({"nation": Nation.NORTHERN_IRELAND}, ["best interests"], ["attorney"]),
    ({"health_attorney": False}, ["best interests"], ["attorney"]),
    ({"who_may_ask": WhoMayAsk.LISTED, "may_ask": ("Dr A. Example, GMC 7654321", "Nurse B")},
     ["one of these people has asked you for it: Dr A. Example, Nurse B."], ["GMC"]),
    ({"who_may_ask": WhoMayAsk.ROSTER}, ["only when somebody of the practice has asked"], ["another registered"]),
    ({"quarantine_days": 1}, ["within 1 day."], []),
    ({"allows_oral_teaching": True}, ["we may teach with an adult's photo", "never with an intimate one"], []),
    ({"intimate_sites": ("scalp", "hair line")}, ["as intimate too: scalp, hair line."], []),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "said", "unsaid"), NOTICES)
def test_the_notice_says_what_the_settings_are(settings: dict[str, Any], said: list[str], unsaid: list[str]) -> None:
    """And never that anything is lawful; no line is too long for a page."""
    text = notice(replace(POLICY, **settings))
    plain = " ".join(text.split())
    assert [part for part in said if part not in plain] == []
    assert [part for part in unsaid if part in plain] == []
    assert not any(word in plain.casefold() for word in ("lawful", "legal", "complian", "authoris"))
    assert max(map(len, text.splitlines())) <= COLUMNS
