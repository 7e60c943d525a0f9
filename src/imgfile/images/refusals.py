"""Why a photo is refused, in the words that its reader sees.

Each message is a predicate that ends with a full stop, and names no file: the caller puts the name before it, as
in `rash.jpg is cut short: …`. None quotes anything from the photo. Each function makes an error for others to raise.
"""

from __future__ import annotations

from imgfile.errors import UnsupportedImage

_ASK_AGAIN = "Ask the sender to send it again, as an attachment at its original size."
_EXPORT = "Open it in a program that shows it, export it as JPEG or PNG, and file that."
_DAMAGED = (
    "If a program shows it whole, export it there as JPEG or PNG, and file that; else ask the sender to send it again."
)
_SMALLER = "Save a smaller copy of it as JPEG or PNG, and file that, or ask the sender for one."


def not_an_image() -> UnsupportedImage:
    """Refuse bytes in which nothing looks like a picture."""
    return UnsupportedImage("is not an image.", "Check that it is the photo that you meant.")


def empty() -> UnsupportedImage:
    """Refuse a file of no bytes at all."""
    return UnsupportedImage("is empty.", _ASK_AGAIN)


def too_large(what: str) -> UnsupportedImage:
    """Refuse what passes a bound of `limits`."""
    return UnsupportedImage(f"is too large to be handled safely: {what}.", _SMALLER)


class Truncated(UnsupportedImage):
    """The file stops before the picture does: a refusal like the others, which a walker may say more of."""


def truncated(missing: str = "its end is missing") -> Truncated:
    """Refuse a file that stops before its picture does."""
    return Truncated(f"is cut short: {missing}.", _ASK_AGAIN)


def damaged(how: str) -> UnsupportedImage:
    """Refuse a structure that contradicts the format's own rules, so that decoders would disagree about the picture."""
    return UnsupportedImage(f"is damaged: {how}.", _DAMAGED)


def unknown(what: str) -> UnsupportedImage:
    """Refuse what nothing here understands, well formed or not, so that nothing here can prove it clean."""
    return UnsupportedImage(f"cannot be stripped: {what}.", _EXPORT)


def apples_png() -> UnsupportedImage:
    """Refuse what Xcode makes of a PNG for an app."""
    return UnsupportedImage(
        "is Apple's own variant of PNG (CgBI), which is made for apps and other programs do not show.",
        "Open it on an iPhone or a Mac, export it there as JPEG or PNG, and file that.",
    )


def unproven(check: str) -> UnsupportedImage:
    """Refuse a result with which the independent check did not agree; it is thrown away."""
    return UnsupportedImage(f"could not be proven clean: {check}.", f"Nothing was kept of the attempt. {_EXPORT}")


class UnprovenColour(UnsupportedImage):
    """The sanitised profile gives other colours, or none; without it the photo may still be stripped, and that said."""

    def __init__(self, profile: bytes) -> None:
        refusal = unproven("colour")
        super().__init__(refusal.message, refusal.hint)
        self.profile = profile
