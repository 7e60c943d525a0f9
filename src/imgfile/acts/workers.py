"""Sharing a long work among processes, so that every core takes part in it.

1. Workers get names to work on and give back what is to be reported: photos never cross a pipe.
2. Answers come in the order of the parts, whoever was quicker.
3. A worker that dies loses the part it held, and no other; another takes its place. So each is a pool of its own: one
   pool of all breaks as a whole when one of its processes dies, and ends the others in the middle of their parts.
4. A worker lives as long as whoever asked for it: when this process ends, however it ends, each finishes its part and
   goes. Ctrl-C reaches this process alone.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")

_ENVIRONMENT: Final = {
    "PYTHONSAFEPATH": "1",
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
}
"""A worker imports nothing from the folder that one happens to stand in. And GNU's malloc would give each photo's
memory back and ask for it anew, which takes longer than stripping the photo."""

_starting: Final = threading.Lock()
"""Held while the environment is a worker's to be."""
_working: Final = threading.Lock()
"""Held in a worker while it works on a part."""


def spread(work: Callable[[Part], Answer], parts: Sequence[Part], *, workers: int) -> Iterator[Answer | None]:
    """Carry out `work`, a function of a module, on each part; give the answers in order, None where a worker died.

    What `work` raises is raised here.
    """
    idle: queue.SimpleQueue[ProcessPoolExecutor] = queue.SimpleQueue()
    with ThreadPoolExecutor(workers) as threads:
        try:
            for pool in threads.map(_started, range(workers)):
                idle.put(pool)
            yield from threads.map(lambda part: _lend(idle, work, part), parts)
        finally:
            threads.shutdown(cancel_futures=True)
            while not idle.empty():
                idle.get().shutdown()


def _lend(idle: queue.SimpleQueue[ProcessPoolExecutor], work: Callable[[Part], Answer], part: Part) -> Answer | None:
    pool = idle.get()
    try:
        return pool.submit(_worked, work, part).result()
    except BrokenProcessPool:
        pool.shutdown()
        pool = _started()
        return None
    finally:
        idle.put(pool)


def _started(_number: int = 0) -> ProcessPoolExecutor:
    """Start a pool of one worker, and its process at once."""
    pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_follow_parent)
    _leave_interrupts_to_others()  # not before: making the first pool takes a block back
    with _starting:
        unset = _ENVIRONMENT.keys() - os.environ.keys()
        os.environ.update({name: _ENVIRONMENT[name] for name in unset})
        try:
            pool.submit(os.getpid)
        finally:
            for name in unset:
                del os.environ[name]
    return pool


def _leave_interrupts_to_others() -> None:
    """Block Ctrl-C in a thread: the processes that it starts inherit that, and the main thread gets it."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


# --- in a worker ----------------------------------------------------------------------------------------


def _worked(work: Callable[[Part], Answer], part: Part) -> Answer:
    with _working:
        return work(part)


def _follow_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows nothing else keeps Ctrl-C away
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait until whoever started this worker is gone, and end it when its part is done: nobody asks for the next."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    with _working:
        os._exit(1)
