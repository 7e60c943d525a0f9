"""Why a photo is refused, in the words that its reader sees.

Each message is a predicate that ends with a full stop, and names no file: the caller puts the name before it, as
in `rash.jpg is cut short: …`. None quotes anything from the photo. Each function makes an error for others to raise.
"""

from __future__ import annotations

from imgfile.errors import UnsupportedImage

_ASK_AGAIN = "Ask the sender to send it again, as an attachment at its original size."


def not_an_image() -> UnsupportedImage:
    """Refuse bytes in which nothing looks like a picture."""
    return UnsupportedImage("is not an image.", "Check that it is the photo that you meant.")


def empty() -> UnsupportedImage:
    """Refuse a file of no bytes at all."""
    return UnsupportedImage("is empty.", _ASK_AGAIN)


def too_large(what: str) -> UnsupportedImage:
    """Refuse what passes a bound of `limits`."""
    return UnsupportedImage(f"is too large to be handled safely: {what}.", "Ask the sender for a smaller copy.")


class Truncated(UnsupportedImage):
    """The file stops before the picture does: a refusal like the others, which a walker may say more of."""


def truncated(missing: str = "its end is missing") -> Truncated:
    """Refuse a file that stops before its picture does."""
    return Truncated(f"is cut short: {missing}.", _ASK_AGAIN)


def damaged(how: str) -> UnsupportedImage:
    """Refuse a structure that contradicts the format's own rules, so that decoders would disagree about the picture."""
    return UnsupportedImage(f"is damaged: {how}.", _ASK_AGAIN)


def unknown(what: str) -> UnsupportedImage:
    """Refuse what nothing here understands, well formed or not, so that nothing here can prove it clean."""
    return UnsupportedImage(f"cannot be stripped: {what}.", "Ask the sender for an ordinary JPEG.")


def unproven(check: str) -> UnsupportedImage:
    """Refuse a result with which the independent check did not agree; it is thrown away."""
    return UnsupportedImage(
        f"could not be proven clean: {check}.", "Nothing was kept of the attempt. Ask the sender for an ordinary JPEG."
    )
