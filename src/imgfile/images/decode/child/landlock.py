"""On Linux, no file any more, by Landlock: what is open stays open, nothing else can be opened, made or removed.

The kernel's own interface (landlock(7)), whose three calls have the same numbers on every architecture. A ruleset that
handles all rights and allows none is all that is needed, so there is nothing to keep up with but the list of rights.
"""

from __future__ import annotations

from typing import Final

from imgfile.images.decode.child.namespace import is_linux

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION: Final = 1
_NO_NEW_PRIVS: Final = 38
_FILE_RIGHTS: Final = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From which version on there are how many rights, of which each is a bit."""
_NETWORK_VERSION: Final = 4
_NETWORK_RIGHTS: Final = 0b11
"""To bind and to connect by TCP."""
_SCOPE_VERSION: Final = 6
_SCOPES: Final = 0b11
"""Abstract sockets and signals."""


def restrict() -> bool:
    """Return whether no file can be opened any more."""
    if not is_linux():
        return False
    import ctypes  # noqa: PLC0415 - where it is used alone
    import os  # noqa: PLC0415 - the same

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_NO_NEW_PRIVS, ctypes.c_ulong(1), *[ctypes.c_ulong(0)] * 3)
    version = libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    rights = rights_of(version)
    ruleset = libc.syscall(
        ctypes.c_long(_CREATE_RULESET),
        (ctypes.c_uint64 * len(rights))(*rights),
        ctypes.c_size_t(8 * len(rights)),
        ctypes.c_uint32(0),
    )
    if ruleset < 0:
        return False
    is_held = not libc.syscall(ctypes.c_long(_RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)
    return is_held


def rights_of(version: int) -> list[int]:
    """Return the fields of `struct landlock_ruleset_attr` as far as a version of the kernel's knows them."""
    count = max(rights for since, rights in _FILE_RIGHTS if version >= since)
    fields = [(1 << count) - 1]
    if version >= _NETWORK_VERSION:
        fields.append(_NETWORK_RIGHTS)
    if version >= _SCOPE_VERSION:
        fields.append(_SCOPES)
    return fields
