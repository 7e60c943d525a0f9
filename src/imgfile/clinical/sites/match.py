"""Which of three lists a body site's words are in: intimate, ordinary, or neither (R10).

1. The longest phrase wins: "bottom lip" is a lip, "inner thigh" is intimate although a thigh is ordinary.
2. An intimate word anywhere makes the site intimate, whatever stands beside it.
3. An ordinary word is never taken for a misspelt intimate one (gum, bump, canal, public, bite); every other word
   within one slip of an intimate one is (brest, testcle).
4. Ordinary is a site only where every word of it is known: an ordinary site, sides, directions, complaints. One word
   that is in no list makes it unknown, and somebody must be asked.

The lists are text files beside this module, for clinicians to read; a practice adds its own words. An ordinary word of
the practice's never overrides a listed intimate one.
"""

from __future__ import annotations

import functools
import pkgutil
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final

from imgfile.clinical.vocabulary import IntimateSite
from imgfile.frozen import dataclass

LONGEST_PHRASE_WORDS: Final = 6
"""The lists hold no longer phrase; a test sees to it."""
MIN_MISSPELT_LETTERS: Final = 4
"""Of three letters every other word is one slip away."""
_STEM: Final = "*"
_NUMBER: Final = re.compile(r"[clst]?[0-9]{1,2}(st|nd|rd|th)?")
"""A number beside a site: a finger's, a toe's, a vertebra's."""


class SiteKind(Enum):
    """What the lists say of a body site."""

    INTIMATE = "intimate"
    ORDINARY = "ordinary"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BodySite:
    """What a body site's words amount to."""

    kind: SiteKind
    intimate: IntimateSite | None = None
    """Which intimate site its words name, or may name: set only where `kind` is INTIMATE."""
    is_misspelt: bool = False
    """Whether an intimate word was recognised only by allowing for one slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class SiteLists:
    """The three lists, by the words of each phrase in the singular."""

    intimate: Mapping[tuple[str, ...], IntimateSite]
    stems: Mapping[str, IntimateSite]
    """Parts of longer words: `vulv` is in vulvovaginal."""
    ordinary: frozenset[tuple[str, ...]]
    neutral: frozenset[str]


def classify(body_site: str, lists: SiteLists | None = None) -> BodySite:
    """Return which list a body site is in. `lists` are the practice's own; else those that come with imgfile."""
    known = lists or site_lists()
    words = words_of(body_site)
    found, unknown = _named(words, known)
    if found:
        return BodySite(SiteKind.INTIMATE, found[0])
    for word in unknown:
        if site := _misspelt(word, known):
            return BodySite(SiteKind.INTIMATE, site, is_misspelt=True)
    return BodySite(SiteKind.UNKNOWN if unknown or not _names_ordinary(words, known) else SiteKind.ORDINARY)


def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words as they are compared: without case, accents or punctuation, in the singular."""
    words = text.casefold().split()
    if not all(word.isascii() and word.isalnum() for word in words):  # as hardly a line of the lists
        plain = unicodedata.normalize("NFKD", text.casefold())
        words = "".join(one if one.isalnum() else "" if _joins(one) else " " for one in plain).split()
    return tuple(map(_singular, words))


def _joins(character: str) -> bool:
    """Return whether a character stands within a word without being a letter of it: an accent, an apostrophe."""
    return unicodedata.combining(character) != 0 or character in "'\u2019\u00ad\u200b\u200c\u200d\ufeff"


def _singular(word: str) -> str:
    """Drop a plural s, as both the lists and what was typed are compared without one."""
    is_plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))  # noqa: PLR2004 - bus, anus, penis, abscess
    return word[:-1] if is_plural else word


def _named(words: Sequence[str], lists: SiteLists) -> tuple[list[IntimateSite], list[str]]:
    """Return the intimate sites that words name, and the words that no list knows; the longest phrase wins."""
    found: list[IntimateSite] = []
    unknown: list[str] = []
    at = 0
    while at < len(words):
        length, site = _longest(words, at, lists)
        if site is not None:
            found.append(site)
        elif not length and not _is_neutral(words[at], lists):
            unknown.append(words[at])
        at += max(length, 1)
    return found, unknown


def _longest(words: Sequence[str], at: int, lists: SiteLists) -> tuple[int, IntimateSite | None]:
    """Return the length of the longest listed phrase from here, and which intimate site it names; 0 for none."""
    for length in range(min(LONGEST_PHRASE_WORDS, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if phrase in lists.intimate:
            return length, lists.intimate[phrase]
        if phrase in lists.ordinary:
            return length, None
    if _is_neutral(words[at], lists):  # "congenital" holds an intimate word, and is none
        return 0, None
    return next(((1, site) for stem, site in lists.stems.items() if stem in words[at]), (0, None))


def _is_neutral(word: str, lists: SiteLists) -> bool:
    return word in lists.neutral or _NUMBER.fullmatch(word) is not None


def _names_ordinary(words: Sequence[str], lists: SiteLists) -> bool:
    return any(_longest(words, at, lists)[0] for at in range(len(words)))


def _misspelt(word: str, lists: SiteLists) -> IntimateSite | None:
    """Return the intimate site that a word is one slip away from: a letter more, less, other, or two swapped."""
    if len(word) < MIN_MISSPELT_LETTERS:
        return None
    for phrase, site in lists.intimate.items():
        if len(phrase) == 1 and len(phrase[0]) >= MIN_MISSPELT_LETTERS and is_one_slip(word, phrase[0]):
            return site
    return None


def is_one_slip(typed: str, meant: str) -> bool:
    """Return whether two words differ by one insertion, deletion, substitution, or swap of neighbours."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    same = next(
        (at for at, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant))
    )
    rest, wanted = typed[same:], meant[same:]
    is_swapped = len(rest) > 1 and rest[:2] == wanted[:2][::-1] and rest[2:] == wanted[2:]
    return rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:] or is_swapped


# --- reading the lists ------------------------------------------------------------------------------------


@functools.cache
def site_lists(more_intimate: Iterable[str] = (), more_ordinary: Iterable[str] = ()) -> SiteLists:
    """Read the lists, with a practice's own phrases added; an intimate one always wins over an ordinary one."""
    intimate, stems = _read_intimate()
    for phrase in more_intimate:
        intimate.setdefault(words_of(phrase), IntimateSite.OTHER_AS_REGARDED_BY_PATIENT)
    listed = {words_of(line) for line in _lines("ordinary.txt")}
    own = {words_of(phrase) for phrase in more_ordinary}
    ordinary = listed | {phrase for phrase in own if not _holds_intimate(phrase, intimate, stems)}
    return SiteLists(intimate, stems, frozenset(ordinary - intimate.keys()), _neutral())


def _neutral() -> frozenset[str]:
    return frozenset(word for line in _lines("neutral.txt") for word in words_of(line))


def _holds_intimate(
    phrase: Sequence[str], intimate: Mapping[tuple[str, ...], IntimateSite], stems: Mapping[str, IntimateSite]
) -> bool:
    without_ordinary = SiteLists(intimate, stems, frozenset(), frozenset())
    return bool(_named(phrase, without_ordinary)[0])


def _read_intimate() -> tuple[dict[tuple[str, ...], IntimateSite], dict[str, IntimateSite]]:
    phrases: dict[tuple[str, ...], IntimateSite] = {}
    stems: dict[str, IntimateSite] = {}
    site = IntimateSite.OTHER_AS_REGARDED_BY_PATIENT
    for line in _lines("intimate.txt"):
        if line.startswith("["):
            site = IntimateSite(line.strip("[]"))
        elif line.startswith(_STEM):
            stems[line.removeprefix(_STEM)] = site
        else:
            phrases.setdefault(words_of(line), site)
    return phrases, stems


def _lines(name: str) -> list[str]:
    """Return a list's lines, without comments and blank ones."""
    data = pkgutil.get_data(__package__ or "", name) or b""
    return [line.strip() for line in data.decode("utf-8").splitlines() if line.strip() and not line.startswith("#")]
