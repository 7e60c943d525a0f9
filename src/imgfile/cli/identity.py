"""Where the secret comes from with which a person opens records. Only commands that open something ask for it.

Exactly one place gives it:

1. `--identity-file FILE`: an age identity file, plain or sealed with a passphrase; the recovery file is one.
2. `--identity-command COMMAND`: what a command prints, run without a shell: an identity, or the passphrase of the
   identity that init left on this computer.
3. The keyring, where the extra is installed and it has an entry for this vault: the same.
4. The identity that init left on this computer; its passphrase is asked on the controlling terminal.

No secret is ever a flag's value, in the environment or in the configuration file, where other programs would see it.
"""

from __future__ import annotations

import shlex
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias
from unicodedata import normalize

from imgfile import sealing
from imgfile.cli.options import IdentityCommandOption, IdentityFileOption
from imgfile.cli.scaffold import Command, with_argument, with_vault
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid, Problem, SourceUnavailable, UsageError, WrongKey, typed_folder
from imgfile.sealing.passphrase import Passphrase
from imgfile.station import Station
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault

TRIES: Final = 3
COMMAND_SECONDS: Final = 60
"""Long enough for somebody to unlock a password manager."""
SECRET_MAX_BYTES: Final = 64 << 10
"""An identity and its comments take 2 KiB, sealed with a passphrase 3."""

IDENTITY: Final = "identity"
"""What the problem of a missing identity is called."""
IDENTITY_HINT: Final = "Give --identity-file FILE or --identity-command COMMAND."
_IDENTITY_PREFIX: Final = b"AGE-SECRET-KEY-"

_PASSPHRASE: Final = Explanation(
    "What opens your identity on this computer, and with it the records. Words may be typed with blanks for hyphens.",
    "Whoever set the vault up, or holds the recovery file: --identity-file FILE takes that one.",
    "six words, as imgfile init made them",
)
_Identities: TypeAlias = tuple[sealing.Identity, ...]


class Identities:
    """The secrets of one command, from the one place that its flags name. Raises `UsageError` for two places."""

    def __init__(self, station: Station, terminal: Terminal, file: Path | None, command: str | None) -> None:
        if file is not None and command is not None:
            raise UsageError("--identity-file and --identity-command were both given.", "Give one of them.")
        if file is not None and str(file) == "-":
            raise UsageError("an identity is not read from standard input.", "Give --identity-file a file's path.")
        self._station = station
        self._terminal = terminal
        self._file = file
        self._command = command
        self._has_keyring = True

    def without_keyring(self) -> Identities:
        """Return them so that the keyring gives none: whoever is logged in opens that, be it another person."""
        other = Identities(self._station, self._terminal, self._file, self._command)
        other._has_keyring = False
        return other

    @property
    def is_named(self) -> bool:
        """Whether a flag names the place that gives them."""
        return self._file is not None or self._command is not None

    @property
    def is_kept(self) -> bool:
        """Whether this computer keeps something that gives them: an identity of init or join, or the keyring's."""
        return self._station.identity_file.exists() or self._kept is not None

    @property
    def _kept(self) -> bytes | None:
        """What the keyring gives."""
        return recall_secret(self._station.pin.vault) if self._has_keyring else None

    def problem(self) -> Problem | None:
        """Return what is missing when a passphrase must be asked for and nobody can be asked."""
        if self._command is not None or self._terminal.can_ask or not isinstance(self._found, bytes | None):
            return None
        return Problem(IDENTITY, "--identity-file", "is missing", is_missing=True)

    def unlock(self) -> _Identities:
        """Return the identities, having asked for a passphrase if it takes one.

        Raises `WrongKey`, or `AnswerInvalid` when nobody can be asked.
        """
        found = self._found
        if found is None:
            raise AnswerInvalid("this computer keeps no identity that opens records.", self._otherwise)
        return self._ask(found) if isinstance(found, bytes) else found

    @cached_property
    def _found(self) -> _Identities | bytes | None:
        """The identities; or a sealed identity file, still to be opened; or nothing at all."""
        if self._file is not None:
            data = _read(self._file)
            return data if sealing.is_sealed(data) else sealing.parse_identity_file(data)
        if self._command is not None:
            return self._understand(run_command(self._command), "the identity command")
        kept = self._kept
        if kept is not None:
            return self._understand(kept, "the keyring's entry")
        return self._left_by_init()

    def _left_by_init(self) -> bytes | None:
        path = self._station.identity_file
        return _read(path) if path.exists() else None

    def _understand(self, secret: bytes, giver: str) -> _Identities:
        """Take a secret for an identity if it holds one, else for a passphrase."""
        if any(line.strip().upper().startswith(_IDENTITY_PREFIX) for line in secret.splitlines()):
            return sealing.parse_identity_file(secret)
        passphrase = secret.decode("utf-8", "surrogateescape").rstrip("\r\n")
        sealed = self._left_by_init()
        if not passphrase or sealed is None:
            lack = "gives nothing" if not passphrase else "gives no identity, and this computer keeps none"
            raise WrongKey(f"{giver} {lack}.", "It must give an age identity, or the passphrase of yours.")
        return _open(sealed, passphrase)

    def _ask(self, sealed: bytes) -> _Identities:
        for left in reversed(range(TRIES)):
            typed = asking.answer(self._terminal, "Passphrase:", _PASSPHRASE, is_secret=True)
            try:
                return _open(sealed, typed)
            except (WrongKey, UsageError):  # the latter for an empty one
                if left:
                    self._terminal.show(f"  It does not open with that. {left} more {'tries' if left > 1 else 'try'}.")
        raise WrongKey(
            f"none of {TRIES} passphrases opens your identity.", f"{self._otherwise}\nThe recovery file opens too."
        )

    @property
    def _otherwise(self) -> str:
        """What opens records where the passphrase is forgotten, or nothing is kept: a key elsewhere, or a new one."""
        folder = typed_folder(self._station.pin.folder)
        return f"{IDENTITY_HINT}\nForgotten, or lost? An administrator lets you in anew:  imgfile join {folder} --again"


def with_vault_and_identities(function: Command) -> Command:
    """Give a command `vault`, and `identities` that may open its records; it takes `terminal`, made further out."""
    return with_vault(with_argument("identities", _identities)(function))


def _identities(
    *,
    vault: Vault,
    terminal: Terminal,
    identity_file: IdentityFileOption = None,
    identity_command: IdentityCommandOption = None,
) -> Identities:
    return Identities(vault.station, terminal, identity_file, identity_command)


def _open(sealed: bytes, passphrase: str) -> _Identities:
    """Open a sealed identity with a passphrase as it was typed, or as the same words are spelled elsewhere."""
    *others, last = spellings(passphrase)
    for spelling in others:
        try:
            return _opened_with(sealed, spelling)
        except WrongKey:
            continue
    return _opened_with(sealed, last)


def _opened_with(sealed: bytes, passphrase: str) -> _Identities:
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(passphrase)]))


def spellings(typed: str) -> list[str]:
    """Return a passphrase as it was typed, then as the same keys and words may be spelled elsewhere.

    One keyboard makes an accented letter whole, another of two parts (Unicode NFC, NFD); and words that are printed
    with hyphens are typed with blanks. Each is a guess less for an attacker, of 66 bits.
    """
    hyphenated = "-".join(typed.split())
    forms = [normalize(form, text) for text in (typed, hyphenated) for form in ("NFC", "NFD")]
    return list(dict.fromkeys([typed, *filter(None, forms)]))


def identity_in(path: Path) -> sealing.KeyIdentity:
    """Return the one identity that a file in clear holds, such as the recovery file. Raises `SourceUnavailable`."""
    (first, *_) = sealing.parse_identity_file(_read(path))
    return first


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(SECRET_MAX_BYTES + 1)
    except OSError as error:
        raise SourceUnavailable(f"the identity file {path} cannot be read: {error.strerror}.") from error
    if len(data) > SECRET_MAX_BYTES:
        raise WrongKey(f"{path} is larger than {SECRET_MAX_BYTES:,} bytes, and no identity file is.")
    return data


def run_command(command: str) -> bytes:
    """Return what a command prints. It keeps our standard error, and the terminal to ask on; never our input."""
    hint = "Run it by itself, and see that it prints the identity or its passphrase."
    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603 - the person's own command, without a shell
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise WrongKey(f"the identity command took longer than {COMMAND_SECONDS} seconds.", hint) from None
    except (OSError, ValueError, IndexError):  # not there; quotes that do not close; no words at all
        raise WrongKey("the identity command cannot be run.", hint) from None
    if done.returncode:
        raise WrongKey(f"the identity command ended with status {done.returncode}.", hint)
    return done.stdout


# --- the keyring, where the extra is installed and there is one: whoever is logged in on this account opens it -------

KEYRING_SERVICE: Final = "imgfile"
"""Under which name secrets are kept; the user is the vault's id."""


def has_keyring() -> bool:
    """Return whether a secret can be kept in the operating system's keyring."""
    try:
        import keyring  # noqa: PLC0415 - an extra, and 74 ms
    except ImportError:
        return False
    return bool(keyring.get_keyring().priority > 0)  # the stand-in for none has 0


def recall_secret(vault: str) -> bytes | None:
    """Return what is kept for a vault; None where nothing is, or the keyring is locked."""
    try:
        import keyring  # noqa: PLC0415 - see above
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        kept = keyring.get_password(KEYRING_SERVICE, vault)
    except KeyringError:
        return None
    return None if kept is None else str(kept).encode("utf-8", "surrogateescape")


def keep_secret(vault: str, secret: str) -> bool:
    """Keep a secret for a vault; False when the keyring refuses, or is locked."""
    import keyring  # noqa: PLC0415 - see above
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        keyring.set_password(KEYRING_SERVICE, vault, secret)
    except KeyringError:
        return False
    return True
