"""Files cross between imgfile and the other tools, both ways: age, npm age-encryption, pyrage."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest

from imgfile.sealing import KeyIdentity, generate_identity, parse_identity, seal_bytes, unseal_bytes
from imgfile.sealing.passphrase import Passphrase
from imgfile.sealing.x25519 import X25519Identity
from kit.tools import tool
from kit.vault.age_files import SIZES, ask_node

pytestmark = pytest.mark.slow

CONTENTS = [random.Random(size).randbytes(size) for size in SIZES]  # noqa: S311 - test data


@pytest.fixture
def identity() -> X25519Identity:
    """Make an identity that every tool knows."""
    return X25519Identity.generate()


@pytest.mark.parametrize("content", CONTENTS, ids=map(str, SIZES))
def test_age_opens_what_imgfile_seals_and_the_other_way(
    identity: X25519Identity, content: bytes, tmp_path: Path
) -> None:
    """Debian's age, X25519."""
    age, keys = tool("age"), tmp_path / "keys.txt"
    keys.write_text(identity.secret())
    ours = seal_bytes(content, [identity.recipient])
    assert subprocess.run([age, "-d", "-i", keys], input=ours, capture_output=True, check=True).stdout == content
    theirs = subprocess.run([age, "-r", str(identity.recipient)], input=content, capture_output=True, check=True).stdout
    assert unseal_bytes(theirs, [identity]) == content


ON_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def open_terminal() -> tuple[int, int]:
    """Open both ends of a pseudo-terminal; skip where there is none."""
    if sys.platform != "win32":
        return os.openpty()
    pytest.skip("Windows has no pseudo-terminals")


def type_to_age(passphrase: str, times: int, *arguments: str | Path) -> None:
    """Run age on a terminal of its own, which is where it reads passphrases from, and type one at each prompt."""
    ours, theirs = open_terminal()
    command = [sys.executable, "-c", ON_A_TERMINAL, tool("age"), *map(str, arguments)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as run:
        os.close(theirs)
        try:
            for _ in range(times):
                shown = b""
                while b"passphrase" not in shown.lower() or not shown.rstrip().endswith(b":"):
                    shown += os.read(ours, 1024)
                os.write(ours, passphrase.encode() + b"\n")
            while os.read(ours, 1024):
                pass
        except OSError:  # EIO: age is done and has closed the terminal
            pass
        finally:
            os.close(ours)
        assert run.wait(timeout=60) == 0


@pytest.mark.parametrize("content", CONTENTS, ids=map(str, SIZES))
def test_age_and_imgfile_share_passphrases(content: bytes, tmp_path: Path) -> None:
    """Debian's age, scrypt at its own work factor, typed on a terminal; the passphrase has a letter beyond ASCII."""
    passphrase = Passphrase("harbor-velvet-généralité")
    plain, ours, theirs, opened = (tmp_path / name for name in ("plain", "ours.age", "theirs.age", "opened"))
    plain.write_bytes(content)
    ours.write_bytes(seal_bytes(content, [Passphrase(passphrase.text, 10)]))
    opened.touch()  # age makes no file when there is nothing to write
    type_to_age(passphrase.text, 1, "-d", "-o", opened, ours)
    assert opened.read_bytes() == content
    type_to_age(passphrase.text, 2, "-p", "-o", theirs, plain)
    assert unseal_bytes(theirs.read_bytes(), [passphrase]) == content


@pytest.mark.parametrize("post_quantum", [False, True], ids=["x25519", "hybrid"])
def test_age_encryption_opens_what_imgfile_seals_and_the_other_way(post_quantum: bool) -> None:  # noqa: FBT001 - a parameter
    """The npm package of age's author, which has the post-quantum kind too; every size in one run of node."""
    identity: KeyIdentity = generate_identity(post_quantum=post_quantum)
    jobs = [
        {"open": base64.b64encode(seal_bytes(content, [identity.recipient])).decode(), "identity": identity.secret()}
        for content in CONTENTS
    ] + [{"seal": base64.b64encode(content).decode(), "recipient": str(identity.recipient)} for content in CONTENTS]
    answers = [base64.b64decode(answer["bytes"]) for answer in ask_node("age-encryption", jobs)]
    opened, sealed = answers[: len(SIZES)], answers[len(SIZES) :]
    assert opened == CONTENTS
    assert [unseal_bytes(file, [identity]) for file in sealed] == CONTENTS


def test_age_encryption_refuses_what_imgfile_refuses() -> None:
    """A flipped bit, so that the harness itself is seen to tell."""
    identity = generate_identity(post_quantum=True)
    sealed = bytearray(seal_bytes(b"photo", [identity.recipient]))
    sealed[-1] ^= 1
    [answer] = ask_node("age-encryption", [{"open": base64.b64encode(sealed).decode(), "identity": identity.secret()}])
    assert "error" in answer


@pytest.mark.parametrize("content", CONTENTS, ids=map(str, SIZES))
def test_pyrage_opens_what_imgfile_seals_and_the_other_way(content: bytes) -> None:
    """The Rust implementation, X25519; identities made there and spelled here."""
    theirs = pyrage.x25519.Identity.generate()
    identity = parse_identity(str(theirs))
    assert str(identity.recipient) == str(theirs.to_public())
    assert pyrage.decrypt(seal_bytes(content, [identity.recipient]), [theirs]) == content
    assert unseal_bytes(pyrage.encrypt(content, [theirs.to_public()]), [identity]) == content
