"""A new generation of the practice's key: what is filed from its roster on opens for those who are listed there, alone.

1. Its identity is made, and the generation before is sealed to it (`previous.age`), so that whoever holds it goes on
   opening what was filed. That file comes first: it has one name, so of two who take one number one gives way.
2. It is sealed to every holder who stays.
3. Each file is read back. Then a roster may name them; until one does they mean nothing.

Generations are numbered, and numbers may be left out. One whose folder is there already is somebody else's, who may be
making a roster at this moment, or a run's that died, or was put there so that nobody can be removed: however many there
are, the next free one is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count, islice
from typing import Final

from imgfile import sealing
from imgfile.errors import NotWritable
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.keys.sealed_files import publish_sealed
from imgfile.vault.roster.model import Generation

MAX_TRIES: Final = 64
"""How many others may be quicker in a row, before a share that answers nonsense is taken for one."""


def begin(vault: Vault, practice: PracticeKeys, holders: Mapping[str, str]) -> Generation:
    """Make a generation for these holders, each with their recipient; no roster names it yet.

    Raises `NotWritable`, `Damaged`.
    """
    taken = set(vault.store.names(layout.PRACTICE_KEYS))
    free = (number for number in count(vault.roster.generation.number + 1) if str(number) not in taken)
    for number in islice(free, MAX_TRIES):
        try:
            return _made(vault, practice, number, holders)
        except NotWritable as error:
            if not isinstance(error.__cause__, FileExistsError):
                raise
    raise NotWritable("no new generation of the practice's key can be begun: others always were first.")


def _made(vault: Vault, practice: PracticeKeys, number: int, holders: Mapping[str, str]) -> Generation:
    identity = sealing.generate_identity(post_quantum=vault.roster.is_post_quantum)
    text = practice_file(vault, identity)
    before = practice_file(vault, practice.newest)  # after a restore the newest of all may be lost with its files
    previous = publish_sealed(vault.store, layout.previous_practice_key(number), before, [identity.recipient])
    held = {
        who: publish_sealed(vault.store, layout.practice_key(number, who), text, [sealing.parse_recipient(recipient)])
        for who, recipient in sorted(holders.items())
    }
    return Generation(number, str(identity.recipient), held, previous)


def practice_file(vault: Vault, identity: sealing.KeyIdentity) -> bytes:
    """Return the identity file of a generation, as it is sealed to its holders."""
    return sealing.render_identity_file(identity, ("imgfile practice identity", f"vault {vault.id}"))
