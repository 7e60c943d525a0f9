"""What became of the records that one run comes past: which are here, which are gone, and what their birth dates are.

1. A record's folder is listed once in a run, however many photos of its patient there are. Only where something was
   added, or a tombstone lies, is more read; and where this station remembers either: then it must be there.
2. What is known here proves nothing: `records.commit.prove_stored` looks for a tombstone again.
3. Of a record that a photo is recognised by, what the other computers' trails state counts too, be it beside the record
   or not (`Standings.by_all_trails`): somebody may have taken it away before this computer ever saw it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from imgfile.clinical.proofs import Digest
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Manifest

if TYPE_CHECKING:
    from imgfile.vault.life.addition import Effect
    from imgfile.vault.life.gone import Gone


@dataclass(frozen=True, slots=True)
class Standing:
    """One record as a run found it."""

    manifest: Manifest
    birth_guards: frozenset[str]
    """The marks of its birth date as it is now; several where two were amended at once."""
    gone: Gone | None = None
    effects: frozenset[Effect] = frozenset()
    """What holds of it since it was filed, as its notes say without a key."""


def born_otherwise(among: Iterable[Standing], guard: str) -> tuple[str, ...]:
    """Return the references of the records that are here, and whose birth date is another than this mark's."""
    return tuple(each.manifest.reference for each in among if each.gone is None and guard not in each.birth_guards)


def find_here(vault: Vault, reference: str) -> Manifest:
    """Return the record that a reference, or a prefix of one, names, before anybody is asked for a secret.

    Raises `UsageError` when none or several are called so, `RefusedByRule` for one that is gone, with where it went.
    """
    found = find(vault, reference)
    tombstone = Standings(vault).of(found).gone
    if tombstone is not None:
        from imgfile.vault.life.history import gone_refusal  # noqa: PLC0415 - few records are gone

        raise gone_refusal(tombstone)
    return found


class Standings:
    """The records that one run has come past, each looked at once. It lives as long as the run, and no longer."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[Digest, Standing] = {}
        self._has_read_on = False

    def of(self, manifest: Manifest) -> Standing:
        """Return how a record stands. Raises `Damaged` where what was added to it, or its tombstone, does not hold."""
        known = self._known.get(manifest.digest)
        if known is None:
            known = self._known[manifest.digest] = self._look(manifest)
        return known

    def by_all_trails(self, manifest: Manifest) -> Standing:
        """Return how a record stands, having read on once what the other computers' trails state. Raises `Damaged`."""
        if not self._has_read_on:
            from imgfile.vault.life.stated import read_on  # noqa: PLC0415 - of a photo that is recognised

            read_on(self._vault)
            self._has_read_on = True
            self.__dict__.pop("_remembered", None)
            self._known = {
                key: each for key, each in self._known.items() if each.manifest.record not in self._remembered
            }
        return self.of(manifest)

    def _look(self, manifest: Manifest) -> Standing:
        is_as_filed = manifest.record not in self._remembered and not any(
            name == layout.GONE or layout.is_key_note(name)
            for name in self._vault.store.names(layout.record(manifest.folder, manifest.record))
        )
        if is_as_filed:
            return Standing(manifest, frozenset({manifest.birth_guard}))
        from imgfile.vault.life import history as life  # noqa: PLC0415 - most records are as they were filed

        history = life.load(self._vault, manifest)
        return Standing(manifest, history.birth_guards, history.gone, history.effects)

    @cached_property
    def _remembered(self) -> frozenset[str]:
        from imgfile.record_state.memory import remembered_records  # noqa: PLC0415 - a patient's first photo needs none

        return frozenset(remembered_records(self._vault.station))
