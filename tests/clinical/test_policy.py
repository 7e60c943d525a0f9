"""The practice policy: strict reading, one spelling."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.policy import MAX_POLICY_BYTES, Policy, dump, load
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
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
    """Format 2 may mean anything."""
    with pytest.raises(Damaged, match="newer imgfile"):
        load(TEXT.replace(b"format = 1", b"format = 2"))


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
