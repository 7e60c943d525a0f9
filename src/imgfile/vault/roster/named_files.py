"""Which files of a vault a roster names, each by its digest."""

from __future__ import annotations

from imgfile.vault import layout
from imgfile.vault.roster.model import Roster


def named_files(roster: Roster) -> dict[str, str]:
    """Return the files that a roster names, with their digests: the policy, and keys of holders and stations."""
    named = {layout.policy(roster.policy_digest): roster.policy_digest}
    for generation in roster.generations:
        named |= {layout.practice_key(generation.number, who): digest for who, digest in generation.holders.items()}
    later = [one for one in roster.generations if one.previous_digest]
    named |= {layout.previous_practice_key(one.number): one.previous_digest for one in later}
    credentials = [one for person in roster.people for one in person.credentials]
    named |= {layout.signer_key(one.holder): one.signing_key_digest for one in credentials}
    if roster.recovery.signing_key_digest:
        named[layout.signer_key(roster.recovery.holder)] = roster.recovery.signing_key_digest
    stations = [entry for entry in roster.stations if entry.pseudonym_digest]
    return named | {layout.station_key(entry.station): entry.pseudonym_digest for entry in stations}
