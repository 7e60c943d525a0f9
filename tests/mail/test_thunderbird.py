"""A real Thunderbird, before and after: messages, list and index stay, the photos are gone and their words stand there.

Long, as it starts a mail program three times; it needs Debian's thunderbird, xvfb, xdotool and xclip.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from kit.mail import mailboxes
from kit.mail.mailboxes import Part
from kit.mail.thunderbird import LIST_BOX, MESSAGE_BOX, Thunderbird, make_profile, screen, thunderbird
from kit.table_rows import MOLE_ROW
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile

pytestmark = pytest.mark.long

GREEN, BLUE = (20, 200, 40), (30, 60, 220)
BLOCKED = (255, 240, 100)
"""What Thunderbird warns on, that it has blocked remote content."""
HTML = (
    b'<html><body><p>Dear doctor, this is it:</p><img src="cid:one@example.org" width="200" height="150"></body></html>'
)


def plain(colour: tuple[int, int, int]) -> bytes:
    """Make a photo of one colour, which the screen shows as such."""
    page = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(page, "JPEG", quality=95)
    return page.getvalue()


def shown_inline(photo: bytes) -> Part:
    """Make a message whose HTML shows a picture that its part calls an attachment."""
    picture = mailboxes.photo(photo, kind="image/jpeg", content_id="one@example.org")
    return mailboxes.multipart([Part(("Content-Type: text/html; charset=utf-8",), HTML), picture], "related", "=_r")


def has(window: Thunderbird, colour: tuple[int, int, int]) -> bool:
    """Return whether a good part of the message pane is of a colour, as a decoder may give it."""
    near = sum(
        count
        for count, pixel in window.picture(MESSAGE_BOX).getcolors(1 << 20) or ()
        if isinstance(pixel, tuple) and max(abs(one - other) for one, other in zip(pixel, colour, strict=True)) < 12
    )
    return near > 20_000


def test_the_photos_are_gone_and_everything_else_reads_as_before(desk: Desk, tmp_path: Path) -> None:
    """One photo attached, one within the text, one message without any; the index was made before."""
    folders = make_profile(tmp_path / "home")
    mails = [
        mailboxes.mail(mailboxes.text(), mailboxes.photo(plain(GREEN), kind="image/jpeg"), subject="rash pic"),
        mailboxes.message(shown_inline(plain(BLUE)), subject="within", number=2).render(),
        mailboxes.mail(mailboxes.text("Thank you, see you on Friday.\n"), subject="thanks", number=3),
    ]
    inbox = folders / "Inbox"
    inbox.write_bytes(mailboxes.mbox(mails))
    with screen() as display:
        with thunderbird(display, tmp_path / "home") as window:
            window.open_folder(1)
            listed = window.picture(LIST_BOX)
            for number, colour in ((1, GREEN), (2, BLUE)):
                window.open_message(number)
                assert has(window, colour)
            refused = imgfile("scan", inbox, env={**desk.environment, "HOME": str(tmp_path / "home")})
            assert refused.status == 18, refused.words
        assert (folders / "Inbox.msf").stat().st_size > 0

        table = tmp_path / "t.ndjson"
        assert desk.run("scan", inbox, "--all", "--table", table).status == 0
        answers = {slug: text for slug, text in MOLE_ROW.items() if slug != "source"}
        rows = [json.loads(line) | answers for line in table.read_text().splitlines()]
        table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        done = desk.run("ingest", "--table", table, "--yes", "--allow-test-id", "--json")
        assert done.status == 0, done.words
        filed = [line["record"] for line in ndjson(done) if line["type"] == "photo"]
        assert len(filed) == 2

        with thunderbird(display, tmp_path / "home") as window:
            window.open_folder(1)
            after = window.picture(LIST_BOX)
            window.open_message(1)
            assert not has(window, GREEN)
            words = window.text()
            assert "please look at this." in words
            assert f"This photo was filed as {filed[0]} and removed from here on " in words
            window.open_message(2)
            assert not has(window, BLUE)
            assert not has(window, BLOCKED), "it takes the gap for a picture from elsewhere"
            assert "Dear doctor, this is it:" in window.text()
            window.open_message(3)
            assert "Thank you, see you on Friday." in window.text()
    assert rows_in(after) == rows_in(listed) == 3


def rows_in(listed: Image.Image) -> int:
    """Count the messages of a list by their dates: bands of dark pixels in the right half, parted by light ones."""
    grey = listed.convert("L").crop((165, 0, 235, listed.height))
    dark = [min(grey.crop((0, y, grey.width, y + 1)).tobytes()) < 120 for y in range(grey.height)]
    return sum(now and not before for before, now in zip([False, *dark], dark, strict=False))
