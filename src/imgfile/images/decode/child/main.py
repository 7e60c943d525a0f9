"""The process in which one photo is decoded. It imports what this photo needs, confines itself, decodes, and answers.

What it answers is a line of JSON - what the picture is, or `refused` with one word - and then the picture's bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from imgfile.images.decode.child import confine
from imgfile.images.decode.child.refusal import CannotDecode

NOTHING = "none"
"""Asked for instead of a format: which bounds hold here."""


def main() -> None:
    """Answer one request of standard input on standard output, and end without tidying up."""
    request = json.loads(sys.stdin.buffer.readline())
    head, data = answer(request, sys.stdin.buffer.read)
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    out.write(data)
    out.flush()
    os._exit(0)


def answer(
    request: dict[str, Any],
    read: Callable[[], bytes],
    bounds: Any = confine,  # noqa: ANN401 - a module, or a test's own
) -> tuple[dict[str, object], bytes]:
    """Decode what `read` gives as a request says; return what is said of it, and its bytes."""
    try:
        held = bounds.enter()
        if request["kind"] == NOTHING:
            return {"held": sorted(held | bounds.settle()), "length": 0}, b""
        _load(request["kind"])
        bounds.settle()
        from imgfile.images.decode.child import picture  # noqa: PLC0415 - imported by now

        head, data = picture.made(request, read())
    except CannotDecode as refusal:
        return {"refused": refusal.why}, b""
    except MemoryError:
        return {"refused": "memory"}, b""
    except Exception:  # noqa: BLE001 - a decoder may raise anything at a stranger's bytes; none of it is passed on
        return {"refused": "damaged"}, b""
    return {**head, "length": len(data)}, data


def _load(kind: str) -> None:
    """Import a format's decoder. Raises `CannotDecode` where it is not installed, or does not load."""
    from imgfile.images.decode.child import picture  # noqa: PLC0415 - what it imports takes most of the time

    try:
        picture.load_libraries(kind)
    except ImportError:
        raise CannotDecode("library") from None
