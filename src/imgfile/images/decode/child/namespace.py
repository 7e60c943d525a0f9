"""On Linux, a network of one's own in which there is nothing, not even loopback; see unshare(2), user_namespaces(7)."""

from __future__ import annotations

import sys
from typing import Final

_NEW_USER: Final = 0x10000000
_NEW_NETWORK: Final = 0x40000000


def is_linux() -> bool:
    """Return whether this is Linux."""
    return sys.platform == "linux"


def leave_network() -> bool:
    """Return whether this process has left the network: as root by itself, else as somebody of a namespace of its own.

    A process with a second thread may not; and some systems allow it to no account but root.
    """
    if not is_linux():
        return False
    import ctypes  # noqa: PLC0415 - where it is used alone

    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_NEW_NETWORK, _NEW_USER | _NEW_NETWORK))
