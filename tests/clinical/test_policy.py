"""The practice policy: strict reading, one spelling."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.patient import Scheme
from imgfile.clinical.policy import FORMAT, MAX_POLICY_BYTES, SETTINGS, Policy, dump, load
from imgfile.clinical.vocabulary import AttesterRole, IntimateUnder18, Nation, WhoMayAsk
from imgfile.errors import Damaged, NotWritable

POLICY = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.REFUSE)
TEXT = b'format = 1\nnation = "england"\nintimate_under_18 = "refuse"\n'


@pytest.mark.parametrize(
    ("nation", "choice", "attorney"), list(itertools.product(Nation, IntimateUnder18, (None, True, False)))
)
def test_every_policy_is_read_back_as_it_was_written(
    nation: Nation, choice: IntimateUnder18, *, attorney: bool | None
) -> None:
    """And has one spelling."""
    policy = Policy(nation=nation, intimate_under_18=choice, health_attorney=attorney)
    assert load(dump(policy)) == policy
    assert dump(load(dump(policy))) == dump(policy)


def test_the_spelling_is_fixed() -> None:
    """A roster names a policy by its digest."""
    assert dump(POLICY) == TEXT
    attorney = Policy(nation=Nation.NORTHERN_IRELAND, intimate_under_18=IntimateUnder18.REFUSE, health_attorney=True)
    assert dump(attorney).endswith(b"health_attorney = true\n")


@pytest.mark.parametrize(
    "text",
    [
        b"", b"format = 1\n", TEXT.replace(b"england", b"atlantis"), TEXT.replace(b"refuse", b"maybe"),
        TEXT.replace(b"intimate_under_18", b"intimate"), TEXT.replace(b"format = 1", b"format = true"),
        TEXT.replace(b"format = 1", b"format = 0"), TEXT.replace(b"format = 1", b"format = 1.0"), TEXT + TEXT,
        TEXT + b'health_attorney = "yes"\n', TEXT + b"x = " + b"[" * 5000, b"x = " + b"9" * 5000, b"\xff", b"x = 1 2",
        TEXT + b"#" * MAX_POLICY_BYTES,
    ],
)  # fmt: skip
def test_what_is_no_policy_is_damaged(text: bytes) -> None:
    """Nothing has a default, and nothing else than Damaged leaves."""
    with pytest.raises(Damaged):
        load(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_damaged(data: bytes) -> None:
    """Whatever they are."""
    with pytest.raises(Damaged):
        load(data)


def test_the_bound_is_exact() -> None:
    """A policy of 65,536 bytes is read; the next byte is too many."""
    assert load(TEXT + b"#" * (MAX_POLICY_BYTES - len(TEXT))) == POLICY


def test_a_newer_policy_asks_for_a_newer_imgfile() -> None:
    """A format that is not known may mean anything."""
    newer = f"format = {FORMAT + 1}".encode()
    with pytest.raises(Damaged, match="newer imgfile"):
        load(TEXT.replace(b"format = 1", newer))


def test_settings_of_a_later_version_are_read_and_not_written_over() -> None:
    """Unknown keys are kept on read, and refused on modify."""
    policy = load(TEXT + b'teaching = "oral"\nzeal = 3\n')
    assert policy.nation is Nation.ENGLAND
    assert policy.unknown_keys == ("teaching", "zeal")
    with pytest.raises(NotWritable):
        dump(policy)


def test_only_northern_ireland_is_taken_to_have_no_health_attorney_unless_the_policy_says_so() -> None:
    """What could not be checked against its source stays configurable."""

    def has(nation: Nation, *, stated: bool | None) -> bool:
        policy = Policy(nation=nation, intimate_under_18=IntimateUnder18.REFUSE, health_attorney=stated)
        return policy.has_health_attorneys

    assert [has(nation, stated=None) for nation in Nation] == [True, True, True, False]
    assert all(has(nation, stated=True) for nation in Nation)
    assert not any(has(nation, stated=False) for nation in Nation)


FULL: dict[str, tuple[Any, int]] = {
    "nation": (Nation.SCOTLAND, 1),
    "intimate_under_18": (IntimateUnder18.CLINICIAN_ATTESTED, 1),
    "health_attorney": (True, 1),
    "schemes": ((Scheme.CHI, Scheme.LOCAL), 2),
    "local_number": ("T-#{4,8}", 1),
    "may_hand_over_intimate_under_18": (True, 1),
    "attester_roles": ((AttesterRole.DOCTOR,), 2),
    "who_may_ask": (WhoMayAsk.LISTED, 2),
    "may_ask": (("Dr A. Example, GMC 7654321", "Nurse B"), 1),
    "allows_oral_teaching": (True, 1),
    "quarantine_days": (3, 1),
    "safeguarding_contact": ('Dr C. Lead, "bleep 12"\nor 0131 496 0000 \\ ext 3', 1),
    "min_rationale_characters": (40, 2),
    "rationale_phrases": (("Seen by video; asked for a photo to judge treatment with",), 1),
    "intimate_sites": (("knee",), 2),
    "ordinary_sites": (("shoulder tip", "b\u00e9nar \U0001f600 spot"), 1),
}
"""A value of every setting other than its default, and the format of a policy that has it alone."""


def test_every_setting_is_read_back_and_those_that_tighten_raise_the_format() -> None:
    """An older station passes over what it does not know: it must not, where that would let more."""
    assert FULL.keys() == SETTINGS.keys() == {each.name for each in fields(Policy)} - {"unknown_keys"}
    for key, (value, wanted) in FULL.items():
        policy = replace(POLICY, **{key: value})
        assert (load(dump(policy)), policy.format) == (policy, wanted), key
        assert dump(load(dump(policy))) == dump(policy), key
        assert dump(policy).startswith(f"format = {wanted}\n".encode()), key
    everything = Policy(**{key: value for key, (value, _) in FULL.items()})
    assert load(dump(everything)) == everything
    assert everything.format == FORMAT


LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=30)
LINES = st.lists(LINE, min_size=1, max_size=4, unique_by=str.casefold).map(tuple)
SITE = st.sampled_from(("scalp", "left shin", "b\u00e9nar spot", "nail fold"))
DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "nation": st.sampled_from(Nation),
    "intimate_under_18": st.sampled_from(IntimateUnder18),
    "health_attorney": st.none() | st.booleans(),
    "schemes": st.sets(st.sampled_from(Scheme), min_size=1).map(lambda named: tuple(s for s in Scheme if s in named)),
    "local_number": st.sampled_from(("", "T-####", "A#{4,8}")),
    "may_hand_over_intimate_under_18": st.booleans(),
    "attester_roles": st.sets(st.sampled_from(AttesterRole)).map(
        lambda named: tuple(role for role in AttesterRole if role in named)
    ),
    "who_may_ask": st.sampled_from(WhoMayAsk),
    "may_ask": st.just(()) | LINES,
    "allows_oral_teaching": st.booleans(),
    "quarantine_days": st.integers(1, 28),
    "safeguarding_contact": st.just("") | st.lists(LINE, min_size=1, max_size=3).map("\n".join),
    "min_rationale_characters": st.integers(20, 400),
    "rationale_phrases": st.just(()) | LINES,
    "intimate_sites": st.just(()) | st.tuples(SITE),
    "ordinary_sites": st.just(()) | st.tuples(SITE),
}
"""How each setting is drawn, with what `load` lets stand."""


@given(st.fixed_dictionaries(DRAWN))
def test_any_policy_is_read_back_as_it_was_written(settings: dict[str, Any]) -> None:
    """And written again to the same bytes, whatever is set together with what."""
    assert DRAWN.keys() == SETTINGS.keys()
    policy = Policy(**settings)
    assert load(dump(policy)) == policy
    assert dump(load(dump(policy))) == dump(policy)
    assert policy.format == max(replace(POLICY, **{key: value}).format for key, value in settings.items())


def test_a_default_is_the_settings_own_and_is_not_spelled() -> None:
    """So a policy of the first format keeps its digest."""
    for key, setting in SETTINGS.items():
        if not setting.is_required:
            assert getattr(POLICY, key) == setting.default, key
    assert dump(POLICY) == TEXT
