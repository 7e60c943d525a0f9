"""What `sanitise` and `reversible` let through: attack strings, and the properties that catch the next one."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.terminal import sanitise
from imgfile.terminal.text import folded, reversible

ATTACKS = {
    "clears the screen": "\x1b[2J\x1b[Hfiled",
    "sets the window title": "\x1b]0;gotcha\x07",
    "links elsewhere": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "writes the clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "is an 8-bit CSI": "\x9b31mred",
    "is an 8-bit OSC": "\x9d0;title\x9c",
    "overwrites the line": "photo.jpg\rimgfile: error: fine",
    "forges a second line": "photo.jpg\nimgfile: hint: run this",
    "erases backwards": "secret\b\b\b\b\b\b",
    "rings the bell": "\a",
    "is a NUL": "a\0b",
    "is a DEL": "a\x7fb",
    "is a next line": "a\x85b",
    "is a line separator": "a\u2028b",
    "is a paragraph separator": "a\u2029b",
    "reverses its extension": "photo\u202egpj.exe",
    "isolates": "\u2066evil\u2069",
    "is a right-to-left mark": "\u200fmole",
    "is an Arabic letter mark": "\u061cmole",
    "hides a zero-width space": "pass\u200bword",
    "hides a joiner": "pass\u200dword",
    "hides a word joiner": "pass\u2060word",
    "hides a BOM": "\ufeffname",
    "hides a soft hyphen": "pass\u00adword",
    "hides tag letters": "a\U000e0041\U000e007f",
    "hides variation selectors": "a\ufe00\U000e0100",
    "is a blank letter": "\u3164\u115f\uffa0\u2800",
    "is a lone surrogate": "photo\udcff.jpg",
    "is a private letter": "\ue000",
    "is unassigned": "\U0003fffd",
    "annotates": "\ufff9a\ufffab\ufffb",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_is_replaced_where_it_can_be_seen(attack: str) -> None:
    """Each attack string loses what steers or hides, keeps its length, and shows that something was there."""
    shown = sanitise(attack)
    assert shown.isprintable()
    assert len(shown) == len(attack)
    assert "\N{REPLACEMENT CHARACTER}" in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rash pic, 3 kB [b]",
        "Zoë Müller",
        "皮膚の写真",
        "צילום",
        "صورة",
        "naïve “quoted” … € ½",
        "👶🏽 ❤\ufe0f",
        "e\u0301",
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    """Accents, other scripts, typographic marks and emoji pass unchanged."""
    assert sanitise(text) == text


@pytest.mark.parametrize("space", ["\t", "\u00a0", "\u2009", "\u3000", "\u202f"])
def test_every_kind_of_space_becomes_a_space(space: str) -> None:
    """A pasted number with no-break spaces is still that number."""
    assert sanitise(f"999{space}000{space}0018") == "999 000 0018"


@given(st.text(st.characters()))
def test_sanitised_text_is_printable_and_stays_as_it_is(text: str) -> None:
    """Whatever the text, the result is one printable line without format characters, and doing it twice is once."""
    shown = sanitise(text)
    assert shown.isprintable()
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert sanitise(shown) == shown


@given(st.text(st.characters()))
def test_data_loses_nothing_to_escaping(text: str) -> None:
    """A JSON string comes back exactly, though its line holds nothing that steers a terminal."""
    line = reversible(json.dumps(text, ensure_ascii=False))
    assert json.loads(line) == text
    assert line.isprintable()
    line.encode()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("short", ["short"]),
        ("", [""]),
        (" " * 30, [" " * 30]),
        ("it is told where it ends", ["it is told where it", "ends"]),
        ("  and it keeps an indent", ["  and it keeps an", "  indent"]),
        ("Basis: 1 her own  2 an attorney", ["Basis: 1 her own", "2 an attorney"]),
        ("1 one  2 longer than a whole screen", ["1 one  2 longer than", "a whole screen"]),
        ("a/path/that/nobody/can-break is told", ["a/path/that/nobody/can-break", "is told"]),
        ("Copy:  imgfile scan", ["Copy:  imgfile scan"]),
        ("Next, copy this:  imgfile scan Inbox", ["Next, copy this:", "  imgfile scan Inbox"]),
        ("It is long, so copy this:  imgfile scan a/b/c", ["It is long, so copy", "this:", "  imgfile scan a/b/c"]),
        ("  imgfile scan Inbox --since yesterday", ["  imgfile scan Inbox --since yesterday"]),
    ],
)
def test_a_line_is_broken_where_it_reads_best(line: str, parts: list[str]) -> None:
    """Between what two spaces part, else between words; never within a word or a command, which begins a line."""
    assert folded(line, 20) == parts


@given(st.text(alphabet="ab -/\N{LATIN SMALL LETTER E WITH ACUTE}", max_size=200), st.integers(1, 90))
def test_breaking_a_line_loses_no_word(text: str, columns: int) -> None:
    """Only spaces give way, and what can be short enough is."""
    parts = folded(text, columns)
    assert " ".join(parts).split() == text.split()
    assert all(len(part) <= columns or len(part.split()) <= 1 for part in parts)
