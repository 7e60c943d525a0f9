"""A request to join: which keys ask to belong to a vault, signed by every one of them.

docs/reference/vault-format.md#request says what it holds. Its digest is of the whole text, so the eight words that are
read out bind the vault, the roster that was newest, what is asked for, the computer's name and every key; whoever
changes any of them changes the words. What is typed into it (names, the moment) proves nothing, and is shown as such.
"""

from __future__ import annotations

from typing import Final

from imgfile import notes, sealing
from imgfile.clinical.text import check_line
from imgfile.errors import AnswerInvalid, Damaged
from imgfile.frozen import dataclass, field
from imgfile.notes import Body, PublicKeys, SigningKey
from imgfile.vault import layout
from imgfile.vault.roster.json import credential_body, seen_of
from imgfile.vault.roster.model import Credential, Seen, StationEntry, Use, fingerprint_of
from imgfile.vault.times import parse_time

MAX_REQUEST_BYTES: Final = 64 << 10
"""Two post-quantum recipients, two keys and their signatures take 18 kB."""


@dataclass(frozen=True)
class Request:
    """What a request says; only `parse` says that its keys signed it. A station and a credential, or one of them."""

    note: notes.Note = field(repr=False)
    name: str
    """Its id."""
    fingerprint: str
    """Digest of the vault's roster 1."""
    roster: Seen
    """The newest roster that the asking computer knew."""
    use: Use
    asked: str
    """When, as the asking computer's clock had it."""
    says_name: str
    says_registration: str
    station: StationEntry | None
    credential: Credential | None

    @property
    def words(self) -> str:
        """The eight words that one person reads out and an administrator types."""
        return fingerprint_of(self.note.digest)

    @property
    def keys(self) -> list[PublicKeys]:
        """The signing keys that it brings: the station's, then the credential's."""
        return [each.keys for each in (self.station, self.credential) if each is not None]

    @property
    def ids(self) -> list[str]:
        """The ids that it would add to the roster."""
        return [key.name for key in self.keys]

    @property
    def recipients(self) -> list[str]:
        """The age recipients that it brings."""
        return [each.recipient for each in (self.station, self.credential) if each is not None]


def make(  # noqa: PLR0913 - what a request says, and who signs it
    vault: str,
    fingerprint: str,
    roster: Seen,
    *,
    asked: str,
    says: tuple[str, str],
    station: StationEntry | None,
    credential: Credential | None,
    signers: list[SigningKey],
) -> Request:
    """Make a request and have it signed by the keys that it brings, in their order."""
    body: Body = {
        "request": layout.new_id(),
        "fingerprint": fingerprint,
        "roster": list(roster),
        "wants": _wants(station is not None, credential is not None),
        "use": (station.use if station is not None else Use.CLINICAL).value,
        "asked": asked,
        "says": {"name": says[0], "registration": says[1]},
    }
    if station is not None:
        body["station"] = {**station.keys.to_json(), "name": station.name, "recipient": station.recipient}
    if credential is not None:
        body["credential"] = credential_body(credential)
    first, *others = signers
    note = first.sign("request", vault, body, version=layout.FORMAT_VERSION)
    for key in others:
        note = key.countersign(note)
    return _read(note)


def parse(data: bytes, vault: str) -> Request:
    """Read a request, and see that every key that it brings signed it. Raises `Damaged`."""
    if len(data) > MAX_REQUEST_BYTES:
        raise Damaged("a request to join is too long to be one.")
    return _read(notes.note_of_all(data, _signers, kind="request", vault=vault))


def _signers(body: Body) -> list[PublicKeys]:
    """Return the keys that a request brings, in the order in which they sign. Raises `Damaged`."""
    return [PublicKeys.from_json(body[part]) for part in ("station", "credential") if part in body]


def _read(note: notes.Note) -> Request:
    if note.version != layout.FORMAT_VERSION:
        raise _unreadable()
    try:
        return _from_body(note, note.body)
    except (KeyError, TypeError, AttributeError, ValueError, AnswerInvalid) as error:
        raise _unreadable() from error


def _from_body(note: notes.Note, body: Body) -> Request:
    station, credential = body.get("station"), body.get("credential")
    if body["wants"] != _wants(station is not None, credential is not None):
        raise ValueError
    parse_time(body["asked"])  # as vaults write moments
    use = Use(body["use"])
    if use is Use.RECEPTION and credential is not None:
        raise Damaged("a request to join wants a computer that never looks, and brings a key that opens records.")
    request = Request(
        note=note,
        name=_id(body["request"]),
        fingerprint=_digest(body["fingerprint"]),
        roster=seen_of(body["roster"]),
        use=use,
        asked=body["asked"],
        says_name=_line(body["says"]["name"]),
        says_registration=_line(body["says"]["registration"]),
        station=None if station is None else _station(station, use),
        credential=None if credential is None else _credential(credential),
    )
    if len({request.name, *request.ids}) != len(request.ids) + 1:
        raise ValueError  # an id is one thing's
    return request


def _wants(station: bool, credential: bool) -> str:  # noqa: FBT001 - the two things that can be asked for
    if station and credential:
        return "both"
    return "station" if station else "credential"  # one of them signed it


def _station(entry: Body, use: Use) -> StationEntry:
    check_line(entry["name"])
    return StationEntry(_id(entry["id"]), entry["name"], _recipient(entry), PublicKeys.from_json(entry), "", use)


def _credential(entry: Body) -> Credential:
    keys, signing_key = PublicKeys.from_json(entry), _digest(entry["signing_key"])
    return Credential(_id(entry["id"]), _recipient(entry), keys, signing_key)


def _recipient(entry: Body) -> str:
    """Return a recipient that can be sealed to. Raises `Damaged`."""
    text = entry["recipient"]
    sealing.parse_recipient(text)
    return str(text)


def _line(text: str) -> str:
    if text:
        check_line(text)
    return text


def _id(text: str) -> str:
    if not layout.is_id(text):
        raise ValueError(text)
    return text


def _digest(text: str) -> str:
    if not layout.is_digest(text):
        raise ValueError(text)
    return text


def _unreadable() -> Damaged:
    return Damaged("a request to join does not say what a request says.")
