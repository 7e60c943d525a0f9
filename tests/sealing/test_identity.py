"""Identities and recipients as text: one spelling, no secret shown, and files that any age tool reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.errors import Damaged, UsageError, WrongKey
from imgfile.sealing import (
    FileKey,
    Flaw,
    HybridIdentity,
    HybridRecipient,
    KeyIdentity,
    generate_identity,
    parse_identity,
    parse_identity_file,
    parse_recipient,
    render_identity_file,
    seal_bytes,
)
from imgfile.sealing.identity import IDENTITY_FILE_LIMIT_BYTES
from imgfile.sealing.passphrase import Passphrase
from imgfile.sealing.x25519 import X25519Identity, X25519Recipient
from kit.tools import tool
from kit.vault.age_files import KINDS, ask_node, make_identity


@pytest.fixture(params=[False, True], ids=["x25519", "hybrid"])
def identity(request: pytest.FixtureRequest) -> KeyIdentity:
    """One of each kind that has a public half."""
    return generate_identity(post_quantum=request.param)


def test_identities_and_recipients_are_read_as_they_are_spelled(identity: KeyIdentity) -> None:
    """And one typed from paper in lower case is the same identity."""
    assert parse_identity(identity.secret()) == identity
    assert parse_identity(identity.secret().lower()) == identity
    assert parse_recipient(str(identity.recipient)) == identity.recipient


@pytest.mark.slow
def test_recipients_are_those_that_the_reference_derives(identity: KeyIdentity) -> None:
    """The npm package of age's author finds the same public half."""
    [answer] = ask_node("age-encryption", [{"recipientOf": identity.secret()}])
    assert answer["text"] == str(identity.recipient)


def test_a_recipient_in_upper_case_is_refused(identity: KeyIdentity) -> None:
    """A recipient has one spelling, so two texts are two recipients."""
    with pytest.raises(Damaged) as caught:
        parse_recipient(str(identity.recipient).upper())
    assert caught.value.message == Flaw.RECIPIENT


@pytest.mark.parametrize(
    "text", ["", "age1", "age1qqqq", "AGE-SECRET-KEY-1QQQQ", "a12uel5l", "ssh-ed25519 AAAA", "\ud800"]
)
def test_other_texts_are_neither(text: str) -> None:
    """Whatever they are, only this room's errors come out."""
    with pytest.raises(WrongKey):
        parse_identity(text)
    with pytest.raises(Damaged):
        parse_recipient(text)


def test_a_recipient_given_as_an_identity_is_told_apart(identity: KeyIdentity) -> None:
    """The person gets to hear which half they hold."""
    with pytest.raises(WrongKey, match="recipient"):
        parse_identity(str(identity.recipient))


def test_an_identity_given_as_a_recipient_is_refused(identity: KeyIdentity) -> None:
    """Without its text in the message."""
    with pytest.raises(Damaged) as caught:
        parse_recipient(identity.secret())
    assert identity.secret().lower() not in repr(caught.value).lower()


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_in_any_repr(kind: str) -> None:
    """Nor in str, which logs use; a file key's neither."""
    identity = make_identity(kind)
    secret = identity.text if isinstance(identity, Passphrase) else identity.secret()
    raw = bytes(range(16))
    for shown in (repr(identity), str(identity), repr([identity]), repr(FileKey(raw))):
        assert secret.lower() not in shown.lower()
        assert repr(raw) not in shown
        assert len(shown) < 60


@pytest.mark.slow
@given(st.lists(st.text(max_size=60), max_size=4), st.booleans())
def test_an_identity_file_holds_one_identity_whatever_its_comments(
    comments: list[str],
    post_quantum: bool,  # noqa: FBT001 - drawn
) -> None:
    """No comment can smuggle a line in."""
    identity = generate_identity(post_quantum=post_quantum)
    rendered = render_identity_file(identity, comments)
    assert parse_identity_file(rendered) == (identity,)
    assert all(line.startswith(b"# ") for line in rendered.split(b"\n")[:-2])


def test_files_of_several_identities_are_read() -> None:
    """With blank lines, Windows line ends and the mark that Notepad puts first."""
    first, second = generate_identity(post_quantum=False), generate_identity(post_quantum=True)
    text = f"\ufeff# a\r\n\r\n{first.secret()}\r\n  {second.secret()}  \n"
    assert parse_identity_file(text.encode()) == (first, second)


@pytest.mark.parametrize(
    "data",
    [b"", b"# only a comment\n", b"\xff\xfe", b"AGE-SECRET-KEY-1X\n", b"hello", b"#" * (IDENTITY_FILE_LIMIT_BYTES + 1)],
)
def test_files_without_an_identity_are_refused(data: bytes) -> None:
    """Empty, of another kind, damaged or too long."""
    with pytest.raises(WrongKey):
        parse_identity_file(data)


def test_a_sealed_identity_file_is_said_to_be_sealed() -> None:
    """It needs its passphrase first."""
    sealed = seal_bytes(b"AGE-SECRET-KEY-1...", [Passphrase("x", work_factor=1)])
    with pytest.raises(WrongKey, match="sealed"):
        parse_identity_file(sealed)


def test_stock_age_accepts_a_rendered_file(tmp_path: Path) -> None:
    """Comments and all: age -i opens with it what was sealed to its recipient."""
    identity = X25519Identity.generate()
    keys, sealed = tmp_path / "keys.txt", tmp_path / "sealed.age"
    keys.write_bytes(render_identity_file(identity, ["vault 1234\npractice", "généralité"]))
    sealed.write_bytes(seal_bytes(b"hello", [identity.recipient]))
    assert subprocess.check_output([tool("age"), "-d", "-i", keys, sealed]) == b"hello"


def test_what_age_keygen_writes_is_read(tmp_path: Path) -> None:
    """An identity made elsewhere works here."""
    keys = tmp_path / "keys.txt"
    subprocess.run([tool("age-keygen"), "-o", keys], check=True, capture_output=True)
    [identity] = parse_identity_file(keys.read_bytes())
    assert str(identity.recipient).encode() in keys.read_bytes()


def test_passphrases_that_cannot_be_are_refused() -> None:
    """Empty ones, and text that no terminal hands over; work factors out of bounds."""
    for text in ("", "\ud800"):
        with pytest.raises(UsageError) as caught:
            Passphrase(text)
        assert caught.value.__cause__ is None
    for work_factor in (0, 21, -1):
        with pytest.raises(UsageError):
            Passphrase("x", work_factor)


@pytest.mark.slow
def test_reading_names_imports_no_cryptography() -> None:
    """Which costs 36 ms that listing and parsing need not pay."""
    program = (
        "import sys; from imgfile.sealing import *; parse_identity(generate_identity(post_quantum=True).secret());"
        f"parse_recipient({str(HybridIdentity(bytes(32)).recipient)!r});"
        "assert not {'cryptography', 'mnemonic'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_kinds_are_named_as_their_stanzas() -> None:
    """A closed list of three."""
    assert [X25519Recipient.kind, HybridRecipient.kind, Passphrase.kind] == ["X25519", "mlkem768x25519", "scrypt"]
