"""Proposals to destroy records: each holds, is stated by a trail, and keeps the reason that it names.

Of an agreement between two persons the tombstone that names it is asked (`gone.load`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import ACCEPTED, Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.life import Entered, Lived
from imgfile.vault.checks.strangers import strangers
from imgfile.vault.life import proposals


def check_proposals(vault: Vault, lived: Lived) -> Iterator[Found]:
    """Check every signature on a proposal by itself; fill `lived`."""
    yield from strangers(vault, layout.PROPOSALS, layout.is_key_note)
    signed: dict[tuple[str, str], str] = {}
    for name in proposals.names(vault):
        yield from caught(layout.proposal(name), _check(vault, name, lived, signed))


def _check(vault: Vault, name: str, lived: Lived, signed: dict[tuple[str, str], str]) -> Iterator[Found]:
    stated = proposals.load(vault, name)
    lived.proposed[name] = stated.digest
    lived.reasons[stated.reason.name] = stated.reason
    first = signed.setdefault((stated.digest, stated.signer.name), name)
    if first != name:
        yield Finding(Kind.UNEXPECTED, layout.proposal(name), "The same signature lies there under two names.")


def check_proposed(
    vault: Vault, lived: Lived, entered: Entered, is_entered_now: Callable[[str], bool]
) -> Iterator[Found]:
    """Match the signatures that were found with those that the trails state, both ways."""
    for name, digest in entered.proposed.items():
        where = layout.proposal(name) if layout.is_id(name) else layout.AUDIT
        if name not in lived.proposed and digest in vault.roster.accepted:
            yield Finding(Kind.LOST, where, ACCEPTED)
        elif name not in lived.proposed:
            lost = Finding(Kind.MISSING, where, "The trail states that it was proposed, and it is not there.")
            yield Doubt(lost, lambda where=where: not vault.store.exists(where))  # type: ignore[misc]
        elif lived.proposed[name] != digest:
            yield Finding(Kind.DAMAGED, where, "It is not the proposal that the trail states.")
    for name in lived.proposed.keys() - entered.proposed.keys():
        died = Finding(
            Kind.UNFINISHED, layout.proposal(name), "A run died before its audit entry; its computer enters it next."
        )
        yield Doubt(died, lambda name=name: not is_entered_now(name))  # type: ignore[misc]
