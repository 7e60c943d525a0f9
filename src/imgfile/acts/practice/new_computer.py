"""New keys of a computer: as a roster will list them, and as this account keeps them."""

from __future__ import annotations

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.practice_state import stored_keys
from imgfile.vault import layout
from imgfile.vault.roster.model import Roster, StationEntry, Use


@dataclass(frozen=True, slots=True)
class NewComputer:
    """A station that no roster lists yet; its secret halves are kept nowhere yet, and it has no pseudonym key."""

    listed: StationEntry
    key: SigningKey
    identity_file: bytes = field(repr=False)

    def keep(self, vault: str) -> None:
        """Keep them on this computer, in the place of any it had for that vault. Raises `NotWritable`."""
        stored_keys.store_keys(vault, self.key, self.identity_file)

    def keep_aside(self, vault: str) -> None:
        """Keep them beside those that count, until a roster lists them. Raises `NotWritable`."""
        stored_keys.store_keys(vault, self.key, self.identity_file, is_aside=True)


def make_computer(vault: str, name: str, use: Use = Use.CLINICAL, *, is_post_quantum: bool) -> NewComputer:
    """Make new keys for this computer under a new id."""
    identity = sealing.generate_identity(post_quantum=is_post_quantum)
    key = SigningKey.generate(layout.new_id())
    text = sealing.render_identity_file(identity, ("imgfile station identity", f"vault {vault}"))
    return NewComputer(StationEntry(key.name, name, str(identity.recipient), key.public, "", use), key, text)


def listed_computer(roster: Roster, *, is_aside: bool = False) -> NewComputer | None:
    """Return the computer that a roster lists with the very keys that this account keeps; None for none.

    A run that died may have come so far. Aside are the keys of a computer that is to go on under a new id.
    """
    kept = stored_keys.kept_keys(roster.vault, is_aside=is_aside)
    if kept is None:
        return None
    secret, text = kept
    try:
        recipient = str(sealing.parse_identity_file(text)[0].recipient)
        return next(
            NewComputer(entry, key, text)
            for entry in roster.stations
            if entry.recipient == recipient and (key := SigningKey(entry.station, secret)).public == entry.keys
        )
    except (StopIteration, WrongKey, Damaged):
        return None
