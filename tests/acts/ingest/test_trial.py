"""A photo whose picture cannot be shown is filed, and that is said before and after: in each format that is tried."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL.TiffImagePlugin import TiffImageFile

from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.ingest.plan import Item
from imgfile.acts.options import Request
from imgfile.acts.outcome import Filed, Outcome, Ready
from imgfile.acts.sources.source import Piped
from imgfile.cli.ingest.report import outcome_facts, warning_lines
from imgfile.clinical.proofs import MediaType
from imgfile.images.decode import decode, process
from imgfile.images.decode.trial import why_hidden
from imgfile.images.limits import MAX_SHOWN_PIXELS
from imgfile.images.strip import is_usual
from kit.photos import heif, jxl, tiff
from kit.photos import jpeg_png as photos
from kit.vault.ingest_runs import CONFIRMED, DRY, KEPT, Attendant, local, request, run_of
from kit.vault.practice import Practice

HIDDEN = (
    "It cannot be shown: its decoder cannot read it to its end. Ask for another photo, unless another program shows it."
)


def made(kind: str, **options: object) -> bytes:
    """Make a small photo as Pillow does."""
    page = io.BytesIO()
    photos.pixels(64, 48).save(page, kind, **options)
    return page.getvalue()


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """Give a folder for photos alone."""
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def overwritten(data: bytes, start: int, end: int) -> bytes:
    """Spoil coded data, and leave what surrounds them."""
    return data[:start] + b"\xff" * (end - start) + data[end:]


def spoilt_avif() -> bytes:
    """Make an AVIF whose coded picture is nought behind its header."""
    part = heif.picture()
    return heif.heif([replace(part, data=part.data[:8] + bytes(len(part.data) - 8))])


def spoilt_tiff() -> bytes:
    """Make a TIFF whose strip is no LZW."""
    whole = tiff.pillow(compression="tiff_lzw")
    tags = TiffImageFile(io.BytesIO(whole)).tag_v2
    return overwritten(whole, tags[273][0], tags[273][0] + tags[279][0])


SPOILT: dict[str, Callable[[], bytes]] = {
    "a.avif": spoilt_avif,
    "b.tif": spoilt_tiff,
    "c.jxl": lambda: overwritten(jxl.naked(), len(jxl.naked()) // 2, len(jxl.naked())),
    "d.webp": lambda: overwritten(made("WEBP", lossless=True), 60, 200),
    "e.gif": lambda: overwritten(made("GIF"), len(made("GIF")) // 2, len(made("GIF")) // 2 + 200),
}
WHOLE = {
    "v.heic": lambda: heif.heif([heif.picture(1, "HEIF")], brands=[b"heic", b"mif1"]),
    "w.bmp": lambda: made("BMP"),
}


@pytest.mark.slow
def test_what_cannot_be_shown_is_filed_and_said(practice: Practice, drop: Path) -> None:
    """By a dry run, then by the run itself, with what stripping has to say; the others of the group are as ever."""
    for name, content in (SPOILT | WHOLE).items():
        (drop / name).write_bytes(content())
    requests = [request(local(path)) for path in sorted(drop.iterdir())]
    wanted = [[HIDDEN] if Path(each.source.shown).name in SPOILT else [] for each in requests]
    for wishes, kind in ((DRY, Ready), (CONFIRMED, Filed)):
        found = list(ingest(run_of(practice, wishes), requests))
        assert all(isinstance(outcome, kind) for _, outcome in found)
        assert [_said(each, outcome) for each, outcome in found] == wanted
    first, outcome = found[0]
    assert list(warning_lines(Item(first.source.shown, first), outcome))[-1] == f"{first.source.shown}: {HIDDEN}"
    assert list(drop.iterdir()) == []


def _said(request: Request, outcome: Outcome) -> list[str]:
    """Return what a script is told of the trial."""
    warnings = outcome_facts(Item(request.source.shown, request), outcome).get("warnings", [])
    assert isinstance(warnings, list)
    return [each for each in warnings if each.startswith("It cannot be shown")]


@pytest.mark.slow
def test_whoever_attends_knows_it_before_the_first_question_and_as_they_confirm(practice: Practice) -> None:
    """It is tried once."""
    somebody = Attendant()
    ((_, outcome),) = ingest(
        run_of(practice, replace(KEPT, is_confirmed=False), somebody), [request(Piped(io.BytesIO(spoilt_avif())))]
    )
    assert isinstance(outcome, Filed)
    assert outcome.warnings[-1] == HIDDEN
    assert somebody.told == [f"note   {HIDDEN}"]
    ((_, confirmation),) = somebody.confirmed
    assert confirmation.lines[-1] == HIDDEN


def test_no_process_starts_for_usual_photos_nor_for_what_is_filed_already(
    practice: Practice, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JPEG and PNG; and an AVIF the second time."""
    for name, content in {"a.jpg": photos.phone_jpeg(), "b.png": made("PNG"), "c.avif": spoilt_avif()}.items():
        (drop / name).write_bytes(content)
    requests = [request(local(path)) for path in sorted(drop.iterdir())]
    list(ingest(run_of(practice, KEPT), requests[2:]))
    monkeypatch.setattr(process, "_started", lambda: pytest.fail("a process was started"))
    outcomes = [outcome for _, outcome in ingest(run_of(practice), requests)]
    assert [(type(outcome), outcome.warnings) for outcome in outcomes if isinstance(outcome, Filed)] == [
        (Filed, ())
    ] * 3


def test_of_a_jpeg_its_coding_decides() -> None:
    """Baseline, extended and progressive ones of eight bits are usual; lossless and arithmetic ones are tried."""
    whole = photos.jpeg()
    at = whole.index(b"\xff\xc0") + 1
    usual = {}
    for marker in (0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB):
        usual[marker] = is_usual(whole[:at] + bytes([marker]) + whole[at + 1 :], MediaType.JPEG, 1)
    assert [marker for marker, is_so in usual.items() if is_so] == [0xC0, 0xC1, 0xC2]
    assert not is_usual(whole[: at + 3] + b"\x0c" + whole[at + 4 :], MediaType.JPEG, 1)
    assert not is_usual(whole, MediaType.JPEG, MAX_SHOWN_PIXELS + 1)
    assert not is_usual(b"\xff\xd8\xff\xd9", MediaType.JPEG, 1)


def test_a_format_that_nothing_decodes_here_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The photo may be whole."""
    monkeypatch.setattr(decode, "_is_installed", lambda _: False)
    assert why_hidden(jxl.naked(), MediaType.JXL) == (
        "It cannot be shown here: what decodes JPEG XL is not installed. "
        "Install it, then try again:  pip install 'imgfile[jxl]'"
    )
