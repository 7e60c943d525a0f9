"""On Windows, the bounds of the process that decodes: a job object for memory, time and further processes.

Elsewhere the process bounds itself (`confine`). The job is made before the process is given a byte of the photo, and
ends it when it is closed. Nothing of it takes the network away.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_TICKS_A_SECOND: Final = 10_000_000
"""Of 100 nanoseconds."""
_LIMITS: Final = 0x2 | 0x8 | 0x100 | 0x400 | 0x2000
"""JOB_OBJECT_LIMIT_PROCESS_TIME, _ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_ON_UNHANDLED_EXCEPTION, _KILL_ON_JOB_CLOSE."""
_EXTENDED_LIMIT_INFORMATION: Final = 9


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    from imgfile.images.decode.child.confine import MAX_MEMORY_BYTES, MAX_SECONDS

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _Extended(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _Basic),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    class _Job:
        """A job object; closing its handle ends what is in it."""

        def __init__(self, handle: int) -> None:
            self._handle = handle

        def __del__(self) -> None:
            ctypes.windll.kernel32.CloseHandle(wintypes.HANDLE(self._handle))

        @classmethod
        def around(cls, process: int) -> _Job | None:
            kernel = ctypes.windll.kernel32
            kernel.CreateJobObjectW.restype = wintypes.HANDLE
            handle = kernel.CreateJobObjectW(None, None)
            if not handle:
                return None
            job = cls(handle)
            limits = _Extended()
            limits.BasicLimitInformation.LimitFlags = _LIMITS
            limits.BasicLimitInformation.PerProcessUserTimeLimit = MAX_SECONDS * _TICKS_A_SECOND
            limits.BasicLimitInformation.ActiveProcessLimit = 1
            limits.ProcessMemoryLimit = MAX_MEMORY_BYTES
            is_set = kernel.SetInformationJobObject(
                wintypes.HANDLE(handle), _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
            )
            is_in = is_set and kernel.AssignProcessToJobObject(wintypes.HANDLE(handle), wintypes.HANDLE(process))
            return job if is_in else None

    def confine(process: subprocess.Popen[bytes]) -> object:
        """Bound a process that has not been given anything yet; return what holds the bounds while it is kept.

        None where Windows makes no such job.
        """
        handle = process._handle  # type: ignore[attr-defined]  # noqa: SLF001 - the only one that Python has of it
        return _Job.around(int(handle))

else:

    def confine(process: subprocess.Popen[bytes]) -> object:  # noqa: ARG001 - as on Windows
        """Leave it to the process, which bounds itself."""
        return None
