"""On Linux, no system call but those that decoding takes, by libseccomp where it is installed.

libseccomp is kept by those who keep the kernel's side of it, systemd needs it, and it knows calls by their names on
every architecture. Its own binding for Python comes with a distribution's Python alone: so its six functions are called
here by ctypes.

What is allowed is listed; whatever is not gets EPERM, with which libraries know how to deal, rather than an end.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from imgfile.images.decode.child.namespace import is_linux

if TYPE_CHECKING:
    import ctypes

ALLOWED: Final = (
    *("read", "readv", "pread64", "write", "writev", "lseek", "_llseek", "close"),
    *("fstat", "fstat64", "newfstatat", "fstatat64"),
    *("mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk", "membarrier"),
    *("futex", "futex_time64", "set_robust_list", "rseq", "set_tid_address", "gettid", "getpid"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "restart_syscall"),
    *("sched_yield", "sched_getaffinity", "getcpu", "sysinfo", "uname", "getrandom", "getcwd"),
    *("clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time"),
    *("clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "poll", "ppoll", "ppoll_time64"),
    *("exit", "exit_group"),
)
"""What a decoder needs once its libraries are loaded: memory, threads, time, and the two pipes that are open."""
_LIBRARY: Final = "libseccomp.so.2"
_ALLOW: Final = 0x7FFF0000
_ERROR: Final = 0x00050000
_EPERM, _ENOSYS = 1, 38
_THREAD: Final = 0x00010000
"""CLONE_THREAD: of a new thread, no process."""
_MASKED_EQUAL: Final = 7
_ALL_THREADS: Final = 4
"""SCMP_FLTATR_CTL_TSYNC."""


def restrict() -> bool:
    """Return whether nothing but the allowed calls is left to this process and all its threads."""
    library = load()
    if library is None:
        return False
    import ctypes  # noqa: PLC0415 - where it is used alone

    class Comparison(ctypes.Structure):
        """`struct scmp_arg_cmp`: which argument, how it is compared, by which mask, and with what."""

        _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("mask", ctypes.c_uint64), ("value", ctypes.c_uint64))

    context = library.seccomp_init(ctypes.c_uint32(_ERROR | _EPERM))
    if not context:
        return False
    filtered = ctypes.c_void_p(context)
    library.seccomp_attr_set(filtered, ctypes.c_int(_ALL_THREADS), ctypes.c_uint32(1))
    only_threads = Comparison(0, _MASKED_EQUAL, _THREAD, _THREAD)
    rules: list[tuple[int, str, int, object]] = [(_ALLOW, name, 0, None) for name in ALLOWED]
    rules += [(_ALLOW, "clone", 1, ctypes.byref(only_threads)), (_ERROR | _ENOSYS, "clone3", 0, None)]
    for action, name, count, comparison in rules:
        number = library.seccomp_syscall_resolve_name(name.encode())
        library.seccomp_rule_add_array(
            filtered, ctypes.c_uint32(action), ctypes.c_int(number), ctypes.c_uint(count), comparison
        )
    is_held = bool(library.seccomp_load(filtered) == 0)
    library.seccomp_release(filtered)
    return is_held


@functools.cache
def load() -> ctypes.CDLL | None:
    """Load the library; None where there is none."""
    if not is_linux():
        return None
    import ctypes  # noqa: PLC0415 - where it is used alone

    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    return library
