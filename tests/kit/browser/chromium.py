"""A real Chromium for tests: one is started for many scenes, and told what to do line by line."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from PIL import Image

from imgfile.acts.disclosure.one_page_server import Door, Page
from kit.tools import node_module, tool

_DRIVER = Path(__file__).with_name("drive.cjs")


class Chromium:
    """One browser. Use it in a `with`."""

    def __enter__(self) -> Self:
        """Start it."""
        modules = node_module("playwright-core").parent
        command = [tool("node"), str(_DRIVER), str(modules), tool("chromium")]
        self._node = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        """End it, with all that it started."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.close()
        self._node.wait(20)
        self._node.stdout.close()

    def act(self, act: str, **rest: object) -> Any:  # noqa: ANN401 - whatever the page answers
        """Do one thing, and return what came of it. Raises AssertionError where the browser could not."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps({"act": act, **rest}) + "\n")
        self._node.stdin.flush()
        answer = json.loads(self._node.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    @contextmanager
    def looking_at(self, page: Page, **options: object) -> Iterator[dict[str, Any]]:
        """Serve a page at a door, and have it loaded; yields status and headers of what was answered."""
        with Door(page) as door:
            served = threading.Thread(target=door.wait, args=(30,))
            served.start()
            try:
                yield self.act("open", url=door.address, **options)
            finally:
                served.join(31)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self.act("press", keys=keys)

    def eval(self, code: str) -> Any:  # noqa: ANN401 - whatever the page answers
        """Evaluate JavaScript in the page."""
        return self.act("eval", code=code)

    def click(self, selector: str, count: int = 1) -> None:
        """Click what a selector finds."""
        self.act("click", selector=selector, count=count)

    @property
    def status(self) -> str:
        """What the page's line of words says."""
        return str(self.eval("document.querySelector('[role=status]').textContent"))

    def screen(self) -> Image.Image:
        """Return what is on the screen."""
        with Image.open(io.BytesIO(base64.b64decode(self.act("shot")))) as shot:
            return shot.convert("RGB")

    def box(self, selector: str, at: int = 0) -> tuple[float, float, float, float]:
        """Return left, top, width and height of an element, in pixels of the page."""
        found: Sequence[float] = self.eval(
            f"(() => {{const b = document.querySelectorAll({json.dumps(selector)})[{at}].getBoundingClientRect();"
            "return [b.x, b.y, b.width, b.height]})()"
        )
        left, top, width, height = found
        return left, top, width, height
