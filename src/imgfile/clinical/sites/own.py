"""A practice's own body sites, beside the lists that come with imgfile: what may be one."""

from __future__ import annotations

from typing import Final

from imgfile.clinical.sites.match import LONGEST_PHRASE_WORDS, words_of
from imgfile.clinical.text import check_line
from imgfile.errors import AnswerInvalid

MAX_SITES: Final = 200


def check_site(text: str) -> None:
    """Check that a text can stand in a list of sites. Raises AnswerInvalid with the end of a sentence."""
    check_line(text)
    words = words_of(text)
    if not any(len(word) > 1 and word.isalpha() for word in words):
        raise AnswerInvalid("has something that names no body site")
    if len(words) > LONGEST_PHRASE_WORDS:
        raise AnswerInvalid(f"has a site of more than {LONGEST_PHRASE_WORDS} words")
