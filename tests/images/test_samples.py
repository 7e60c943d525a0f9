"""Real photographs, where they lie beside the repository: clean, the same picture, or an honest refusal."""

from __future__ import annotations

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.strip import strip
from kit.photos.jpeg_png import photo
from kit.photos.judge import leaks, shown
from kit.tools import samples, tool

pytestmark = pytest.mark.slow


def test_every_sample_comes_out_clean_and_the_same_or_is_refused() -> None:
    """Every sample comes out clean and the same or is refused."""
    stripped = 0
    for path in samples("images"):
        original = path.read_bytes()
        try:
            result = strip(photo(original))
        except UnsupportedImage:
            continue
        stripped += 1
        assert leaks(result.data, tool("exiftool")) == [], path.name
        assert shown(result.data) == shown(original), path.name
        assert strip(photo(result.data)).data == result.data, path.name
    assert stripped
