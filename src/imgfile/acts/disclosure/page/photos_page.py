"""One page with the photos of one patient inside it, for one look: its words, its pictures, its script, and no more.

1. Everything is in the one response, and nothing is fetched: the page's policy allows its own style and script by their
   digests, pictures that are part of the page, and nothing else. It has no origin, so it can keep nothing.
2. Whose photos they are stands on top, large. The title, which browsers keep, tells nothing.
3. Text that comes from facts is escaped. Nothing on the page is made from text by the script.
4. A picture is sent part by part, so that its base64 never lies in memory whole.
"""

from __future__ import annotations

import functools
import html
import pkgutil
import re
from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.acts.disclosure.for_browsers import BrowserImage
from imgfile.acts.disclosure.inline import base64_length, base64_pieces, source_digest
from imgfile.acts.disclosure.one_page_server import Page
from imgfile.acts.disclosure.page.shown import Caption, clocks, days_later, series
from imgfile.clinical.dates import show_date
from imgfile.frozen import dataclass, field

_MARK: Final = re.compile(r"\{(style|whose|warning|timeline|photos|script)\}")
_PICTURE: Final = "\0"
"""Where a picture belongs in what is made of the page first; no text has one, since `_escaped` takes it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One photo as it is on the page."""

    caption: Caption
    image: BrowserImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose photos they are, in words: the scheme and the number, grouped, and the birth date."""

    number: str = field(repr=False)
    born: str = field(repr=False)


def photos_page(whose: Whose, shown: Sequence[Shown]) -> Page:
    """Put photos of one patient on one page, in the order given."""
    captions = [each.caption for each in shown]
    times = clocks([each.made for each in captions])
    parts = {
        "style": _file("page.css"),
        "script": _file("page.js"),
        "whose": _escaped(f"{whose.number}, {whose.born}"),
        "warning": _warning(captions),
        "timeline": _timeline(captions, times),
        "photos": "".join(_figure(at, each, times[at]) for at, each in enumerate(shown)),
    }
    text = _MARK.sub(lambda mark: parts[mark[1]], _file("page.html"))
    first, *others = (part.encode() for part in text.split(_PICTURE))

    def sent() -> Iterator[bytes]:
        yield first
        for each, after in zip(shown, others, strict=True):
            yield from base64_pieces(each.image.data)
            yield after

    pictures = sum(base64_length(each.image.data) for each in shown)
    return Page(len(first) + sum(map(len, others)) + pictures, sent, _policy())


@functools.cache
def _file(name: str) -> str:
    return (pkgutil.get_data(__package__ or "", name) or b"").decode("utf-8")


@functools.cache
def _policy() -> str:
    style, script = (source_digest(_file(name)) for name in ("page.css", "page.js"))
    return (
        f"default-src 'none'; img-src data:; style-src {style}; script-src {script}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; "
        "sandbox allow-scripts"
    )


def _escaped(text: str) -> str:
    return html.escape(text.replace(_PICTURE, "\N{REPLACEMENT CHARACTER}"))


def _warning(captions: Sequence[Caption]) -> str:
    withdrawn = [each.reference for each in captions if each.is_withdrawn]
    if not withdrawn:
        return ""
    which = "" if len(withdrawn) == len(captions) else f" ({', '.join(withdrawn)})"
    return f'<p class="warning">WITHDRAWN: not to be used{which}</p>\n'


def _timeline(captions: Sequence[Caption], times: Sequence[str]) -> str:
    return "".join(_site(site, places, captions, times) for site, places in series(captions))


def _site(site: str, places: Sequence[int], captions: Sequence[Caption], times: Sequence[str]) -> str:
    before = [None, *places[:-1]]
    items = "".join(
        _item(at, captions[at], None if earlier is None else captions[earlier], times[at])
        for earlier, at in zip(before, places, strict=True)
    )
    return f"<h2>{_escaped(site)}</h2>\n<ol>\n{items}</ol>\n"


def _item(at: int, each: Caption, earlier: Caption | None, time: str) -> str:
    told = [each.reference]
    if earlier is not None:
        told.append(days_later(earlier, each))
    if each.follows:
        told.append(f"follows {each.follows}")
    told_of = "".join(f"<small>{_escaped(part)}</small>" for part in told)
    withdrawn = '<span class="withdrawn">WITHDRAWN</span>' if each.is_withdrawn else ""
    return (
        f'<li><button type="button" data-choose="{at}" aria-pressed="false"><span class="number">{at + 1}</span> '
        f"{_day(each, time)}{'' if each.is_taken else ', filed'}{told_of}{withdrawn}</button></li>\n"
    )


def _day(each: Caption, time: str) -> str:
    return f"{show_date(each.day)} {time}".rstrip()


def _figure(at: int, shown: Shown, time: str) -> str:
    each = shown.caption
    withdrawn = ' <span class="withdrawn">WITHDRAWN</span>' if each.is_withdrawn else ""
    site = f"<span>{_escaped(each.site)}</span>{withdrawn}"
    remark = f"<small>{_escaped(shown.image.remark)}</small>" if shown.image.remark else ""
    when, clock = each.when(time), f' data-time="{time}"' if time else ""
    words = f"Photo {at + 1}: {each.site}, {when}, {each.reference}"
    return (
        f'<figure data-date="{each.day.isoformat()}" data-by="{"taken" if each.is_taken else "filed"}"{clock}>\n'
        f'<figcaption><span class="number">{at + 1}</span> <b>{_day(each, time)}</b> {site}'
        f"<small>{_escaped(each.reference)}; {when}</small>{remark}</figcaption>\n"
        f'<div class="view" tabindex="0" role="group" aria-label="{_escaped(words)}">'
        f'<img alt="{_escaped(words)}" src="data:{shown.image.media_type};base64,{_PICTURE}"></div>\n</figure>\n'
    )
