"""A file that stands coded among the words of a letter is named, wherever it stands, by an ordinary search too."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from imgfile.mail.model import Unsearched
from kit.mail import mailboxes as made
from kit.mail.searching import scan

DATA = b"\xff\xd8\xff\xe0\0\x10JFIF" + random.Random(5).randbytes(3000)  # noqa: S311 - the same bytes each time
SENTENCE = "Dear doctor, the rash on her arm is worse since Monday; please have a look.\n"
CODED = made.encode(DATA, "base64").decode()
QUOTED = "> " + CODED.replace("\n", "\n> ")
RUN = base64.b64encode(DATA).decode()
LINK = f"https://click.example.org/ls/click?upn=u001.{RUN[30:330].replace('+', '-').replace('/', '_')}\n"
ENCODINGS = ("7bit", "base64", "quoted-printable")


def letter(words: str, subtype: str, encoding: str, charset: str = "utf-8") -> bytes:
    """Make a mail that is one text."""
    head = (f"Content-Type: text/{subtype}; charset={charset}", f"Content-Transfer-Encoding: {encoding}")
    body = words.encode(charset)
    coded = body if encoding == "7bit" else made.encode(body, "base64" if encoding == "base64" else "quoted-printable")
    return made.mail(made.text(), made.Part(head, coded))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("before", "after"), [(3, 0), (3, 700), (40, 2000), (700, 3), (2000, 2000)])
@pytest.mark.parametrize("coded", [CODED, QUOTED])
def test_a_file_among_the_words_of_a_letter_is_named(
    box: Path, encoding: str, before: int, after: int, coded: str
) -> None:
    """At its beginning, in its midst, at its end; in a long letter or a short one."""
    found = scan(box, letter(SENTENCE * before + coded + "\n" + SENTENCE * after, "plain", encoding))
    assert [type(one) for one in found] == [Unsearched]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "markup",
    [
        f"<!-- {CODED} -->",
        f'<script>var photo = "{RUN}"</script>',
        f'<img src="data:;base64,{RUN}">',
        f'<img src="data: image/jpeg;base64,{RUN}">',
        f'<a href="data:application/octet-stream;base64,{RUN}">',
        f'<img src="data&#58;image/jpeg;base64,{RUN}">',
    ],
)
def test_a_file_in_the_markup_of_a_letter_is_named(box: Path, encoding: str, markup: str) -> None:
    """However it is written into the page."""
    page = "<html><body>" + f"<p>{SENTENCE}</p>" * 30 + markup + f"<p>{SENTENCE}</p>" * 30
    found = scan(box, letter(page, "html", encoding))
    assert [type(one) for one in found] == [Unsearched]


def test_a_file_in_wide_letters_is_named(box: Path) -> None:
    """UTF-16, as some programs send letters."""
    found = scan(box, letter(SENTENCE + CODED, "plain", "base64", "utf-16"))
    assert [type(one) for one in found] == [Unsearched]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("subtype", ["plain", "html"])
@pytest.mark.parametrize(
    "words",
    [
        SENTENCE * 900,
        "<tr><td style='padding:0 12px'>" + SENTENCE + "</td></tr>" * 200,
        (SENTENCE + LINK) * 30,
        "Rot-Grün " * 2000,
        "先生お願いします" * 500,
    ],
)  # fmt: skip
def test_a_letter_is_no_file(box: Path, encoding: str, subtype: str, words: str) -> None:
    """Words, markup, long addresses, other languages."""
    if encoding == "7bit":
        words = words.encode("ascii", "ignore").decode()
    assert scan(box, letter(words, subtype, encoding)) == []


def test_uuencode_that_was_found_is_not_named_again(box: Path) -> None:
    """Each file in a text has its own verdict, and what stands around it."""
    words = SENTENCE * 30 + made.encode(DATA, "uuencode").decode() + SENTENCE * 30
    (found,) = scan(box, letter(words, "plain", "7bit"))
    assert not isinstance(found, Unsearched)
    both = scan(box, letter(words + CODED + "\n" + SENTENCE * 30, "plain", "7bit"))
    assert sorted(type(one).__name__ for one in both) == ["Attachment", "Unsearched"]
