"""Body sites: intimate, ordinary or unknown, whatever the spelling (R10)."""

from __future__ import annotations

import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.sites import match
from imgfile.clinical.sites.match import BodySite, SiteKind, classify, is_one_slip, site_lists, words_of
from imgfile.clinical.vocabulary import IntimateSite

INTIMATE = {
    IntimateSite.NAPPY_AREA: ("nappy area", "Nappy rash", "nappyrash", "nappies", "diaper area", "\uff4e\uff41ppy"),
    IntimateSite.EXTERNAL_GENITALIA: (
        "willy", "down below", "penile shaft", "penises", "anogenital", "balanitis", "vulvo-vaginal", "left labium",
        "private parts", "lady bits", "rash on left arm and penis", "scro\u200btum", "testes",
    ),
    IntimateSite.PERIANAL: ("anus", "anal canal", "perianal skin", "piles", "natal cleft", "haemorrhoids"),
    IntimateSite.BUTTOCK: ("bottom", "left buttocks", "bum cheek", "gluteal fold"),
    IntimateSite.GROIN_PERINEUM: (
        "inner thigh", "upper inner thigh", "crotch", "pubic area", "left groin", "inside of left thigh",
        "inner right thigh", "thigh (inner)", "left thigh, inner aspect", "medial aspect of thigh",
        "upper thigh inner side", "between both legs", "between her two legs", "inside of leg, top",
        "crease at top of left leg",
        "thigh inner side and knee", "knee and inner thigh",
    ),
    IntimateSite.BREAST: ("breast", "nipple", "nipplé", "under breasts", "inframammary fold", "leftbreast"),
}  # fmt: skip
MISSPELT = {
    "left brest": IntimateSite.BREAST,
    "bresat": IntimateSite.BREAST,
    "testcle": IntimateSite.EXTERNAL_GENITALIA,
    "srcotum on arm": IntimateSite.EXTERNAL_GENITALIA,
    "buttok": IntimateSite.BUTTOCK,
    "anuses": IntimateSite.PERIANAL,
}
ORDINARY = (
    "gum", "bump", "canal", "public", "bite", "left shoulder", "rash on left forearm", "bottom lip", "thigh",
    "Left Fore-arm", "ball of foot", "congenital naevus left arm", "ear canal", "back of knee", "behind left ear",
    "mole on back", "L3 spine", "left hand, 4th finger", "between toes", "R calf", "both feet", "scalp; temples",
    "external auditory meatus", "chest", "lower legs", "adam\u2019s apple", "underarm",
    # directions and sides of ordinary sites
    "inner ankle and thigh", "thigh and inner ankle", "between toes of left leg", "inside of lower leg",
    "inside of leg", "ball of his left foot", "balls of both feet", "ball of thumb", "bottom of both feet",
    "bottom of the right big toe", "bottom right lip", "bottom of her nose", "bottom left rib",
    "knee crease, left leg",
    # one slip away from an intimate word, or holding one
    "glands in neck", "senile keratosis on arm", "faint rash on arm", "tick on arm", "in grown toe nail", "left pinky",
    "bald patch on scalp", "pale patch on cheek", "burst blister on heel", "disc, lower back", "wrinkles on forehead",
    "mumps, left jaw", "hump on back", "tube on abdomen", "pump, abdomen",
    "sock line on ankle",
    "bull's eye rash on leg", "wall of chest", "bell's palsy", "patch test on back", "rectus sheath", "peroneal nerve",
    "herpes labialis", "nasolabial crease", "labial mucosa", "breastbone", "acne vulgaris on face",
)  # fmt: skip
UNKNOWN = (
    "rash",
    "xx",
    "left",
    "",
    "?",
    "12",
    "behind",
    "left arm zzz",
    "coccyx",
    "\u0440\u0435nis",
    "somewhere",
    "IMG 2041",
)


@pytest.mark.parametrize(("site", "text"), [(site, text) for site, texts in INTIMATE.items() for text in texts])
def test_an_intimate_word_anywhere_makes_a_site_intimate(site: IntimateSite, text: str) -> None:
    """By its everyday, medical and children's names, in any case, number or spelling."""
    assert classify(text) == BodySite(SiteKind.INTIMATE, site)


@pytest.mark.parametrize("text", MISSPELT)
def test_one_slip_of_the_keyboard_is_seen_through(text: str) -> None:
    """And is said to be a guess, so that it is asked about and never taken as stated."""
    assert classify(text) == BodySite(SiteKind.INTIMATE, MISSPELT[text], is_misspelt=True)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_sites_are_known(text: str) -> None:
    """With sides, directions and complaints beside them; none is taken for a misspelt intimate one."""
    assert classify(text) == BodySite(SiteKind.ORDINARY)


@pytest.mark.parametrize("text", UNKNOWN)
def test_one_unlisted_word_makes_a_site_unknown(text: str) -> None:
    """So that somebody is asked: a side alone, a complaint alone, nonsense, another script."""
    assert classify(text) == BodySite(SiteKind.UNKNOWN)


def test_every_listed_site_is_what_its_list_says() -> None:
    """No line is shadowed by another list, or longer than the phrases that are looked for."""
    lists = site_lists()
    for phrase, site in lists.intimate.items():
        assert classify(" ".join(phrase)) == BodySite(SiteKind.INTIMATE, site), phrase
    for phrase in lists.ordinary:
        assert classify(" ".join(phrase)) == BodySite(SiteKind.ORDINARY), phrase
    assert max(map(len, [*lists.intimate, *lists.ordinary])) <= match.LONGEST_PHRASE_WORDS
    assert len(lists.ordinary) >= 300


@pytest.mark.parametrize("name", ["intimate.txt", "ordinary.txt", "neutral.txt"])
def test_no_line_stands_twice(name: str) -> None:
    """A clinician who mends a list finds each word once."""
    data = pkgutil.get_data("imgfile.clinical.sites", name)
    assert data
    lines = [line for line in data.decode().splitlines() if line and not line.startswith("#")]
    assert sorted(set(lines)) == sorted(lines)


def test_a_practice_adds_its_own_sites() -> None:
    """An intimate one always counts; an ordinary one never overrides a listed intimate one."""
    own = site_lists(
        ("surgical garden",), ("upper outer zone", "left breast", "willy", "vulvodynia", "surgical garden")
    )
    assert classify("Surgical Gardens", own) == BodySite(SiteKind.INTIMATE, IntimateSite.OTHER_AS_REGARDED_BY_PATIENT)
    assert classify("upper outer zone", own).kind is SiteKind.ORDINARY
    for text in ("left breast", "willy", "vulvodynia"):
        assert classify(text, own).kind is SiteKind.INTIMATE


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_is_classified(text: str) -> None:
    """Whatever was typed, and the same in capitals."""
    assert isinstance(classify(text), BodySite)
    assert words_of(text) == words_of(text.casefold())


SLIP = st.sampled_from(["brest", "breast", "nippel", "willy"])


@given(SLIP, st.integers(0, 8), st.characters(min_codepoint=97, max_codepoint=122))
def test_a_slip_is_one_change_and_no_more(word: str, at: int, letter: str) -> None:
    """Insertion, deletion and substitution at any place; two changes are none."""
    at = min(at, len(word) - 1)
    for changed in (word[:at] + letter + word[at:], word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :]):
        assert is_one_slip(changed, word) is (changed != word)
    assert not is_one_slip(word + letter + letter, word)


def test_swapped_neighbours_are_one_slip() -> None:
    """And two that are swapped across a third are not."""
    assert is_one_slip("nipplel", "nipple")
    assert is_one_slip("inpple", "nipple")
    assert not is_one_slip("pinple", "nipple")
    assert not is_one_slip("nipple", "nipple")
