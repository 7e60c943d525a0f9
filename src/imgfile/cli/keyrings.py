"""The operating system's keyring, where the extra `keyring` is installed and there is one: under the vault's id.

Whoever is logged in on this account opens it. It is offered by init, and never used unasked.
"""

from __future__ import annotations

from typing import Final

SERVICE: Final = "imgfile"


def is_there() -> bool:
    """Tell whether a secret can be kept."""
    try:
        import keyring  # noqa: PLC0415 - an extra, and 74 ms
    except ImportError:
        return False
    return bool(keyring.get_keyring().priority > 0)  # the stand-in for none has 0


def recall(vault: str) -> bytes | None:
    """Return what is kept for a vault; None where nothing is, or the keyring is locked."""
    try:
        import keyring  # noqa: PLC0415 - see above
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        kept = keyring.get_password(SERVICE, vault)
    except KeyringError:
        return None
    return None if kept is None else str(kept).encode("utf-8", "surrogateescape")


def keep(vault: str, secret: str) -> bool:
    """Keep a secret for a vault; False when the keyring refuses, or is locked."""
    import keyring  # noqa: PLC0415 - see above
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.set_password(SERVICE, vault, secret)
    except KeyringError:
        return False
    return True
