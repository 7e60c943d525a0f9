"""The practice's own files against the rosters that name them: the newest, and those before it.

What an earlier roster named stays in the vault: the keys of people who left, and policies of former years.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import ACCEPTED, Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.named_rosters import History
from imgfile.vault.checks.strangers import strangers
from imgfile.vault.joining.judge import posted, was_listed
from imgfile.vault.joining.request import Request
from imgfile.vault.roster.chain import load_chain
from imgfile.vault.roster.named_files import named_files

_TOP_FOLDERS = frozenset(
    {
        *(layout.AUDIT, layout.INBOX, layout.KEYS, layout.PATIENTS, layout.POLICY, layout.PROPOSALS, layout.REQUESTS),
        layout.ROSTER,
    }
)
_KEY_FOLDERS = frozenset({"practice", "signers", "stations", "patients", "things"})


def check_practice(vault: Vault, history: History) -> Iterator[Found]:
    """Match every file that the roster names by digest, find those that it does not name; fill `history`."""
    named: dict[str, str] = {}
    yield from _check_rosters(vault, named, history)
    named |= named_files(vault.roster)
    folders = {*_practice_folders(vault)}
    for name, digest in named.items():
        yield from caught(name, _match(vault, name, digest))
    waiting: list[Request] = []
    yield from caught(layout.REQUESTS, _check_requests(vault, waiting))
    asked = {name for request in waiting for name in _files_of(request, vault.roster.generation.number)}
    for folder in sorted({name.rpartition("/")[0] for name in named} | folders):
        yield from caught(folder, _unnamed(vault, folder, named, asked))
    yield from strangers(vault, "", _TOP_FOLDERS.__contains__)
    yield from strangers(vault, layout.KEYS, (_KEY_FOLDERS | _markers(vault)).__contains__)
    yield from strangers(vault, layout.PRACTICE_KEYS, lambda name: f"{layout.PRACTICE_KEYS}/{name}" in folders)
    yield from strangers(vault, layout.ROSTER, lambda name: _is_roster(vault, layout.note_number(name) or 0))


def _markers(vault: Vault) -> frozenset[str]:
    """Return what lies beside the keys where they have a folder of their own."""
    return frozenset() if vault.store.keys is None else frozenset({layout.ROOT_NOTE})


def _practice_folders(vault: Vault) -> Iterator[str]:
    """Yield the folder of each generation, of those too that a run began and no roster names."""
    try:
        names = list(vault.store.names(layout.PRACTICE_KEYS))
    except (Damaged, NotWritable):  # reported where what is strange there is looked for
        return
    for name in names:
        if name.isascii() and name.isdecimal() and vault.store.is_folder(f"{layout.PRACTICE_KEYS}/{name}"):
            yield f"{layout.PRACTICE_KEYS}/{name}"


def _unnamed(vault: Vault, folder: str, named: Mapping[str, str], asked: Collection[str]) -> Iterator[Found]:
    """Find what no roster names: a key that a run which died had made is of no use to anybody, and no danger."""
    is_of_keys = folder.startswith(f"{layout.KEYS}/")

    def is_key(name: str) -> bool:
        own = name.removesuffix(".age")
        return is_of_keys and own != name and (layout.is_id(own) or own == "previous")

    yield from strangers(vault, folder, lambda name: f"{folder}/{name}" in named or is_key(name))
    for name in vault.store.names(folder):
        full = f"{folder}/{name}"
        if is_key(name) and full not in named and full not in asked:
            died = Finding(Kind.UNFINISHED, full, "No roster names this key: a run died before one did.")
            yield Doubt(died, lambda full=full: not _is_named_now(vault, full))  # type: ignore[misc]


def _is_named_now(vault: Vault, name: str) -> bool:
    """Return whether a roster that came since names a file."""
    return any(name in named_files(roster) for roster in vault.rosters())


def _check_requests(vault: Vault, waiting: list[Request]) -> Iterator[Found]:
    """Find what asks to join, and what only looks like it; fill `waiting` with what nobody approved yet."""
    for each in posted(vault.store, vault.id):
        if each.request is None:
            yield Finding(Kind.UNEXPECTED, each.where, f"It is no request that counts: {each.flaw}")
        elif not was_listed(vault.roster, each.request):
            waiting.append(each.request)
            yield Finding(Kind.UNFINISHED, each.where, "A computer asks to join, and is not approved.")
    yield from strangers(vault, layout.REQUESTS, layout.is_key_note)


def _files_of(request: Request, generation: int) -> Iterator[str]:
    """Yield what lies in the vault of a request, and of an approval of it that died or is under way."""
    if request.credential is not None:
        yield layout.signer_key(request.credential.holder)
        yield from (layout.practice_key(number, request.credential.holder) for number in range(1, generation + 1))
    if request.station is not None:
        yield layout.station_key(request.station.station)


def _check_rosters(vault: Vault, named: dict[str, str], history: History) -> Iterator[Found]:
    """Verify the whole chain, from the pinned first roster to the one that was opened: opening begins at the newest.

    Fills `named` with what each of them names by digest, and `history`.
    """
    number, digest = 0, ""
    try:
        for roster in load_chain(vault.store, vault.id, vault.station.pin.first_digest):
            number, digest = roster.number, roster.note.digest
            named |= named_files(roster)
            history.add(roster)
            if number == vault.roster.number:
                break
    except (Damaged, NoVault) as error:
        yield Finding(Kind.DAMAGED, layout.roster(number + 1), error.message)
        return
    if number < vault.roster.number:
        yield Finding(Kind.MISSING, layout.roster(number + 1), "Later rosters follow it, and it is not there.")
    elif digest != vault.roster.note.digest:
        yield Finding(Kind.DAMAGED, layout.roster(number), "It is not the roster that this computer verified before.")


def _is_roster(vault: Vault, number: int) -> bool:
    """Return whether a roster of this number follows, be it since the vault was opened. Raises `Damaged`."""
    return 0 < number <= vault.roster.number or vault.roster.number < number <= vault.newest_by_now().number


def _match(vault: Vault, name: str, digest: str) -> Iterator[Found]:
    if not vault.store.exists(name):
        if digest in vault.roster.accepted:
            yield Finding(Kind.LOST, name, ACCEPTED)
        else:
            yield Finding(Kind.MISSING, name, "The roster names it, and it is not there.")
    elif not vault.store.holds(name, digest):
        yield Finding(Kind.DAMAGED, name, vault.store.no_file(name) or "It is not the file that the roster names.")
