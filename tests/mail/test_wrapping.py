"""A photo wrapped in anything is found and taken out, and nothing else moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.mail.mailbox import container_of, open_export
from imgfile.mail.removal.residue import find_residue
from imgfile.mail.removal.traces import choose_traces
from kit.mail import mailboxes as made
from kit.mail import outlook_messages as outlook
from kit.mail.searching import photos, scan
from kit.mail.taking_out import holds, take_out

CODED = ("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64")
LEAVES: tuple[Callable[[bytes], bytes], ...] = (
    lambda photo: made.mail(made.text(), made.photo(photo)),
    lambda photo: made.with_newlines(made.mail(made.text(), made.photo(photo)), "crlf"),
    lambda photo: made.mbox([made.mail(made.photo(photo)), made.mail(made.text())]),
    lambda photo: made.mail(made.photo(photo, "quoted-printable"), made.text()),
    lambda photo: made.emlx(made.mail(made.photo(photo))),
    lambda photo: outlook.tnef([("rash.png", photo)]),
    lambda photo: outlook.tnef([], messages=[outlook.tnef([("rash.png", photo)])]),
    lambda photo: outlook.compound(outlook.message([outlook.attached(photo, "rash.png")])),
    lambda photo: outlook.compound(outlook.message([outlook.attached(photo, "rash.png")]), shift=12, seed=3),
)
"""Put a photo into a mail or file."""


def in_coded_message(content: bytes, width: int = 76) -> bytes:
    """Forward a mail as a base64-coded message, as some programs wrongly do."""
    return made.mail(made.text(), made.Part(CODED, made.encode(content, "base64", width=width)), subject="Fwd: rash")


def in_file_of_mail(kind: str) -> Callable[[bytes], bytes]:
    """Attach a file to a mail."""
    return lambda content: made.mail(made.text(), made.photo(content, kind=kind, name="attached.bin"))


def in_outlook_message(content: bytes) -> bytes:
    """Attach a file to an Outlook message."""
    return outlook.compound(outlook.message([outlook.attached(content, "attached.bin")]))


MAILS: tuple[Callable[[bytes], bytes], ...] = (
    in_coded_message,
    lambda content: in_coded_message(content, 60),
    in_file_of_mail("application/octet-stream"),
)
"""Put a mail, a winmail.dat or an Outlook message into a mail."""


FILES: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: outlook.tnef([("attached.bin", content)]),
    in_outlook_message,
)
"""Put one into a file that is no text."""


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(LEAVES),
    st.lists(st.sampled_from(MAILS + FILES), max_size=3),
    st.integers(0, 99),
    st.sampled_from([600, 1500, 4200, 6001, 6002]),
)
def test_a_photo_in_anything_in_anything_goes_and_nothing_else_moves(
    tmp_path: Path,
    leaf: Callable[[bytes], bytes],
    around: list[Callable[[bytes], bytes]],
    seed: int,
    length: int,
) -> None:
    """M1-M6 through every wrapping: lengths and line breaks stay, an oracle by bytes finds none of the photo."""
    photo = made.png(seed, length)
    data = leaf(photo)
    for wrap in around:
        data = wrap(data)
    path = tmp_path / "box"
    assert list(photos(path, data).values()) == [photo]
    with open_export(path) as export:
        traces = choose_traces(export, next(export.attachments()))
    assert traces is not None
    assert find_residue(export, [traces])
    after = take_out(path)
    assert not holds(after, photo)
    assert find_residue(export, [traces]) == []
    assert scan(path, after) == []
    assert container_of(path) is not None
