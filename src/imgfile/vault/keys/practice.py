"""The practice's own keys: opened by a clinician or the recovery key, and opening everything that is filed.

The key has generations: each removal of a person makes one. Its identity lies in the vault once for each holder, and
from the second on the one before is sealed to it too (`previous.age`), so that whoever holds the newest opens
what was filed to any.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Generation
from imgfile.vault.store.directory import is_digest_of


@dataclass(frozen=True, slots=True)
class PracticeKeys:
    """The practice's identities, by generation, as far as they could be opened."""

    by_generation: dict[int, sealing.KeyIdentity] = field(repr=False)
    reach: int = field(default=0, compare=False)
    """The newest generation that whoever opened them was given; what is sealed to a later one is closed to them."""

    @property
    def identities(self) -> list[sealing.Identity]:
        """All of them, the newest first."""
        return [self.by_generation[number] for number in sorted(self.by_generation, reverse=True)]

    @property
    def newest(self) -> sealing.KeyIdentity:
        """The newest that could be opened."""
        return self.by_generation[max(self.by_generation)]


def open_practice(vault: Vault, identities: Sequence[sealing.Identity]) -> tuple[PracticeKeys, str]:
    """Open the practice's identities with a holder's; return them and who that is.

    Raises `WrongKey` when none of the identities is a holder's, `Damaged` when no holder's file is there.
    """
    opened: dict[int, sealing.KeyIdentity] = {}
    who = ""
    for generation in reversed(vault.roster.generations):
        if generation.number not in opened and (held := _held(vault, generation, identities)) is not None:
            opened[generation.number], holder = held
            who = who or holder
        if generation.number in opened and generation.previous_digest:
            opened |= _before(vault, generation, opened[generation.number])
    if not who:
        _refuse_lost(vault)
        raise WrongKey("this identity does not open the vault.", "Use a clinician's identity, or the recovery key.")
    return PracticeKeys(opened, max(one.number for one in vault.roster.generations if who in one.holders)), who


def _refuse_lost(vault: Vault) -> None:
    """See that it is not the vault that lacks every file which an identity could open. Raises `Damaged`.

    Nor that what stands in the place of one is no file: then it may be theirs.
    """
    generations = reversed(vault.roster.generations)
    names = [layout.practice_key(one.number, who) for one in generations for who in one.holders]
    for reason in filter(None, map(vault.store.no_file, names)):
        raise Damaged(reason, "Put it back from a backup of the vault:  imgfile verify")
    if not any(map(vault.store.exists, names)):
        raise Damaged(
            f"{layout.PRACTICE_KEYS} in the vault holds none of the files that the roster names.",
            "No identity opens anything without them. Put them back from a backup of the vault:  imgfile verify  names "
            "each.",
        )


def _held(
    vault: Vault, generation: Generation, identities: Sequence[sealing.Identity]
) -> tuple[sealing.KeyIdentity, str] | None:
    """Open a generation with whichever holder's file one of the identities opens."""
    for who, digest in generation.holders.items():
        text = _unsealed(vault, layout.practice_key(generation.number, who), digest, identities)
        if text is not None:
            return sealing.parse_identity_file(text)[0], who
    return None


def _before(vault: Vault, generation: Generation, identity: sealing.KeyIdentity) -> dict[int, sealing.KeyIdentity]:
    """Open the generation before one, with that one's identity; where the files of one were lost, an earlier one."""
    name = layout.previous_practice_key(generation.number)
    text = _unsealed(vault, name, generation.previous_digest, [identity])
    if text is None:
        return {}
    before = sealing.parse_identity_file(text)[0]
    recipient = str(before.recipient)
    return {one.number: before for one in vault.roster.generations if one.recipient == recipient}


def _unsealed(vault: Vault, name: str, digest: str, identities: Sequence[sealing.Identity]) -> bytes | None:
    """Open a file that the roster names; None where it is away, another, or for somebody else. `verify` reports it."""
    try:
        sealed = vault.store.read(name)
        return sealing.unseal_bytes(sealed, identities) if is_digest_of(sealed, digest) else None
    except (Damaged, WrongKey):
        return None


def is_held(vault: Vault, generation: int) -> bool:
    """Return whether a whole copy of a generation's identity lies in the vault, for a holder or a later generation."""
    for one in vault.roster.generations:
        if one.number < generation:
            continue
        if one.number > generation and not vault.store.holds(
            layout.previous_practice_key(one.number), one.previous_digest
        ):
            return False
        if any(vault.store.holds(layout.practice_key(one.number, who), digest) for who, digest in one.holders.items()):
            return True
    return False
