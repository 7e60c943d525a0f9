"""Mails that others wrote: an oracle that knows no MIME agrees with the search, and so do other readers afterwards.

The long run judges every file in the folder that IMGFILE_TEST_MAIL_CORPUS names; the short one, mails made here.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.mail import corpus as mail_corpus
from kit.mail import mailboxes as made
from kit.mail.practice_mailboxes import write_mailbox

MOST_MEBIBYTES = 300
MOST_SECONDS = 5
NESTED = made.Part(("Content-Type: message/rfc822",), made.mail(made.text(), made.photo(made.png(7))))
CODED = made.Part(
    ("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"),
    made.encode(made.mail(made.text(), made.photo(made.png(8))), "base64"),
)
BROKEN = made.mail(made.text(), made.photo(made.png(9))).replace(b'boundary="', b'boundary="another ')
MAILS = {
    "base64": made.mail(made.text(), made.photo(made.png())),
    "quoted-printable": made.mail(made.text(), made.photo(made.jpeg(), "quoted-printable")),
    "8bit": made.mail(made.text(), made.photo(made.png(3, 300), "8bit")),
    "uuencode": made.mail(made.text(), made.photo(made.png(4), "uuencode")),
    "nested": made.mail(made.text(), NESTED),
    "coded": made.mail(made.text(), CODED),
    "broken boundary": BROKEN,
    "inline": made.mail(made.text(), made.photo(made.jpeg(5), content_id="a@b", disposition="inline")),
    "alone": made.mail(made.photo(made.gif(6), kind="image/gif")),
}
PHOTOS = {"quoted-printable": made.jpeg(), "8bit": made.png(3, 300), "uuencode": made.png(4), "nested": made.png(7)}
PHOTOS |= {"base64": made.png(), "coded": made.png(8), "broken boundary": made.png(9), "inline": made.jpeg(5)}
PHOTOS |= {"alone": made.gif(6)}


@pytest.mark.parametrize("name", MAILS)
def test_the_oracle_sees_the_photo_and_not_its_tombstone(name: str) -> None:
    """It is worth something: what it does not see, the search could miss unnoticed."""
    assert [*mail_corpus.pictures(MAILS[name])] == [mail_corpus.print_of(PHOTOS[name])]
    assert [*mail_corpus.pictures(made.mail(made.text("GIF89a is a format\nBM\n/9j/ is how JPEG begins\n")))] == []


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_judged_without_fault(tmp_path: Path, name: str) -> None:
    """Alone, and between others in an mbox: its photo is found, goes, and nothing else changes for anybody."""
    between = made.mbox([MAILS["base64"], MAILS[name], made.mail(made.text())])
    for kind, data in {"eml": MAILS[name], "mbox": between}.items():
        folder = tmp_path / kind
        folder.mkdir()
        path = folder / "box"
        path.write_bytes(data)
        verdict = mail_corpus.judge(path, folder)
        assert verdict is not None
        assert verdict.faults == []
        assert verdict.found == verdict.removed == len([*mail_corpus.pictures(data)])


def test_a_photo_that_is_missed_is_a_fault(tmp_path: Path) -> None:
    """Positive control: base64 that stands in a text is no attachment to the search, and a picture to the oracle."""
    path = tmp_path / "box"
    path.write_bytes(made.mail(made.text("see:\n" + made.encode(made.png(), "base64").decode() + "\n")))
    verdict = mail_corpus.judge(path, tmp_path)
    assert verdict is not None
    assert [fault[:8] for fault in verdict.faults] == ["missed 1"]


@pytest.mark.parametrize("megabytes", [150, pytest.param(2000, marks=pytest.mark.long)])
def test_memory_stays_flat_whatever_the_size(tmp_path: Path, megabytes: int) -> None:
    """Pages that were walked are given back."""
    path = tmp_path / "box"
    write_mailbox(path, "photo-heavy", megabytes * 1_000_000)
    program = (
        "import re, sys; from pathlib import Path; from imgfile.mail.mailbox import open_export\n"
        "with open_export(Path(sys.argv[1])) as export:\n"
        "    photos = sum(1 for photo in export.attachments() if photo.decode())\n"
        "print(photos, re.findall(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[0])"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=True, capture_output=True, text=True)
    photos, kibibytes = map(int, done.stdout.split())
    assert photos > megabytes // 3
    assert kibibytes < 128 << 10


# --- the long run ---


def corpus() -> list[Path]:
    """Return the files to judge; none where no folder is named."""
    folder = os.environ.get("IMGFILE_TEST_MAIL_CORPUS")
    return sorted(path for path in Path(folder).rglob("*") if path.is_file()) if folder else []


@pytest.mark.long
@pytest.mark.skipif(not corpus(), reason="IMGFILE_TEST_MAIL_CORPUS names no folder with mails")
def test_every_mail_of_a_corpus(tmp_path: Path) -> None:
    """No picture missed, none left, nothing else changed, no crash, no hang, little memory."""
    faults = {str(path): verdict.faults for path, verdict in verdicts(tmp_path) if verdict.faults}
    assert faults == {}


def verdicts(folder: Path) -> Iterator[tuple[Path, mail_corpus.Verdict]]:
    """Judge file after file, each in a process of its own; report all of them at the end."""
    totals: Counter[str] = Counter()
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        for number, path in enumerate(corpus()):
            place = folder / str(number)
            place.mkdir()
            try:
                verdict = pool.apply_async(mail_corpus.judge, (path, place)).get(timeout=120)
            except Exception as error:  # noqa: BLE001 - whatever escapes is a fault of this file, and the run goes on
                verdict = mail_corpus.Verdict(faults=[repr(error)])
            if verdict is None:
                continue
            if verdict.seconds > MOST_SECONDS or verdict.mebibytes > MOST_MEBIBYTES:
                verdict.faults.append(f"{verdict.seconds:.1f} s, {verdict.mebibytes} MiB")
            totals.update(mailboxes=1, messages=verdict.messages, images=verdict.found)
            totals.update(removed=verdict.removed, refused=verdict.refused)
            yield path, verdict
    print(dict(totals))  # noqa: T201 - what was judged, for whoever runs it
