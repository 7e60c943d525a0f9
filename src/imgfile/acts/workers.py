"""Sharing a long work among processes, so that every core has a hand in it.

1. The hands get names to work on and give back what is to be told: photos never cross a pipe.
2. Answers come in the order of the parts, whoever was quicker.
3. A hand lives as long as its pipe: when this process ends, however it ends, each finishes its part and goes.
   Ctrl-C reaches this process alone.
4. A hand that dies loses the part it held, and no other; another takes its place.

`multiprocessing` is not used: its pools wait for ever for a worker that was killed, or leave workers behind for ever.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, Final, Generic, TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")

_PROGRAM: Final = "from imgfile.acts.workers import serve; serve()"
_KEEPING_MEMORY: Final = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(64 << 20)}
"""GNU's malloc would give each photo's memory back and ask for it anew, which takes longer than stripping the photo."""

if sys.platform == "win32":
    _APART: Final[dict[str, Any]] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    _APART: Final[dict[str, Any]] = {"process_group": 0}


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-c", _PROGRAM],  # -P: the folder one happens to stand in holds no modules
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**_KEEPING_MEMORY, **os.environ},
        **_APART,
    )


def spread(work: Callable[[Part], Answer], parts: Sequence[Part], *, hands: int) -> Iterator[Answer | None]:
    """Carry out `work`, a function of a module, on each part; give the answers in order, None where a hand died.

    What `work` raises is raised here.
    """
    crew = [_Hand(work) for _ in range(hands)]
    idle: queue.SimpleQueue[_Hand[Part, Answer]] = queue.SimpleQueue()
    for hand in crew:
        idle.put(hand)

    def lend(part: Part) -> Answer | None:
        hand = idle.get()
        try:
            return hand.do(part)
        finally:
            idle.put(hand)

    pool = ThreadPoolExecutor(hands)
    try:
        yield from pool.map(lend, parts)
    finally:
        pool.shutdown(cancel_futures=True)
        for hand in crew:
            hand.dismiss()


class _Hand(Generic[Part, Answer]):
    """One process that works, and its two pipes."""

    def __init__(self, work: Callable[[Part], Answer]) -> None:
        self._work = work
        self._process = _start()

    def do(self, part: Part) -> Answer | None:
        """Have a part done; None if the process dies meanwhile, and then another is started for the next."""
        try:
            pickle.dump((self._work, part), self._requests)
            self._requests.flush()
            answer, error = pickle.load(self._answers)  # noqa: S301 - of a process of our own
        except (OSError, EOFError, pickle.UnpicklingError):
            self.dismiss()
            self._process = _start()
            return None
        if error is not None:
            raise error
        done: Answer = answer
        return done

    def dismiss(self) -> None:
        """Let it go, and wait until it is gone."""
        for pipe in (self._requests, self._answers):
            try:
                pipe.close()
            except OSError:  # what it was to be told went nowhere
                continue
        self._process.wait()

    @property
    def _requests(self) -> BinaryIO:
        return _pipe(self._process.stdin)

    @property
    def _answers(self) -> BinaryIO:
        return _pipe(self._process.stdout)


def _pipe(stream: object) -> BinaryIO:
    return stream  # type: ignore[return-value]  # asked for, so it is there


def serve() -> None:
    """Be a hand: work on what comes in until the pipe ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        while True:
            work, part = pickle.load(requests)  # noqa: S301 - from the process that started this one
            pickle.dump(_answered(work, part), answers)
            answers.flush()
    except (EOFError, OSError):  # nobody is there to work for
        return


def _answered(work: Callable[[Part], Answer], part: Part) -> tuple[Answer | None, Exception | None]:
    try:
        return work(part), None
    except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
        return None, error
