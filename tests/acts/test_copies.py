"""Second copies are looked for once, when a run is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import mailboxes
from imgfile.acts.copies import Copies
from imgfile.acts.finding import Scope, find
from imgfile.acts.sources import LocalFile, Source
from imgfile.errors import SourceRemains
from imgfile.files import FileIdentity


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    """Give the first of two photos, which a mailbox holds a second time."""
    one, other = (mailboxes.mail(mailboxes.photo(mailboxes.png(seed, 9000))) for seed in (1, 2))
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox([one, other, one]))
    with ExitStack() as held:
        yield find([str(tmp_path / "Inbox")], Scope(part="1/1"), held).sources[0]


def test_a_copy_is_told_with_its_place_and_only_once(source: Source) -> None:
    """The photo itself still stands there too: it was not taken out in this test."""
    copies = Copies()
    copies.note(source)
    (told,) = copies.find()
    assert isinstance(told, SourceRemains)
    assert "Inbox still holds a copy of a photo that was taken out, at byte " in told.message
    assert told.message.endswith(" and more.")
    assert copies.find() == []


def test_what_could_not_be_taken_out_is_not_looked_for(source: Source, tmp_path: Path) -> None:
    """Nor is anything of a file, which is gone altogether."""
    copies = Copies()
    copies.note(source)
    copies.forget(source)
    local = LocalFile(tmp_path / "a.jpg", FileIdentity(1, 2, 3, 4, 5))
    copies.note(local)
    copies.forget(local)
    assert copies.find() == []


def test_a_mailbox_that_is_away_by_then_leaves_it_unknown(source: Source, tmp_path: Path) -> None:
    """And says so."""
    copies = Copies()
    copies.note(source)
    (tmp_path / "Inbox").rename(tmp_path / "elsewhere")
    (told,) = copies.find()
    assert "is not known" in told.message
