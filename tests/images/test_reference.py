"""The page on stripping says what the code does."""

from __future__ import annotations

from kit import stripping_page
from kit.stripping_page import PAGE


def test_the_page_is_the_one_that_the_allow_lists_give() -> None:
    """The page is the one that the allow-lists give; `PYTHONPATH=tests python -m kit.stripping_page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == stripping_page.page()


def test_every_segment_that_a_jpeg_keeps_is_named() -> None:
    """Every segment that a JPEG keeps is named."""
    assert stripping_page.is_complete()
