"""Joining a vault from a new computer: asking, waiting, and belonging to it.

1. Nothing that the folder holds is believed before a person has typed the words of its roster 1, as somebody who is in
   already read them out. From then on this computer accepts what follows from that roster alone.
2. Its keys are made here. The station's stay here; the person's are sealed with their passphrase, here, and the key
   that signs for them is sealed to themselves, in the vault. What is asked is noted durably before it is written.
3. It belongs to the vault when a roster that follows the one it named lists these very keys, and the files that the
   roster names open to them. Only then is the vault pinned.
4. A request from before a removal, or a change of administrators or of the recovery key, is made anew.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from imgfile import files, notes, sealing, station
from imgfile.acts.practice.administrator import UPGRADE_HINT
from imgfile.acts.practice.identity_file import keep_identity, seal_identity
from imgfile.acts.practice.new_computer import NewComputer, make_computer
from imgfile.errors import Damaged, NotWritable, NoVault, UsageError, WrongKey, typed_folder
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.practice_state import stored_keys
from imgfile.practice_state.joining import Asked, forget_asked
from imgfile.state import Pin
from imgfile.station import Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.access import Vault, rooted
from imgfile.vault.joining import judge, request
from imgfile.vault.joining.request import Request
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.roster.chain import ROLLBACK_HINT, advance, load_chain, load_pinned
from imgfile.vault.roster.model import Credential, Roster, Use
from imgfile.vault.store import patience
from imgfile.vault.store.directory import Store
from imgfile.vault.times import format_time


@dataclass(frozen=True, slots=True)
class Found:
    """A vault that somebody named by its folder, and that nobody vouches for yet."""

    folder: Path
    store: Store
    vault: str
    first_digest: str
    """Digest of its roster 1, to be compared with the words that a person types."""

    @property
    def keys(self) -> Path | None:
        """Where its keys are, if they have a folder of their own and somebody named it."""
        return None if self.store.keys is None else self.store.keys.folder


@dataclass(frozen=True, slots=True)
class Joiner:
    """Who joins, as they typed it: nothing of it is believed, an administrator types it anew."""

    name: str
    registration: str
    station_name: str
    use: Use
    passphrase: str = field(repr=False, default="")
    """Of a computer where somebody looks; else empty."""


@dataclass(frozen=True)
class Joining:
    """A computer that has asked, and waits: what it asked, and the newest roster that it has seen."""

    found: Found
    request: Request
    roster: Roster
    asked: Asked = field(repr=False)
    identity: sealing.KeyIdentity | None = field(repr=False, default=None)
    """The person's identity, where this run made it."""

    @property
    def is_outdated(self) -> bool:
        """Whether an administrator would refuse it by now, and it must be made anew."""
        return judge.is_outdated(self.request, rosters_of(self.found))


def look(folder: Path) -> Found:
    """See which vault lies in a folder. Raises `NotWritable` where it is away, `NoVault`, `Damaged`."""
    place = folder.absolute()
    store = Store(place)
    if not store.is_connected():
        raise NotWritable(f"the folder {folder} is not there.", "Connect the disk or share it lies on.")
    if not store.exists(layout.roster(1)):
        raise NoVault(f"there is no vault in {folder}.", _where_else(place))
    note = notes.parse(store.read(layout.roster(1)))
    return Found(place, store, note.vault, note.digest)


def _where_else(folder: Path) -> str:
    """Return what to name instead: a folder in it that holds a vault, or what one looks like."""
    names = sorted(files.names_in(folder, limit=100))
    inner = next((folder / name for name in names if Store(folder / name).exists(layout.roster(1))), None)
    if inner is not None:
        return f"One lies in it:  imgfile join {typed_folder(inner)}"
    return "Name the folder that holds `roster`, `policy` and `keys`."


def _again(found: Found) -> str:
    return f"imgfile join {typed_folder(found.folder)} --again"


def pinned(found: Found) -> Pin | None:
    """Return how this computer knows the vault, if it belongs to it, or did; None where it only reads it.

    Raises `Damaged` for another of that id.
    """
    pin = next((one for one in known_vaults() if one.vault == found.vault), None)
    if pin is not None and pin.first_digest != found.first_digest:
        raise Damaged("the folder holds another vault than the one this computer is pinned to.", ROLLBACK_HINT)
    return pin if pin is not None and pin.station else None


def retired_by(found: Found, pin: Pin) -> int:
    """Return the number of the roster that retired this computer; 0 where none did. Raises `Damaged`."""
    roster = load_pinned(found.store, pin.vault, pin.first_digest, pin.highest, pin.highest_digest)
    closed = roster.closed_station(pin.station)
    return 0 if closed is None else closed.roster


def leave_retired(pin: Pin, *, at: datetime) -> Path:
    """Set the state of a retired computer aside, so that it may ask anew; return where it is kept.

    What it remembers of what it filed goes on. Raises `UsageError` while an erasure is unfinished, `NotWritable`.
    """
    from imgfile.practice_state.retired import set_aside  # noqa: PLC0415 - hardly any computer is retired

    return set_aside(Station(pin), format_time(at)[:10])


def refuse_enrolled(found: Found, pin: Pin, *, is_again: bool) -> None:
    """Refuse to join a vault that this computer belongs to, unless somebody wants a further key there.

    Raises `UsageError`.
    """
    roster = load_pinned(found.store, pin.vault, pin.first_digest, pin.highest, pin.highest_digest)
    here = roster.station(pin.station)
    if here is None:
        raise Damaged("the vault does not list this computer, nor that it was retired.", ROLLBACK_HINT)
    if is_again and here.use is Use.RECEPTION:
        raise UsageError("this is a reception computer: nobody has a key here.", "Nothing was changed.")
    asked = Asked.of(pin.vault)
    is_asking = asked is not None and bool(asked.identity)
    if asked is not None and not is_asking:
        forget_asked(pin.vault)  # it died between the pin and this
    if not (is_again or is_asking):
        where = "" if pin.folder == found.folder else f", at {pin.folder}"
        raise UsageError(
            f"this computer belongs to that vault already{where}.",
            f"Nothing was changed. For a new key here, with a passphrase of its own:  {_again(found)}",
        )


def newest_roster(found: Found) -> Roster:
    """Read the chain from a roster 1 whose words were typed. Raises `Damaged`, `UsageError` for a vault of format 1."""
    roster = load_pinned(found.store, found.vault, found.first_digest, 1, found.first_digest)
    if roster.is_format_1:
        raise UsageError("that vault is of format 1, which knows one person and one computer.", UPGRADE_HINT)
    return roster


def with_keys(found: Found, roster: Roster, keys: Path | None) -> Found:
    """Return a vault with its keys where somebody named their folder, if its roster says that they have one.

    Raises `NotWritable` where that is away or unknown, `Damaged` where it is another vault's, `UsageError` where a
    folder is named and the keys have none.
    """
    if not has_own_keys_folder(roster):
        if keys is not None:
            raise UsageError("that vault's keys lie in its own folder.", "Leave out --keys.")
        return found
    rooted_there = replace(found, store=rooted(found.store, roster, None if keys is None else keys.absolute()))
    rooted_there.store.expect_keys()
    return rooted_there


def has_own_keys_folder(roster: Roster) -> bool:
    """Return whether a vault's keys have a folder of their own."""
    return layout.KEYS in roster.roots


def rosters_of(found: Found) -> list[Roster]:
    """Return every roster, from the first on. Raises `Damaged`."""
    return list(load_chain(found.store, found.vault, found.first_digest))


def resumed(found: Found, keys: Path | None = None) -> Joining | None:
    """Go on from what this computer asked before: see that it lies in the vault; None where it asked nothing.

    `keys` is where the keys' own folder is now, if it is not where it was. Raises `Damaged` where the vault no longer
    follows from the roster that was named, `NotWritable` where the keys are away.
    """
    asked = Asked.of(found.vault)
    if asked is None:
        return None
    if asked.first_digest != found.first_digest:
        raise Damaged(
            "the folder holds another vault than the one this computer asked to join.",
            f"Read the words of its first roster again:  {_again(found)}",
        )
    made = request.parse(asked.request, found.vault)
    roster = load_pinned(found.store, found.vault, found.first_digest, *made.roster)
    joining = Joining(with_keys(found, roster, keys or asked.keys), made, roster, asked)
    _post(joining)
    return joining


def ask(found: Found, joiner: Joiner, *, at: datetime) -> Joining:
    """Make this computer's keys, and a request for them, and write it into the vault. Raises `NotWritable`.

    Whatever was asked before is forgotten: its keys open nothing.
    """
    roster = newest_roster(found)
    if pinned(found) is not None:
        return _ask_for_further_key(found, joiner, roster, at=at)
    forget_asked(found.vault)
    computer = make_computer(found.vault, joiner.station_name, joiner.use, is_post_quantum=roster.is_post_quantum)
    computer.keep(found.vault)
    person = _new_person(roster) if joiner.passphrase else None
    if person is not None:
        keep_identity(found.vault, person.identity, joiner.passphrase)
    return _asked_for(found, joiner, roster, computer, person, at=at)


def _ask_for_further_key(found: Found, joiner: Joiner, roster: Roster, *, at: datetime) -> Joining:
    """Ask for a further key of somebody at a computer that is in; the identity that it keeps stays until then."""
    person = _new_person(roster)
    sealed = seal_identity(found.vault, person.identity, joiner.passphrase)
    return _asked_for(found, joiner, roster, None, person, sealed=sealed, at=at)


@dataclass(frozen=True, slots=True)
class _NewPerson:
    """New keys of a person: what the vault will keep of them, and how a roster lists them."""

    identity: sealing.KeyIdentity = field(repr=False)
    key: SigningKey
    signer_file: bytes = field(repr=False)
    """The signing key, sealed to the person, as it will lie in the vault."""
    listed: Credential


def _new_person(roster: Roster) -> _NewPerson:
    identity = sealing.generate_identity(post_quantum=roster.is_post_quantum)
    key = SigningKey.generate(layout.new_id())
    signer_file = sealing.seal_bytes(base64.b64encode(key.secret), [identity.recipient])
    digest = hashlib.sha256(signer_file).hexdigest()
    return _NewPerson(identity, key, signer_file, Credential(key.name, str(identity.recipient), key.public, digest))


def _asked_for(  # noqa: PLR0913 - who asks what of which vault
    found: Found,
    joiner: Joiner,
    roster: Roster,
    computer: NewComputer | None,
    person: _NewPerson | None,
    *,
    sealed: bytes = b"",
    at: datetime,
) -> Joining:
    """Make a request for new keys, note it durably on this computer, and write it into the vault."""
    made = request.make(
        found.vault,
        found.first_digest,
        roster.seen,
        asked=format_time(at),
        says=(joiner.name, joiner.registration),
        station=None if computer is None else computer.listed,
        credential=None if person is None else person.listed,
        signers=[each.key for each in (computer, person) if each is not None],
    )
    signer_file = person.signer_file if person is not None else b""
    asked = Asked(
        found.vault, found.first_digest, made.note.encode(), signer_file, sealed, found.keys, str(found.folder)
    )
    asked.keep()
    joining = Joining(found, made, roster, asked, None if person is None else person.identity)
    _post(joining)
    return joining


def _post(joining: Joining) -> None:
    """Have what was asked in the vault, the key file first. Raises `NotWritable`, `Damaged` for another file there."""
    objects = {layout.request(joining.request.name): joining.asked.request}
    if joining.request.credential is not None:
        objects = {layout.signer_key(joining.request.credential.holder): joining.asked.signer, **objects}
    for name, data in objects.items():
        store = joining.found.store
        if store.exists(name) or not store.claim(name, data):
            if store.read(name) != data:
                raise Damaged(
                    f"{name}, which this computer wrote, is another now.", f"Ask anew:  {_again(joining.found)}"
                )
            store.sync(name.rpartition("/")[0])


def approval(joining: Joining) -> Roster | None:
    """Return the newest roster where it lists what was asked for, with these very keys; None where it does not yet.

    Raises `Damaged` for a chain that does not follow from the roster that was named, or lists other keys by these ids.
    """
    roster = advance(joining.found.store, joining.roster)
    if judge.lists(roster, joining.request):
        return roster
    own = {*joining.request.ids}
    listed = {entry.station for entry in roster.stations} | set(roster.holders)
    if own & listed:
        raise Damaged(
            "a roster lists this computer's name with keys that are not its own.",
            f"Tell an administrator: whoever signed it approved something else. Then:  {_again(joining.found)}",
        )
    return None


def enrol(joining: Joining, roster: Roster) -> Station:
    """Belong to the vault from now on, the files that the roster names tried. Raises `Damaged`, `NotWritable`."""
    found, own = joining.found, joining.request.station
    if own is None:
        return _take_up(joining, roster)
    pin = Pin(found.vault, found.folder, found.first_digest, roster.number, roster.note.digest, own.station, found.keys)
    vault = Vault(found.store, roster, Station(pin))
    _expect_to_show(joining, roster)
    if vault.here.pseudonym_digest:
        open_pseudonyms(vault)
    _try_practice(vault, joining)
    pinned = station.pin(pin)
    joining.asked.drop()
    return pinned


def _take_up(joining: Joining, roster: Roster) -> Station:
    """Keep a further identity in the place of the one that this computer had, which is kept beside it."""
    pin = pinned(joining.found)
    if pin is None:
        raise Damaged("this computer asked for a further key, and knows the vault no more.", "Restore its state.")
    here = Station(pin)
    _expect_to_show(joining, roster)
    _try_practice(Vault(joining.found.store, roster, here), joining)
    if here.identity_file.exists() and (before := here.identity_file.read_bytes()) != joining.asked.identity:
        files.replace(here.identity_file.with_name("identity.old.age"), before)
    stored_keys.store_identity(pin.vault, joining.asked.identity)
    joining.asked.drop()
    return here


def _expect_to_show(joining: Joining, roster: Roster) -> None:
    """See that the files show which the approval made before its roster. Raises `Damaged`."""
    store, (station_id, credential) = joining.found.store, (joining.request.station, joining.request.credential)
    listed = roster.station(station_id.station) if station_id is not None else None
    names = [layout.station_key(listed.station)] if listed is not None and listed.pseudonym_digest else []
    names += [layout.practice_key(roster.generation.number, credential.holder)] if credential is not None else []
    if not patience.until(lambda: all(map(store.exists, names)), patience.SHOWING_SECONDS):
        raise Damaged("the approval is there, and the key files that it names do not show yet.", patience.HINT)


def _try_practice(vault: Vault, joining: Joining) -> None:
    """See that the practice's key opens to the person, or at least that its file is the one that the roster names."""
    credential = joining.request.credential
    if credential is None:
        return
    generation = vault.roster.generation
    name = layout.practice_key(generation.number, credential.holder)
    vault.store.read_matching(name, generation.holders[credential.holder], "the file that the roster names")
    if joining.identity is None:
        return
    try:
        practice, _ = open_practice(vault, [joining.identity])
    except WrongKey:
        practice = None
    if practice is None or str(practice.newest.recipient) != generation.recipient:
        raise Damaged(
            f"{name} does not open to the key that was approved.",
            f"Tell the administrator, and ask anew:  {_again(joining.found)}",
        )
