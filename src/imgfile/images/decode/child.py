"""The process in which one photo is decoded. It imports what this photo needs, confines itself, decodes, and answers.

Nothing of imgfile is imported here but this folder. What it answers is a line of JSON - what the picture is, or
`refused` with one word - and then the picture's bytes.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from imgfile.images.decode import confine
from imgfile.images.decode.refusal import CannotDecode


def main() -> None:
    """Answer one request of standard input on standard output, and end without tidying up."""
    request = json.loads(sys.stdin.buffer.readline())
    head, data = answer(request, sys.stdin.buffer.read)
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    out.write(data)
    out.flush()
    os._exit(0)


def answer(request: dict[str, Any], read: Any) -> tuple[dict[str, object], bytes]:  # noqa: ANN401 - reads the rest
    """Decode what `read` gives as a request says; return what is said of it, and its bytes."""
    try:
        if request["kind"] == "none":
            return {"held": confine.confine(), "length": 0}, b""
        from imgfile.images.decode import picture  # noqa: PLC0415 - what it imports takes most of the time

        picture.load_libraries(request["kind"])
        confine.confine()
        head, data = picture.made(request, read())
    except CannotDecode as refusal:
        return {"refused": refusal.why}, b""
    except MemoryError:
        return {"refused": "memory"}, b""
    except Exception:  # noqa: BLE001 - a decoder may raise anything at a stranger's bytes; none of it is passed on
        return {"refused": "damaged"}, b""
    return {**head, "length": len(data)}, data
