"""The page in a real Chromium: what it shows, what its keys do, and what it never does.

One browser is started for all scenes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import pytest
from PIL import Image

from imgfile.acts.disclosure.for_browsers import BrowserImage
from imgfile.acts.disclosure.page.photos_page import Shown, Whose, photos_page
from imgfile.acts.disclosure.page.shown import Caption
from kit.browser.chromium import Chromium
from kit.tools import node_module

pytestmark = pytest.mark.slow

WHOSE: Final = Whose(number="NHS 999 000 0018", born="born 14 Sep 2025")
FIRST: Final = datetime(2026, 11, 21, 9, 30)  # noqa: DTZ001 - local time, as a caption has it
TONES: Final = (
    (200, 40, 40),
    (40, 150, 60),
    (50, 60, 200),
    (200, 180, 40),
    (150, 60, 170),
    (40, 160, 170),
    (90, 90, 90),
)
VIEW: Final = "figure:not([hidden]) .view"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """Start one browser."""
    with Chromium() as browser:
        yield browser


def blocks(tone: tuple[int, int, int], size: tuple[int, int] = (320, 240)) -> bytes:
    """Make a JPEG of four blocks: a tone at the top left, white beside it, black and grey below."""
    picture = Image.new("RGB", size, (128, 128, 128))
    width, height = size[0] // 2, size[1] // 2
    for at, colour in (((0, 0), tone), ((width, 0), (255, 255, 255)), ((0, height), (0, 0, 0))):
        picture.paste(colour, (*at, at[0] + width, at[1] + height))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


def of_blocks(at: int, remark: str = "") -> BrowserImage:
    """Return the picture of a photo's number."""
    return BrowserImage(blocks(TONES[at % 7]), "image/jpeg", remark)


def caption(at: int, **changes: object) -> Caption:
    """Describe the photo of one day."""
    fields = {
        "reference": f"7f3k-000{at}",
        "site": "left knee",
        "made": FIRST + timedelta(days=7 * at),
        "is_taken": True,
        "filed": date(2027, 2, 1),
    }
    return Caption(**(fields | changes))  # type: ignore[arg-type]


def photos(count: int) -> list[Shown]:
    """Return photos, a week apart, each of its own tone."""
    return [Shown(caption=caption(at), image=of_blocks(at)) for at in range(count)]


def tone_at(chromium: Chromium, across: float, down: float, *, view: int = 0) -> tuple[int, int, int]:
    """Return the colour at a place of a view, of which it is so far across and down."""
    left, top, width, height = chromium.box(VIEW, view)
    pixel = chromium.screen().getpixel((round(left + across * width), round(top + down * height)))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]


def is_like(seen: Sequence[int], meant: Sequence[int]) -> bool:
    """Return whether two colours are the same but for a JPEG's coding."""
    return all(abs(one - other) <= 8 for one, other in zip(seen, meant, strict=True))


def test_one_photo_is_zoomed_moved_turned_and_lined_by_keys(chromium: Chromium) -> None:
    """The colour under a place says where the picture is."""
    with chromium.looking_at(photos_page(WHOSE, photos(1))):
        assert chromium.status == "Photo 1 of 1."
        assert chromium.eval("getComputedStyle(document.querySelector('.several')).display") == "none"
        assert is_like(tone_at(chromium, 0.4, 0.25), TONES[0])
        assert is_like(tone_at(chromium, 0.6, 0.25), (255, 255, 255))
        chromium.press("r")
        assert is_like(tone_at(chromium, 0.6, 0.25), TONES[0])  # its top left is at the top right now
        chromium.press("r", "r", "Shift+R", "R", "R", "r")
        assert is_like(tone_at(chromium, 0.6, 0.25), TONES[0])
        chromium.press("R", "z")
        assert chromium.box("figure img")[2:] == (320, 240)  # a pixel for a pixel
        chromium.press(*["+"] * 8, *["ArrowLeft"] * 12, *["ArrowUp"] * 12)
        assert "Zoom " in chromium.status
        assert is_like(tone_at(chromium, 0.7, 0.7), TONES[0])
        chromium.press(*["-"] * 12, "0")
        assert is_like(tone_at(chromium, 0.4, 0.25), TONES[0])
        before = chromium.screen()
        chromium.press("g")
        assert chromium.screen() != before
        chromium.press("g", "h")
        assert not is_like(tone_at(chromium, 0.4, 0.25), TONES[0])
        assert chromium.eval("getComputedStyle(document.querySelector('h1')).visibility") == "hidden"
        chromium.press("r", "h")  # what is hidden is not turned
        assert chromium.screen() == before


def test_zoom_and_place_are_shared_by_all_that_are_compared(chromium: Chromium) -> None:
    """Until `l` lets one be moved by itself, to lie where the other does; then they go on together."""
    with chromium.looking_at(photos_page(WHOSE, photos(2))):
        assert chromium.status == "2 photos side by side. 7 days between them."
        for at in (0, 1):
            assert is_like(tone_at(chromium, 0.25, 0.4, view=at), TONES[at])
        chromium.press("+", "+", "+", "+", *["ArrowLeft"] * 9, *["ArrowUp"] * 9)
        for at in (0, 1):
            assert is_like(tone_at(chromium, 0.9, 0.9, view=at), TONES[at])
        chromium.press("n", "l", *["ArrowRight"] * 30)
        assert chromium.status.endswith("Moving photo 1 alone.")
        assert is_like(tone_at(chromium, 0.1, 0.7, view=0), (255, 255, 255))
        assert is_like(tone_at(chromium, 0.9, 0.7, view=1), TONES[1])
        chromium.press("l", "0")
        for at in (0, 1):
            assert is_like(tone_at(chromium, 0.25, 0.4, view=at), TONES[at])


def test_a_divider_is_moved_by_keys_clicks_and_its_own_control(chromium: Chromium) -> None:
    """Left of it is the older photo, right of it the newer."""
    with chromium.looking_at(photos_page(WHOSE, photos(2))):
        chromium.press("d")
        assert chromium.status == "Left of the divider photo 1, right of it photo 2. 7 days between them."
        assert is_like(tone_at(chromium, 0.35, 0.25), TONES[0])
        chromium.press(*["["] * 8)
        assert is_like(tone_at(chromium, 0.35, 0.25), TONES[1])
        chromium.press(*["]"] * 8)
        assert is_like(tone_at(chromium, 0.35, 0.25), TONES[0])
        chromium.eval("document.querySelector('.position input').focus()")
        chromium.press(*["ArrowLeft"] * 30)
        assert is_like(tone_at(chromium, 0.35, 0.25), TONES[1])


def test_what_lies_on_top_turns_by_a_key_alone_and_never_often(chromium: Chromium) -> None:
    """Nothing happens by itself, nor while the key is held, nor three times within a second (WCAG 2.3.1)."""
    with chromium.looking_at(photos_page(WHOSE, photos(2))):
        chromium.press("f")
        assert chromium.status == "On top: photo 2. f turns them. 7 days between them."
        assert is_like(tone_at(chromium, 0.4, 0.25), TONES[1])
        chromium.act("wait", milliseconds=900)
        assert is_like(tone_at(chromium, 0.4, 0.25), TONES[1])
        chromium.press("f")
        assert is_like(tone_at(chromium, 0.4, 0.25), TONES[0])
        chromium.act("wait", milliseconds=400)
        chromium.eval(
            "window.turns = 0; new MutationObserver((all) => { turns += all.length })"
            ".observe(document.querySelector('[role=status]'), {childList: true, characterData: true, subtree: true})"
        )
        chromium.act("hold", key="f", times=30)
        chromium.press(*["f"] * 12)
        assert chromium.eval("turns") <= 3


def test_what_is_compared_is_chosen_by_digit_and_by_button(chromium: Chromium) -> None:
    """Two at least, six at most; a divider takes the two chosen last."""
    with chromium.looking_at(photos_page(WHOSE, photos(8))):
        assert chromium.status == "Photo 8 of 8."
        chromium.press("n")
        assert chromium.status == "Photo 1 of 8."
        chromium.press("p", "3")
        assert chromium.status == "Photo 3 of 8."
        chromium.press("s")
        assert chromium.status.startswith("6 photos side by side. 7 days, then 7 days, ")
        assert "35 days in all." in chromium.status
        chromium.press("1")
        assert chromium.status == "At most 6 photos are compared."
        chromium.press("8", "7", "6", "5")
        assert chromium.status == "2 photos side by side. 7 days between them."
        chromium.press("4")
        assert chromium.status == "Two photos at least are compared; o shows one."
        chromium.click('button[data-choose="0"]')
        assert chromium.status == "3 photos side by side. 14 days, then 7 days; 21 days in all."
        chromium.press("d", "1")
        assert "photo 1, right of it photo 8. 49 days" in chromium.status


def test_what_can_be_dragged_or_wheeled_has_buttons_too(chromium: Chromium) -> None:
    """The mouse does what keys and buttons do (WCAG 2.5.7)."""
    with chromium.looking_at(photos_page(WHOSE, photos(1))):
        left, top, width, height = chromium.box(VIEW)
        middle = (left + width / 2, top + height / 2)
        chromium.act("wheel", x=middle[0], y=middle[1], by=-400)
        assert chromium.status.endswith("Zoom 1.3 times.")
        chromium.click("button[data-do=in]", 3)
        chromium.act("drag", **{"from": middle, "to": (middle[0] + width * 0.45, middle[1] + height * 0.45)})
        assert is_like(tone_at(chromium, 0.8, 0.8), TONES[0])
        for name, times in (("right", 30), ("down", 30)):
            for _ in range(times):
                chromium.eval(f"document.querySelector('button[data-do={name}]').click()")
        assert is_like(tone_at(chromium, 0.4, 0.4), (128, 128, 128))
        chromium.click("button[data-do=fit]")
        chromium.act("click", selector=VIEW, count=2)
        assert "Zoom " in chromium.status


def test_letters_can_be_switched_off_and_the_list_of_keys_closes(chromium: Chromium) -> None:
    """WCAG 2.1.4; Esc and a button close the list, and the focus is back where it was."""
    with chromium.looking_at(photos_page(WHOSE, photos(2))):
        chromium.press("?")
        assert chromium.eval("document.querySelector('dialog').open")
        chromium.press("d", "Escape")
        assert "side by side" in chromium.status
        chromium.click("button[data-do=help]")
        chromium.click("dialog input")
        chromium.click("button[data-do=close]")
        assert chromium.eval("document.activeElement.dataset.do") == "help"
        chromium.press("d")
        assert "side by side" in chromium.status
        chromium.click("button[data-do=slide]")
        assert "divider" in chromium.status


def test_it_fetches_nothing_keeps_nothing_and_breaks_no_policy(chromium: Chromium) -> None:
    """One request; no store of any kind; no word in the console; a second load finds nobody."""
    with chromium.looking_at(photos_page(WHOSE, photos(3))) as answered:
        chromium.press("s", "d", "f", "o", "g", "r", "z", "?", "Escape", "h", "h")
        seen = chromium.act("seen")
        assert (len(seen["requests"]), seen["console"], seen["errors"]) == (1, [], [])
        assert answered["headers"]["cache-control"] == "no-store"
        kept = chromium.eval(
            "(async () => { const tried = {};"
            "for (const name of ['localStorage', 'sessionStorage', 'caches', 'indexedDB']) {"
            "try { const store = window[name]; tried[name] = name === 'indexedDB' "
            "? (await store.databases()).length : (await store.keys?.())?.length ?? store.length; }"
            "catch (error) { tried[name] = error.name; } } return tried; })()"
        )
        assert set(kept.values()) == {"SecurityError"}
        assert chromium.eval("document.title") == "imgfile"
        assert chromium.eval("self.origin") == "null"
        assert "ERR_CONNECTION_REFUSED" in chromium.act("reload")


def test_nothing_from_outside_gets_into_the_page(chromium: Chromium) -> None:
    """Neither a script, nor a picture, nor a style, be it put there by the page's own world."""
    with chromium.looking_at(photos_page(WHOSE, photos(1))):
        violated = chromium.eval(
            "(async () => { const seen = [];"
            "addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));"
            "const image = new Image(); image.src = 'http://127.0.0.1:9/x.png';"
            "document.body.append(image);"
            "const style = document.createElement('style'); style.textContent = 'p{}'; document.head.append(style);"
            "try { await fetch('http://127.0.0.1:9/'); } catch { }"
            "try { document.body.insertAdjacentHTML('beforeend', '<b>x'); } catch { seen.push('trusted'); }"
            "await new Promise((done) => setTimeout(done, 100)); return [...new Set(seen)].sort(); })()"
        )
        assert {"connect-src", "img-src", "style-src-elem", "trusted"} <= set(violated)


HOSTILE: Final = '</script><script>window.owned=1</script><img src=x onerror="window.owned=1">\u2028"\'&\0'


def test_text_from_facts_is_only_text(chromium: Chromium) -> None:
    """Whatever a site was called; it is shown as it was typed."""
    shown = [
        Shown(
            caption=caption(at, site=HOSTILE, follows=HOSTILE, is_withdrawn=True),
            image=of_blocks(at, HOSTILE),
        )
        for at in range(2)
    ]
    with chromium.looking_at(photos_page(Whose(number=HOSTILE, born=HOSTILE), shown)):
        assert chromium.eval("window.owned ?? null") is None
        assert chromium.eval("document.querySelectorAll('script').length") == 1
        assert chromium.eval("document.querySelectorAll('img').length") == 2
        assert HOSTILE.replace("\0", "\ufffd") in chromium.eval("document.querySelector('nav h2').textContent")
        assert chromium.act("seen")["console"] == []


def test_each_picture_says_what_it_is_and_the_page_whose_they_are(chromium: Chromium) -> None:
    """Number and birth date on top; reference, dates, site and WITHDRAWN beside each; the days between."""
    shown = [
        Shown(caption=caption(0), image=of_blocks(0)),
        Shown(
            caption=caption(1, follows="7f3k-0000", site="knee, left", is_withdrawn=True),
            image=of_blocks(1, "shown reduced"),
        ),
        Shown(caption=caption(2, is_taken=False, site="Back"), image=of_blocks(2)),
    ]
    with chromium.looking_at(photos_page(WHOSE, shown)):
        assert chromium.eval("document.querySelector('h1').textContent") == "NHS 999 000 0018, born 14 Sep 2025"
        assert (
            chromium.eval("document.querySelector('.warning').textContent") == "WITHDRAWN: not to be used (7f3k-0001)"
        )
        words = chromium.eval(
            "[...document.querySelectorAll('figcaption')].map((one) => one.innerText.split('\\n').join(' '))"
        )
        assert " ".join(words[0].split()) == "1 21 Nov 2026 left knee 7f3k-0000; taken 21 Nov 2026, filed 1 Feb 2027"
        assert "WITHDRAWN" in words[1]
        assert "shown reduced" in words[1]
        assert words[2].endswith("7f3k-0002; filed 1 Feb 2027")
        sites = chromium.eval("[...document.querySelectorAll('nav h2')].map((one) => one.textContent)")
        assert sites == ["left knee", "Back"]
        items = chromium.eval("[...document.querySelectorAll('nav li')].map((one) => one.innerText)")
        assert "7 days later" in items[1]
        assert "follows 7f3k-0000" in items[1]
        assert "5 Dec 2026, filed" in items[2]
        assert chromium.status.endswith("14 days in all (where no date was taken, by the date filed).")


# --- for everybody (WCAG 2.2 AA) ----------------------------------------------------------------------------------

SIZES: Final = {"1280 x 720": (1280, 720, 1), "the same at 200 %": (640, 360, 2), "at 400 %": (320, 256, 4)}


@pytest.mark.parametrize(("width", "height", "scale"), SIZES.values(), ids=SIZES.keys())
def test_it_fits_and_no_target_is_small(chromium: Chromium, width: int, height: int, scale: int) -> None:
    """Nothing is scrolled sideways (1.4.10), targets have 24 pixels (2.5.8); at 1280 x 720 nothing is scrolled."""
    with chromium.looking_at(photos_page(WHOSE, photos(6)), width=width, height=height, scale=scale):
        for mode in ("o", "s", "d", "f"):
            chromium.press(mode)
            assert chromium.eval("document.documentElement.scrollWidth") <= width
            small = chromium.eval(
                "[...document.querySelectorAll('button, input')].filter((one) => one.getClientRects().length)"
                ".map((one) => one.getBoundingClientRect()).filter((box) => box.width < 24 || box.height < 24).length"
            )
            assert small == 0
            if width == 1280:
                assert chromium.eval("document.documentElement.scrollHeight") <= height
                assert chromium.box(VIEW)[3] >= 200


def test_the_keyboard_reaches_everything_in_the_order_that_is_read(chromium: Chromium) -> None:
    """Tools from left to right, then each photo, then the list; the focus is always seen (2.4.3, 2.4.7)."""
    with chromium.looking_at(photos_page(WHOSE, photos(2))):
        order = []
        for _ in range(22):
            chromium.press("Tab")
            order.append(
                chromium.eval(
                    "(() => { const one = document.activeElement;"
                    "return [one.dataset.do ?? one.dataset.choose ?? one.className, "
                    "getComputedStyle(one).outlineStyle, parseFloat(getComputedStyle(one).outlineWidth)] })()"
                )
            )
        show, zoom, move = (
            ["one", "side", "slide", "flip"],
            ["out", "in", "fit", "pixels"],
            ["left", "up", "down", "right"],
        )
        tools = [*show, *zoom, *move, "turn", "grid", "link", "hide", "help"]
        assert [name for name, _, _ in order][:21] == [*tools, "view", "view", "0", "1"]
        assert all(style == "solid" and width >= 2 for _, style, width in order[:21])


def test_everything_has_a_name_and_a_role_and_can_be_read(chromium: Chromium) -> None:
    """By axe-core, a judge of its own: names, roles, labels, contrast, of WCAG 2.2 at level AA; in every mode."""
    axe = (node_module("axe-core") / "axe.min.js").read_text()
    shown = [*photos(2), Shown(caption=caption(2, is_withdrawn=True), image=of_blocks(2))]
    with chromium.looking_at(photos_page(WHOSE, shown)):
        chromium.eval(axe + "; 0")
        for key in ("s", "o", "d", "f", "g", "?"):
            chromium.press(key)
            found = chromium.eval(
                "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
                ".then((done) => done.violations.map((one) => [one.id, one.nodes.map((node) => node.html)]))"
            )
            assert found == [], key


def test_without_its_script_the_photos_are_there_one_below_the_other(chromium: Chromium) -> None:
    """Where somebody switched scripts off."""
    page = photos_page(WHOSE, photos(2))
    with chromium.looking_at(page, options={"javaScriptEnabled": False}):
        screen = chromium.screen()
    found = {colour for _, colour in screen.getcolors(1 << 20) or []}
    assert any(isinstance(each, tuple) and is_like(each, TONES[0]) for each in found)


def test_it_empties_itself_when_nobody_touches_it(chromium: Chromium) -> None:
    """After ten minutes, said a minute before; a key keeps it. The clock is turned here."""
    with chromium.looking_at(photos_page(WHOSE, photos(1)), options={"clock": True}):
        chromium.act("tick", milliseconds=9 * 60_000 + 6000)
        assert chromium.status.startswith("Nobody touched this for nine minutes")
        chromium.press("g")
        chromium.act("tick", milliseconds=8 * 60_000)
        assert chromium.eval("document.images.length") == 1
        chromium.act("tick", milliseconds=3 * 60_000)
        assert chromium.eval("document.images.length") == 0
        assert "Emptied" in chromium.eval("document.body.textContent")
