"""No identifier and no metadata value leaks: canaries planted in everything, sought everywhere afterwards.

Sought in every name and byte of the vault, the station's state, the home and the folder for temporary files, and in
what the command says: written plainly, in UTF-16, hex and Base64, as a bare digest, and inside what inflates.
Exceptions, and no others: a pending note holds the source's path while its erasure is unfinished, and the command
names a source as the person did.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import count
from pathlib import Path

import pytest

from imgfile.errors import (
    AnswerInvalid,
    NotWritable,
    RefusedByRule,
    SourceRemains,
    SourceUnavailable,
    UnsupportedImage,
)
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.vault.practice import PASSPHRASE, Practice
from promises.world import ANSWERS, UNATTENDED, Children, Ran, World, flags, make_world

NUMBER = ("9434765870", "943 476 5870", "943-476-5870")
BIRTH = ("3/3/71", "03/03/1971", "1971-03-03", "3 Mar 1971", "19710303")
SENTENCE = "canary rationale weeping lesion beside the tattoo"
FILE_WORDS = "jane canarydoe wound"
SENDER, SUBJECT = "canary.mother@example.org", "canary subject about Tom"
MESSAGE_ID, BODY = "canary-message-id", "canary body of the message"
NEVER = (*NUMBER, *BIRTH, SENTENCE, BODY, PASSPHRASE, "left shoulder", "Canary Mother")
"""Shown by no unattended ingest."""
OF_SOURCE = (FILE_WORDS, SENDER, SUBJECT, MESSAGE_ID)
"""What a person calls the source by: shown to them, stored nowhere in clear."""
METADATA = (*photos.CANARIES, "51.5070", "51,30.4195")
ANYWHERE = (*NEVER, *OF_SOURCE, *METADATA)
KILLED = -9
_LEAST_RAW_BYTES = 6
"""Shorter values would turn up in sealed bytes by chance."""


@cache
def needles(words: tuple[str, ...]) -> dict[bytes, str]:
    """Spell each canary in every way in which it could stand in a file; lower case where letters survive."""
    spelled: dict[bytes, str] = {}
    for word in words:
        raw = word.encode()
        ways = [word.encode("utf-16-le"), word.encode("utf-16-be"), raw.hex().encode()]
        ways += [hashlib.new(name, raw).hexdigest().encode() for name in ("md5", "sha1", "sha256")]
        ways += [hashlib.new(name, raw).digest() for name in ("md5", "sha1", "sha256")]
        ways += [base64.b64encode(b" " * shift + raw + b" " * (-(shift + len(raw)) % 3))[4:-4] for shift in range(3)]
        spelled |= {way.lower(): word for way in (raw, *ways) if len(way) >= _LEAST_RAW_BYTES}
    return spelled


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, needles(words))))


def inflated(data: bytes) -> Iterator[bytes]:
    """Yield the bytes, and whatever in them inflates."""
    yield data
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            yield zlib.decompressobj().decompress(data[found.start() :], 1 << 20)
        except zlib.error:
            continue


@lru_cache(maxsize=256)
def leaks_in(data: bytes, words: tuple[str, ...]) -> frozenset[str]:
    """Name the canaries that stand in some bytes, bytes of GPS positions among them; most files stay as they are."""
    spelled, found = needles(words), set[str]()
    pattern = _pattern(words)
    for layer in inflated(data):
        found |= {spelled[match[0]] for match in pattern.finditer(layer.lower())}
        found |= {"GPS" for position in photos.GPS_BYTES if position in layer}
    return frozenset(found)


def leaks_below(folder: Path, words: tuple[str, ...] = ANYWHERE) -> list[str]:
    """Look through every name and every file below a folder."""
    wrong = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        data = str(inside).encode() + (b"\n" + path.read_bytes() if path.is_file() else b"")
        may_name = {word for word in OF_SOURCE if "pending" in inside.parts}
        wrong += [f"{word!r} in {inside}" for word in sorted(leaks_in(data, words) - may_name)]
    return wrong


def expect_no_leak(world: World, ran: Ran) -> None:
    """Look everywhere that a run could have left something."""
    assert leaks_below(world.folder / "vault") == []
    assert leaks_below(world.folder / "state") == []
    (world.home / "log").unlink(missing_ok=True)  # the test's own
    said = (world.home / "out").read_bytes() + (world.home / "err").read_bytes()
    assert leaks_in(said, NEVER + METADATA) == set(), ran.said
    for name in ("out", "err"):
        (world.home / name).unlink()
    assert leaks_below(world.home) == []


@dataclass(frozen=True)
class Kind:
    """One kind of source with canaries in it: its file name and its bytes."""

    name: str
    data: bytes


def _mailbox() -> bytes:
    part = mailboxes.photo(photos.phone_jpeg(), kind="image/jpeg", name=f"{FILE_WORDS}.jpg")
    mail = mailboxes.mail(mailboxes.text(f"{BODY}\n"), part, subject=SUBJECT)
    mail = mail.replace(b"A Parent <parent@example.org>", f"Canary Mother <{SENDER}>".encode())
    return mailboxes.mbox([mail.replace(b"<1@example.org>", f"<{MESSAGE_ID}@example.org>".encode())])


KINDS = (
    Kind(f"{FILE_WORDS}.jpg", photos.phone_jpeg()),
    Kind(f"{FILE_WORDS}.png", photos.png_with_metadata()),
    Kind(f"{FILE_WORDS}.mbox", _mailbox()),
)


@pytest.fixture(params=KINDS, ids=("jpeg", "png", "mbox"))
def world(request: pytest.FixtureRequest, practice: Practice, children: Children) -> World:
    """Furnish a world whose only source is full of canaries; the answers hold the rest."""
    made = make_world(practice, "photo.jpg", children)
    return with_source(made, request.param)


def with_source(made: World, kind: Kind) -> World:
    """Exchange a world's source."""
    made.source.unlink()
    changed = replace(made, source=made.source.with_name(kind.name), is_mailbox=kind.name.endswith("mbox"))
    changed.source.write_bytes(kind.data)
    return changed


TELLING = {**ANSWERS, "rationale": SENTENCE}


def run(world: World, *more: str, answers: dict[str, str] | None = None, **fault: int) -> Ran:
    """Run ingest with telling answers."""
    job = world.job(**fault)
    job["argv"] = ["ingest", str(world.source), *UNATTENDED, *flags(answers or TELLING), *more]
    status = world.children.run(job)
    said = "".join((world.home / name).read_text("utf-8", "backslashreplace") for name in ("out", "err"))
    return Ran(status, said, world.calls())


def test_the_canaries_stand_in_the_source(world: World) -> None:
    """Positive control: the same search finds them where they were planted."""
    found = leaks_in(world.source.read_bytes(), ANYWHERE)
    assert {"GPS", photos.OWNER, photos.SERIAL, photos.ARTIST} <= found or world.is_mailbox
    assert not world.is_mailbox or {SENDER, SUBJECT, BODY, MESSAGE_ID} <= found


def test_filing_leaks_nothing(world: World) -> None:
    """Filed, erased, and filed again; in words and in JSON."""
    ran = run(world)
    assert ran.status == 0, ran.said
    expect_no_leak(world, ran)
    world.source.write_bytes(next(kind.data for kind in KINDS if kind.name == world.source.name))
    again = run(world, "--json")
    assert again.status == 0, again.said
    expect_no_leak(world, again)


def _lock_vault(world: World) -> None:
    """Put a file where the records' keys would go, so that nothing can be written (root may write anywhere)."""
    (world.folder / "vault" / "keys" / "things").write_bytes(b"")


FAILURES: dict[str, tuple[dict[str, str], Callable[[World], object], int]] = {
    "an answer is wrong": ({"patient": "943 476 5871"}, lambda _: None, AnswerInvalid.exit_code),
    "an answer is missing": ({"rationale": ""}, lambda _: None, AnswerInvalid.exit_code),
    "a rule refuses": ({"purpose": "research"}, lambda _: None, RefusedByRule.exit_code),
    "the source is missing": ({}, lambda world: world.source.unlink(), SourceUnavailable.exit_code),
    "the photo is broken": (
        {},
        lambda world: world.source.write_bytes(photos.phone_jpeg()[:900]),
        UnsupportedImage.exit_code,
    ),
    "the vault cannot be written": ({}, _lock_vault, NotWritable.exit_code),
    "the source cannot be erased": (
        {},
        lambda world: (world.source.parent / "other name").hardlink_to(world.source),
        SourceRemains.exit_code,
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_failing_leaks_nothing(practice: Practice, children: Children, failure: str) -> None:
    """Each class of failure says what is wrong without saying whose it is."""
    world = with_source(make_world(practice, "photo.jpg", children), KINDS[0])
    changes, break_it, status = FAILURES[failure]
    answers = {name: answer for name, answer in {**TELLING, **changes}.items() if answer}
    break_it(world)
    ran = run(world, answers=answers)
    assert ran.status == status, ran.said
    expect_no_leak(world, ran)


def test_dying_leaks_nothing(world: World) -> None:
    """Killed at every fifth call, and after the next run: nothing but a pending note names the source."""
    for number in count(5, 5):
        for name in ("vault", "state"):
            _restore(world, name)
        world.source.write_bytes(next(kind.data for kind in KINDS if kind.name == world.source.name))
        (world.source.parent / f"{world.source.name}.lock").unlink(missing_ok=True)
        ran = run(world, die=number)
        assert ran.status in {0, KILLED}
        expect_no_leak(world, ran)
        if ran.status == 0:
            break


def _restore(world: World, name: str) -> None:
    shutil.rmtree(world.folder / name)
    shutil.copytree(world.clean / name, world.folder / name)


def test_a_table_leaks_nothing(practice: Practice, children: Children) -> None:
    """Rows with canaries, of which one is filed, one refused, and one broken."""
    world = with_source(make_world(practice, "photo.jpg", children), KINDS[0])
    columns = {name.replace("-", "_"): answer for name, answer in TELLING.items()}
    heading = ["source", "action", *columns]
    rows = [[str(world.source), "file", *columns.values()], ["gone canarydoe.jpg", "file", *columns.values()]]
    rows += [[str(world.source), "file", *columns.values()]]
    table = world.folder / "sources" / "table.csv"
    table.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in (heading, *rows)))
    job = world.job()
    job["argv"] = ["ingest", "--table", str(table), *UNATTENDED]
    status = children.run(job)
    said = "".join((world.home / name).read_text("utf-8", "backslashreplace") for name in ("out", "err"))
    assert status == 3, said
    assert "1 filed" in said
    expect_no_leak(world, Ran(status, said, ()))
