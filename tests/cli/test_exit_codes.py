"""The exit codes are a contract: the list of errors, and the page that documents it."""

from __future__ import annotations

import inspect
from itertools import pairwise

from imgfile import errors
from imgfile.cli import CANCELLED_STATUS, READER_GONE_STATUS
from imgfile.terminal import ReaderGone
from kit.tools import REPOSITORY

PAGE = REPOSITORY / "docs" / "reference" / "exit-codes.md"

ALL = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.Error)]


def table() -> list[str]:
    """Render the table of the page from the classes."""
    rows = [(each.exit_code, each.slug, inspect.cleandoc(each.__doc__ or "").replace("\n", " ")) for each in ALL]
    return [f"| {code} | `{slug}` | {truth} |" for code, slug, truth in rows]


def test_the_table_has_each_slug_once() -> None:
    """Printed with -s: every error's code and slug. A slug means one thing."""
    print(*table(), sep="\n")  # noqa: T201 - the table is for whoever changes the list
    slugs = [each.slug for each in ALL]
    assert sorted(slugs) == sorted(set(slugs))


def test_every_error_says_for_itself_what_is_still_true() -> None:
    """A docstring, a slug and a code of its own, in the order of the codes."""
    for each in ALL:
        assert {"__doc__", "slug", "exit_code"} <= vars(each).keys()
        assert each.__doc__
    assert all(first.exit_code <= second.exit_code for first, second in pairwise(ALL))


def test_only_related_errors_share_a_code() -> None:
    """Two kinds of one trouble may share a code; the slug tells them apart."""
    codes = [each.exit_code for each in ALL]
    assert {code for code in codes if codes.count(code) > 1} == {12, 14, 18}


def test_statuses_outside_the_list_agree_with_it() -> None:
    """Ctrl-C while importing has the code of `Cancelled`, and no error has that of a reader that left."""
    assert errors.Cancelled.exit_code == CANCELLED_STATUS
    assert ReaderGone.exit_code == READER_GONE_STATUS
    assert READER_GONE_STATUS not in {each.exit_code for each in ALL}


def test_the_page_has_the_table_of_the_code() -> None:
    """docs/reference/exit-codes.md repeats the classes word for word."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "| `" in line]
    assert rows == table()
