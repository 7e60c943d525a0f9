"""Every part of every mail is a picture, absent, not looked into, opened or harmless, and the counts add up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.mail.mailbox import open_export
from imgfile.mail.model import Attachment
from imgfile.mail.wrapping import Account
from kit.mail import mailboxes as made
from kit.mail.searching import scan

PHOTO = made.png(1, 900)


@dataclass(frozen=True)
class Leaf:
    """A part, and what is to become of it."""

    part: made.Part
    verdict: str


def _file(data: bytes, kind: str, name: str, verdict: str, coding: made.Coding = "base64") -> Leaf:
    return Leaf(made.photo(data, coding, kind=kind, name=name), verdict)


def _text(kind: str, words: bytes, verdict: str = "harmless") -> Leaf:
    return Leaf(made.Part((f"Content-Type: {kind}",), words), verdict)


LEAVES = (
    _text("text/plain; charset=utf-8", b"Dear doctor, " * 30),
    _text("text/plain", b"short"),
    _text("text/html", b"<p>Dear doctor</p>" * 20),
    _text("text/html", b'<img src="data:image/png;base64,iVBORw0KGgo=">', "unsearched"),
    _text("text/plain; charset=iso-8859-1", "Grüße, und viele".encode("latin-1") * 30),
    _text("text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"),
    _text("message/delivery-status", b"Reporting-MTA: dns; example.org\n\nAction: failed\n"),
    _file(b"\x30\x82\x01\x02" + bytes(range(250)), "application/pkcs7-signature", "smime.p7s", "harmless"),
    _text("text/vcard; name=a.vcf", b"BEGIN:VCARD\nFN:Pat\nEND:VCARD\n"),
    _text("text/vcard; name=b.vcf", b"BEGIN:VCARD\nPHOTO;ENCODING=b:/9j/4AAQ\nEND:VCARD\n", "unsearched"),
    _file(PHOTO, "image/png", "a.png", "pictures"),
    _file(PHOTO, "application/octet-stream", "b", "pictures", "quoted-printable"),
    _file(PHOTO, "text/plain", "c.txt", "pictures"),
    _file(b"", "image/heic", "IMG_1.HEIC", "absent"),
    _file(b"not one", "image/jpeg", "IMG_2.jpg", "absent"),
    _file(b"%PDF-1.7\n", "application/pdf", "a.pdf", "unsearched"),
    _file(b"\0\0\0\x14ftypqt  \0\0\0\0moov", "video/quicktime", "IMG_3.MOV", "unsearched"),
    _file(b"7z\xbc\xaf\x27\x1c\0\4", "application/octet-stream", "p.7z", "unsearched"),
    _file(bytes(range(256)), "application/x-whatever", "", "unsearched"),
    _file(made.mail(made.text()), "application/octet-stream", "fwd.eml", "opened"),
)
INNER_PARTS = {LEAVES[-1]: 1}
"""How many parts lie in what is opened."""


def _tree(leaves: Sequence[Leaf], chance: random.Random, depth: int = 0) -> made.Part:
    """Nest parts in multiparts and messages, as deep and as broad as chance has it."""
    if len(leaves) == 1 and depth:
        return leaves[0].part
    parts, left = [], list(leaves)
    while left:
        taken = [left.pop(0) for _ in range(min(len(left), chance.randint(1, 4)))]
        is_nested = depth < 5 and chance.random() < 0.5
        parts += [_tree(taken, chance, depth + 1)] if is_nested else [leaf.part for leaf in taken]
    mark = f"=_{depth}.{chance.randrange(10**9)}"
    body = b"".join(f"\n--{mark}\n".encode() + part.render() for part in parts) + f"\n--{mark}--\n".encode()
    kind = chance.choice(("mixed", "related", "alternative", "x-unknown"))
    whole = made.Part((f'Content-Type: multipart/{kind}; boundary="{mark}"',), body)
    if depth and chance.random() < 0.3:
        return made.Part(("Content-Type: message/rfc822",), b"Subject: fwd\n" + whole.render())
    return whole


def _counts(account: Account) -> dict[str, int]:
    names = ("pictures", "absent", "unsearched", "opened", "harmless", "taken_out")
    return {name: count for name in names if (count := getattr(account, name))}


def _account(path: Path) -> Account:
    with open_export(path) as export:
        for _ in export.scan():
            pass
        return export.account


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(LEAVES), min_size=1, max_size=12), st.integers(0, 10**6), st.sampled_from(made.NEWLINES)
)
def test_the_counts_add_up_to_all_parts(box: Path, leaves: list[Leaf], seed: int, newline: made.Newline) -> None:
    """Whatever lies in whatever: each part is met once, and has the one verdict that it should have."""
    chance = random.Random(seed)  # noqa: S311 - shapes of mails, no secret
    whole = b"From: parent@example.org\nSubject: x\nMIME-Version: 1.0\n" + _tree(leaves, chance).render()
    found = scan(box, made.with_newlines(whole, newline))
    account = _account(box)
    expected = Counter(leaf.verdict for leaf in leaves)
    inner = sum(INNER_PARTS.get(leaf, 0) for leaf in leaves)
    expected["harmless"] += inner
    assert account.parts == len(leaves) + inner
    assert _counts(account) == {name: count for name, count in expected.items() if count}
    assert account.verdicts == account.parts
    assert len(found) == account.pictures + account.absent + account.unsearched
    assert sum(isinstance(one, Attachment) for one in found) == account.pictures


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: "; ".join(leaf.part.headers)[14:60])
def test_each_leaf_has_its_verdict_by_itself(box: Path, leaf: Leaf) -> None:
    """As a message's only part too."""
    whole = b"From: parent@example.org\nMIME-Version: 1.0\n" + leaf.part.render()
    box.write_bytes(whole)
    inner = {"harmless": INNER_PARTS[leaf]} if leaf in INNER_PARTS else {}
    assert _counts(_account(box)) == {leaf.verdict: 1} | inner


def test_what_stands_loose_in_a_text_counts_as_a_part(box: Path) -> None:
    """A uuencoded photo, and a file that is none: three parts with the text around them."""
    photo = made.encode(PHOTO, "uuencode").decode()
    film = made.encode(b"\0\0\0\x14ftypqt  \0\0\0\0moov", "uuencode").decode().replace("patient.jpg", "IMG.MOV")
    scan(box, made.mail(made.text(f"Hello\n\n{photo}\n\n{film}\n")))
    account = _account(box)
    assert (account.parts, _counts(account)) == (3, {"pictures": 1, "unsearched": 1, "harmless": 1})
