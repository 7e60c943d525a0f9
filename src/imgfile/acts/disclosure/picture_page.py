"""One page with one picture inside it and a few words: no script, nothing to be fetched, a title that tells nothing."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.acts.disclosure.inline import base64_length, base64_pieces, source_digest
from imgfile.acts.disclosure.one_page_server import Page

_STYLE: Final = (
    "html{background:#222;color:#eee;font:1.1em system-ui,sans-serif}body{margin:1em;text-align:center}"
    "img{max-width:100%;max-height:85vh}p{margin:.4em}small{color:#bbb}"
)
_POLICY: Final = (
    f"default-src 'none'; img-src data:; style-src {source_digest(_STYLE)}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)


def picture_page(above: str, photo: bytes, media_type: str, below: Sequence[str], *, small: str) -> Page:
    """Put a picture on a page, between a line of text above it and some below, the last of them in small letters."""
    opening = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>imgfile</title><style>{_STYLE}</style>"
        f'<link rel=icon href="data:,"><p>{html.escape(above)}'
        f'<p><img alt="the photo" src="data:{media_type};base64,'
    ).encode()
    closing = ('">' + "".join(f"<p>{html.escape(line)}" for line in below)).encode()
    closing += f"<p><small>{html.escape(small)}</small>\n".encode()

    def parts() -> Iterator[bytes]:
        yield opening
        yield from base64_pieces(photo)
        yield closing

    return Page(len(opening) + base64_length(photo) + len(closing), parts, _POLICY)
