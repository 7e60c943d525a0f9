"""The process that decodes may do anything: die, hang, talk without end or nonsense. Whoever asked goes on."""

from __future__ import annotations

import json
import sys
import threading
import time

import pytest

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.decode import decode as module
from imgfile.images.decode import process
from imgfile.images.decode.process import Refused, ask
from kit.photos import jpeg_png as photos

pytestmark = pytest.mark.slow

ANSWER = "import sys; sys.stdout.buffer.write({!r}); sys.stdout.flush()"
READ = "import sys; sys.stdin.buffer.read(); "
HEAD = json.dumps({"width": 1, "height": 1, "length": 3}).encode() + b"\n"

MISBEHAVING = {
    "dies at once": ("raise SystemExit(1)", "died"),
    "is killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "died"),
    "is killed in the middle of its answer": (
        ANSWER.format(HEAD) + "; import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "answer",
    ),
    "crashes": ("import ctypes; ctypes.string_at(0)", "died"),
    "says nothing": (READ, "died"),
    "says no JSON": (ANSWER.format(b"{\n"), "answer"),
    "says JSON that is no object": (ANSWER.format(b"[1]\n"), "answer"),
    "says JSON that is too deep": (ANSWER.format(b"[" * 2000 + b"\n"), "answer"),
    "never ends its first line": (ANSWER.format(b"x" * 5000), "died"),
    "says another length than it gives": (ANSWER.format(HEAD + b"1234"), "answer"),
    "gives more than was asked for": (ANSWER.format(HEAD) + "; sys.stdout.write('x' * 10_000_000)", "answer"),
    "talks without end": ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "answer"),
    "refuses": (ANSWER.format(b'{"refused": "size"}\n'), "size"),
    "does not start": ("this is no Python", "died"),
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_whatever_it_does_is_a_refusal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within its time, and with no more read than was agreed."""
    code, why = MISBEHAVING[name]
    monkeypatch.setattr(process, "_START", code.replace("{", "{{").replace("}", "}}"))
    before, begun = threading.active_count(), time.monotonic()
    with pytest.raises(Refused) as caught:
        ask({"kind": "none"}, b"photo", max_bytes=1000)
    assert caught.value.why == why
    assert time.monotonic() - begun < process.SECONDS
    assert threading.active_count() == before


def test_one_that_cannot_be_started_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No program, no memory, no more processes."""
    monkeypatch.setattr(process, "_python", lambda: "/no/such/python")
    with pytest.raises(UnsupportedImage, match="the process in which it is decoded does not start"):
        module.decode(photos.jpeg(), MediaType.JPEG)


@pytest.mark.parametrize("length", [10, 20_000_000])
def test_one_that_hangs_is_killed(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the pipe to it full, too: nobody waits for it to read."""
    monkeypatch.setattr(process, "_START", "import time; time.sleep(60)")
    begun = time.monotonic()
    with pytest.raises(Refused, match="time"):
        ask({"kind": "none"}, bytes(length), max_bytes=1000, seconds=0.4)
    assert time.monotonic() - begun < 5


def test_an_answer_that_comes_before_the_photo_was_read_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal by the header alone, for instance; the rest of the photo is dropped."""
    monkeypatch.setattr(process, "_START", ANSWER.format(HEAD + b"abc").replace("{", "{{").replace("}", "}}"))
    assert ask({"kind": "none"}, bytes(20_000_000), max_bytes=3)[1] == b"abc"


def test_an_interrupted_wait_leaves_nobody_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C kills it."""
    started = []
    begin = process._started

    def kept() -> object:
        started.append(begin())
        return started[-1]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_started", kept)
    monkeypatch.setattr(process, "_read", interrupted)
    monkeypatch.setattr(process, "_START", "import time; time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        ask({"kind": "none"}, b"", max_bytes=3)
    assert started[0].returncode is not None


def test_it_gets_neither_the_environment_nor_the_folder_one_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is secret there stays here."""
    monkeypatch.setenv("IMGFILE_PASSPHRASE", "secret")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/somewhere")
    monkeypatch.setattr(
        process,
        "_START",
        "import os, sys, json; said = json.dumps(dict(length=0, path=sys.path, names=sorted(os.environ)));"
        "sys.stdout.write(said + chr(10))",
    )
    said, _ = ask({"kind": "none"}, b"", max_bytes=0)
    assert "" not in said["path"]  # type: ignore[operator]
    assert "LD_LIBRARY_PATH" in said["names"]  # type: ignore[operator]
    assert "IMGFILE_PASSPHRASE" not in said["names"]  # type: ignore[operator]


def test_on_windows_no_process_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment's own Python only starts another there, which a job of one process forbids."""
    assert process._python() == sys.executable
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "_base_executable", "behind", raising=False)
    assert process._python() == "behind"


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ({"width": 1, "height": 1}, b"no JPEG"),
        ({"width": 0, "height": 1}, b"\xff\xd8\xff"),
        ({"width": "1", "height": 1}, b"\xff\xd8\xff"),
        ({"height": 1}, b"\xff\xd8\xff"),
        ({"width": 10**12, "height": 1}, b"\xff\xd8\xff"),
    ],
)
def test_an_answer_that_cannot_be_is_none(
    said: dict[str, object], data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken apart as a stranger's would be."""
    monkeypatch.setattr(module, "ask", lambda *_, **__: ({"pages": 1, **said}, data))
    with pytest.raises(UnsupportedImage, match="its decoder gave no picture"):
        module.decode(photos.jpeg(), MediaType.JPEG)
    with pytest.raises(UnsupportedImage, match="its decoder gave no picture"):
        module.decode_small(photos.jpeg(), MediaType.JPEG, width=9, height=9)


def test_words_of_its_own_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal outside the list is that it broke off."""

    def refusing(*_: object, **__: object) -> None:
        raise Refused("\x1b[31m look here")

    monkeypatch.setattr(module, "ask", refusing)
    with pytest.raises(UnsupportedImage) as caught:
        module.decode(photos.jpeg(), MediaType.JPEG)
    assert caught.value.message == "cannot be shown: its decoder broke off."
