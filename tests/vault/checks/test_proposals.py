"""A signature on a proposal that a trail states, and that is not there."""

from __future__ import annotations

from dataclasses import replace

from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from kit.vault.destroying import Two, forge_proposal, text_of
from kit.vault.lives import Life
from kit.vault.practice import Practice, change_roster


def test_a_proposal_that_is_lost_is_missing_until_that_is_accepted(practice: Practice) -> None:
    """By the digest of its text; its reason, which nothing names any more, is what a dead run leaves."""
    two = Two.of(practice)
    first = two.propose(Life.begin(two.practice).of).first
    where = layout.proposal(first.name)
    (practice.folder / where).unlink()
    kinds = {(one.kind, one.where) for one in verify(two.practice.reopened()) if one.kind is not Kind.UNFINISHED}
    assert kinds == {(Kind.MISSING, where)}
    change_roster(two.practice, lambda newest: replace(newest, accepted=(first.digest,)))
    kinds = {(one.kind, one.where) for one in verify(two.practice.reopened()) if one.kind is not Kind.UNFINISHED}
    assert kinds == {(Kind.LOST, where)}


def test_a_signature_that_lies_there_twice_is_unexpected(practice: Practice) -> None:
    """Copied under another name it is one person's still; two persons' signatures on one text are what is wanted."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    body = text_of(two.vault, of)
    for key in (two.founder.key, two.second.key):
        forge_proposal(two.vault, body, key)
    assert Kind.UNEXPECTED not in {one.kind for one in verify(two.practice.reopened())}
    forge_proposal(two.vault, body, two.founder.key)
    (found,) = [one for one in verify(two.practice.reopened()) if one.kind is Kind.UNEXPECTED]
    assert found.message == "The same signature lies there under two names."
