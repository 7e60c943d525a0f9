"""What `verify` says of an item of the inbox whose own computer signed what cannot be so."""

from __future__ import annotations

from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from kit.vault.inbox import put
from kit.vault.practice import Practice, change_roster, resigned


def found(practice: Practice) -> set[tuple[Kind, str, str]]:
    """Return what `verify` finds, as a new process would."""
    return {(each.kind, each.where, each.message) for each in verify(practice.reopened())}


def test_an_item_names_a_roster_of_the_chain_and_the_lengths_of_what_it_has(practice: Practice) -> None:
    """Each is damage, at the name that it is of."""
    of = put(practice)
    change_roster(practice)
    name = f"{layout.item(of.item)}/{layout.MANIFEST}"
    resigned(practice, "item", name, lambda body: {**body, "roster": [1, "0" * 64]})
    assert (Kind.DAMAGED, name, "It names a roster 1 that is not in the chain.") in found(practice)

    def longer(body: Body) -> Body:
        objects = {each: {**stated, "length": stated["length"] + 1} for each, stated in body["objects"].items()}
        return {**body, "roster": list(practice.vault.roster.seen), "objects": objects}

    resigned(practice, "item", name, longer)
    wrong = {(kind, where) for kind, where, message in found(practice) if message.startswith("It is not what the item")}
    assert wrong == {(Kind.DAMAGED, f"{layout.item(of.item)}/{each}") for each in of.objects}
