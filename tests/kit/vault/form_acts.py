"""Filing a photo with its signed form, as an act that whatever may befall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from imgfile.acts.erasure.sources import finish_pending
from imgfile.vault import layout
from imgfile.vault.life.open import open_record
from kit.photos import jpeg_png as photos
from kit.vault.filed_forms import PDF, file_with_form
from kit.vault.filings import MOLE
from kit.vault.life_ground import TODAY, Ground, LifeAct
from kit.vault.practice import Practice

_ANSWERS: Final = {**MOLE, "patient": "9990000042"}


def _with_source(practice: Practice) -> Ground:
    """Have a photo and its form lie in a folder."""
    sources = practice.folder.parent / "sources"
    sources.mkdir()
    (sources / "mole.jpg").write_bytes(photos.phone_jpeg())
    (sources / "form.pdf").write_bytes(PDF)
    return replace(Ground.plain(practice), sources=sources)


def _file(ground: Ground) -> None:
    """File it, after what an earlier run left of its erasure, as the command does."""
    assert ground.sources is not None
    with ground.vault.station.locked():
        finish_pending(ground.vault, at=TODAY)
    if (ground.sources / "mole.jpg").exists():
        file_with_form(ground.two.practice, ground.sources, _ANSWERS)


def _lost(ground: Ground) -> Iterator[str]:
    """Yield that both are lost, or will be: the source was touched, and no record holds its photo and its form."""
    assert ground.sources is not None
    source = ground.sources / "mole.jpg"
    if not source.exists() or source.read_bytes() != photos.phone_jpeg():
        yield from _not_filed(ground)


def _not_filed(ground: Ground) -> Iterator[str]:
    there = ground.there(_ANSWERS)
    if len(there) != 1:
        yield f"it is filed {len(there)} times"
    for each in there:
        opened = open_record(ground.vault, each, ground.two.founder.practice)
        if layout.FORM not in each.objects or opened.filed_form is None or opened.filed_form.data != PDF:
            yield "its form does not open"


def _not_done(ground: Ground) -> Iterator[str]:
    assert ground.sources is not None
    yield from _not_filed(ground)
    if (ground.sources / "mole.jpg").exists():
        yield "its source is still there"
    if ground.vault.station.pending():
        yield "its erasure is pending"


FORM_ACTS: Final = (LifeAct("file with a form", _file, _not_done, _with_source, _lost, cleans_up=True),)
