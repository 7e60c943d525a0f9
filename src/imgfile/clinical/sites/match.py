"""Which of three lists a body site's words are in: intimate, ordinary, or neither (R10).

1. The longest phrase wins, whatever sides stand in it: "bottom left lip" is a lip, and "inner thigh" is intimate
   although a thigh is ordinary, as is "thigh (inner aspect)" (5).
2. An intimate word anywhere makes the site intimate, whatever stands beside it.
3. An ordinary word is never taken for a misspelt intimate one (gum, bump, canal, public, bite); every other word
   within one slip of an intimate one is (brest, testcle).
4. Ordinary is a site only where every word of it is known: an ordinary site, sides, directions, complaints. One word
   that is in no list makes it unknown, and somebody must be asked.
5. A direction makes some ordinary sites intimate, in whatever order the words stand. It belongs to the site behind it,
   else to the one before; a joining word parts them, so that "inner ankle and thigh" says nothing of the inner thigh.

The lists are text files beside this module, for clinicians to read; a practice adds its own words by its policy. An
ordinary phrase of the practice's that holds an intimate word, or one like it, counts for nothing.
"""

from __future__ import annotations

import functools
import pkgutil
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final

from imgfile.clinical.vocabulary import IntimateSite
from imgfile.frozen import dataclass

LONGEST_PHRASE_WORDS: Final = 6
"""The lists hold no longer phrase; a test sees to it."""
MIN_MISSPELT_LETTERS: Final = 4
"""Of three letters every other word is one slip away."""
_SIDES: Final = "the his her my its a an left right l r lt rt lhs rhs both each one two"
_JOINERS: Final = "and or to from with near toward beside close above below"
_SIDE_WORDS: Final = frozenset(_SIDES.split())
"""Words that may stand within a phrase without changing what it names: "ball of his left foot"."""
_JOINING: Final = frozenset(_JOINERS.split())
_MOST_WORDS: Final = LONGEST_PHRASE_WORDS + 2
"""Of a phrase with sides in it."""
_STEM: Final = "*"
_BESIDE: Final = "+"
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
class Token:
    """One or more of a site's words: a listed phrase, or a word."""

    words: tuple[str, ...]
    intimate: IntimateSite | None = None
    is_ordinary: bool = False
    is_neutral: bool = False


@dataclass(frozen=True, slots=True)
class Directed:
    """An ordinary site that is intimate where each of some directions stands beside it."""

    directions: frozenset[str]
    ordinary: str
    intimate: IntimateSite


@dataclass(frozen=True, slots=True)
class SiteLists:
    """The three lists, by the words of each phrase in the singular."""

    intimate: Mapping[tuple[str, ...], IntimateSite]
    stems: Mapping[str, IntimateSite]
    """Parts of longer words: `vulv` is in vulvovaginal."""
    ordinary: frozenset[tuple[str, ...]]
    neutral: frozenset[str]
    directed: tuple[Directed, ...] = ()


def classify(body_site: str, lists: SiteLists | None = None) -> BodySite:
    """Return which list a body site is in. `lists` are the practice's own; else those that come with imgfile."""
    known = lists or site_lists()
    tokens = list(_tokens(words_of(body_site), known))
    named = (token.intimate for token in tokens if token.intimate)
    site = next(named, None) or next(_named_by_direction(tokens, known.directed), None)
    if site is not None:
        return BodySite(SiteKind.INTIMATE, site)
    unknown = [token.words[0] for token in tokens if not (token.is_ordinary or token.is_neutral)]
    for word in unknown:
        if site := _misspelt(word, known):
            return BodySite(SiteKind.INTIMATE, site, is_misspelt=True)
    is_known = not unknown and any(token.is_ordinary for token in tokens)
    return BodySite(SiteKind.ORDINARY if is_known else SiteKind.UNKNOWN)


def words_of(text: str) -> tuple[str, ...]:
    """Return a text's words as they are compared: without case, accents or punctuation, in the singular."""
    words = text.casefold().split()
    if not all(word.isascii() and word.isalnum() for word in words):  # as hardly a line of the lists
        plain = unicodedata.normalize("NFKD", text.casefold())
        words = "".join(one if one.isalnum() else "" if _joins(one) else " " for one in plain).split()
    return tuple(map(_singular, words))


def stand_in(sought: Collection[str], texts: Iterable[str]) -> bool:
    """Return whether each of some words, as `words_of` has them, is in one of these texts, whole or how one begins."""
    there = [word for text in texts for word in words_of(text)] if sought else []
    return all(any(word.startswith(each) for word in there) for each in sought)


def site_words() -> frozenset[str]:
    """Return every word of the lists that come with imgfile, as they are compared."""
    known = site_lists()
    return frozenset(word for phrase in (*known.intimate, *known.ordinary) for word in phrase)


def _joins(character: str) -> bool:
    """Return whether a character stands within a word without being a letter of it: an accent, an apostrophe."""
    return unicodedata.combining(character) != 0 or character in "'\u2019\u00ad\u200b\u200c\u200d\ufeff"


def _singular(word: str) -> str:
    """Drop a plural s, as both the lists and what was typed are compared without one."""
    is_plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))  # noqa: PLR2004 - bus, anus, penis, abscess
    return word[:-1] if is_plural else word


def _tokens(words: Sequence[str], lists: SiteLists) -> Iterator[Token]:
    """Take words apart into listed phrases, the longest first, and single words."""
    at = 0
    while at < len(words):
        length, token = _longest(words, at, lists)
        yield token
        at += length


def _longest(words: Sequence[str], at: int, lists: SiteLists) -> tuple[int, Token]:
    """Return the longest listed phrase from here, sides within it left out, and how many words it takes."""
    for length, phrase in _phrases(words[at : at + _MOST_WORDS]):
        if phrase in lists.intimate:
            return length, Token(phrase, intimate=lists.intimate[phrase])
        if phrase in lists.ordinary:
            return length, Token(phrase, is_ordinary=True)
    word = words[at]
    if _is_neutral(word, lists):  # "congenital" holds an intimate word, and is none
        return 1, Token((word,), is_neutral=True)
    return 1, Token((word,), next((site for stem, site in lists.stems.items() if stem in word), None))


def _phrases(words: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what may be one phrase, the longest first: as it stands, then without the sides in it."""
    for length in range(len(words), 0, -1):
        yield length, tuple(words[:length])
        if words[length - 1] not in _SIDE_WORDS:
            yield length, (words[0], *(word for word in words[1:length] if word not in _SIDE_WORDS))


def _is_neutral(word: str, lists: SiteLists) -> bool:
    return word in lists.neutral or _NUMBER.fullmatch(word) is not None


# --- directions beside an ordinary site ---------------------------------------------------------------------


def _named_by_direction(tokens: Sequence[Token], listed: Sequence[Directed]) -> Iterator[IntimateSite]:
    """Yield the intimate sites that directions beside ordinary ones name."""
    for at, token in enumerate(tokens):
        if not token.is_ordinary:
            continue
        words = {*token.words[:-1], *_before(tokens, at), *_behind(tokens, at)}
        for one in listed:
            if token.words[-1] == one.ordinary and one.directions <= words:
                yield one.intimate


def _before(tokens: Sequence[Token], at: int) -> list[str]:
    """Return the words directly before a site, back to another site or a joining word."""
    words: list[str] = []
    for token in reversed(tokens[:at]):
        if not token.is_neutral or token.words[0] in _JOINING:
            break
        words.append(token.words[0])
    return words


def _behind(tokens: Sequence[Token], at: int) -> list[str]:
    """Return the words directly behind a site, to a joining word or the end; none where another site follows them."""
    words: list[str] = []
    for token in tokens[at + 1 :]:
        if not token.is_neutral:
            return []
        if token.words[0] in _JOINING:
            break
        words.append(token.words[0])
    return words


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
    intimate, stems, directed = _read_intimate()
    for phrase in more_intimate:
        intimate.setdefault(words_of(phrase), IntimateSite.OTHER_AS_REGARDED_BY_PATIENT)
    listed = frozenset(words_of(line) for line in _lines("ordinary.txt"))
    lists = SiteLists(intimate, stems, listed - intimate.keys(), _neutral(), directed)
    own = (phrase for phrase in more_ordinary if classify(phrase, lists).kind is not SiteKind.INTIMATE)
    more = frozenset(map(words_of, own))
    return replace(lists, ordinary=lists.ordinary | more) if more else lists


def _neutral() -> frozenset[str]:
    return frozenset(word for line in _lines("neutral.txt") for word in words_of(line))


def _read_intimate() -> tuple[dict[tuple[str, ...], IntimateSite], dict[str, IntimateSite], tuple[Directed, ...]]:
    directed: list[Directed] = []
    phrases: dict[tuple[str, ...], IntimateSite] = {}
    stems: dict[str, IntimateSite] = {}
    site = IntimateSite.OTHER_AS_REGARDED_BY_PATIENT
    for line in _lines("intimate.txt"):
        if line.startswith("["):
            site = IntimateSite(line.strip("[]"))
        elif line.startswith(_STEM):
            stems[line.removeprefix(_STEM)] = site
        elif line.startswith(_BESIDE):
            *directions, ordinary = words_of(line.removeprefix(_BESIDE))
            directed.append(Directed(frozenset(directions), ordinary, site))
        else:
            phrases.setdefault(words_of(line), site)
    return phrases, stems, tuple(directed)


def _lines(name: str) -> list[str]:
    """Return a list's lines, without comments and blank ones."""
    data = pkgutil.get_data(__package__ or "", name) or b""
    return [line.strip() for line in data.decode("utf-8").splitlines() if line.strip() and not line.startswith("#")]
