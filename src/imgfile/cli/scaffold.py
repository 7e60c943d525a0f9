"""The scaffold of a command: its function names what it works with, and a decorator gives the options for that.

A function takes `terminal`, `vault`, `identities`, or what another decorator makes (`search`, `answers`). Each such
argument is replaced by options, at its own place of the help page, and made from what was given before the function
runs, from the first decorator to the last:

    @with_terminal("no_input", "json", "quiet")
    @with_vault
    def verify(*, vault: Vault, decrypt: DecryptOption = False, terminal: Terminal) -> None: ...
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from imgfile.cli.options import JsonOption, NoInputOption, NoPagerOption, QuietOption, VaultOption
from imgfile.errors import Damaged, NotWritable, NoVault
from imgfile.terminal import Terminal

if TYPE_CHECKING:
    from imgfile.station import Station
    from imgfile.vault.access import Vault

Command: TypeAlias = Callable[..., Any]


def with_argument(
    name: str, make: Callable[..., object], options: Iterable[inspect.Parameter] | None = None
) -> Callable[[Command], Command]:
    """Return a decorator that replaces an argument of a command's function by the options that it is made from.

    `make` is called with the options' values by their names. Without `options`, these are its own parameters with a
    default; those without are other arguments of the function, which decorators further out make.
    """
    own = list(inspect.signature(make, eval_str=True).parameters.values()) if options is None else []
    needed = [each.name for each in own if each.default is each.empty]
    taken = [each for each in own if each.default is not each.empty] if options is None else list(options)

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def command(**values: Any) -> Any:  # noqa: ANN401 - what Typer parsed, handed through
            given = {each.name: values.pop(each.name) for each in taken}
            made = make(**given, **{each: values[each] for each in needed})
            return function(**{name: made}, **values)

        signature = inspect.signature(function, eval_str=True)
        parameters = sorted(_replaced(signature, name, taken), key=lambda parameter: parameter.kind)
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what inspect looks for
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def _replaced(
    signature: inspect.Signature, name: str, options: Sequence[inspect.Parameter]
) -> Iterator[inspect.Parameter]:
    if name not in signature.parameters:
        raise TypeError(f"the function takes no argument {name}")
    for each in signature.parameters.values():
        if each.name == name:
            yield from (option.replace(kind=inspect.Parameter.KEYWORD_ONLY) for option in options)
        else:
            yield each


def options_of(make: Callable[..., object], names: Collection[str]) -> list[inspect.Parameter]:
    """Return some parameters of a function, by their names, in its own order."""
    return [each for each in inspect.signature(make, eval_str=True).parameters.values() if each.name in names]


def with_terminal(*flags: Literal["no_input", "json", "quiet", "no_pager"]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command `terminal`, used as these of its options say."""
    return with_argument("terminal", _terminal, options_of(_terminal, flags))


def _terminal(
    *,
    no_input: NoInputOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
    no_pager: NoPagerOption = False,
) -> Terminal:
    return Terminal(json=json, quiet=quiet, may_ask=not no_input, may_page=not no_pager)


def with_vault(function: Command) -> Command:
    """Give a command `vault`, opened and checked: the pinned one, or of several the one that --vault names.

    It takes `terminal`, made further out: a vault that was moved is asked about.
    """
    return with_argument("vault", _opened)(function)


def _opened(*, terminal: Terminal, vault: VaultOption = None) -> object:
    return opened_vault(vault, terminal)


def chosen_station(named: Path | None, terminal: Terminal) -> Station:
    """Return this station in a vault, by its pin or by the folder that it was moved to; nothing is asked or written.

    For what is about this computer and not the vault. Raises `NoVault`, `Damaged`.
    """
    from imgfile.vault.choose import choose  # noqa: PLC0415 - scan, strip and inspect need no vault, here and below

    try:
        return choose(named)
    except NoVault as error:
        from imgfile.cli.opening.moved_vault import station_there  # noqa: PLC0415 - few vaults are where they were not

        return station_there(named, error, terminal, may_follow=False)


def opened_vault(named: Path | None, terminal: Terminal, *, may_follow: bool = True) -> Vault:
    """Open a vault where it is pinned, or where it was moved to, and report what everybody must be told of it once.

    Without `may_follow` nothing is asked, and the pin stays as it is. Raises `NoVault`, `NotWritable`, `Damaged`.
    """
    vault = _found_vault(named, terminal, may_follow=may_follow)
    if vault.store.keys is not None:
        from imgfile.cli.opening.moved_keys import with_keys  # noqa: PLC0415 - few vaults have their keys elsewhere

        vault = with_keys(vault, terminal, may_follow=may_follow)
    if vault.news:
        from imgfile.cli.opening.news import report_news  # noqa: PLC0415 - it comes once in years

        report_news(vault, terminal)
    return vault


def warn_retired(vault: Vault, terminal: Terminal) -> None:
    """Report in one line that this computer was retired, if it was: of the commands that still work there, and read."""
    closed = vault.roster.closed_station(vault.station.pin.station)
    if closed is not None:
        from imgfile.errors import typed_folder  # noqa: PLC0415 - hardly any computer is retired

        terminal.warn(
            f"this computer was retired from the vault, by roster {closed.roster}: it files no more. To let it join "
            f"anew:  imgfile join {typed_folder(vault.station.pin.folder)}"
        )


def _found_vault(named: Path | None, terminal: Terminal, *, may_follow: bool) -> Vault:
    from imgfile.vault.access import open_vault  # noqa: PLC0415
    from imgfile.vault.choose import choose  # noqa: PLC0415

    try:
        return open_vault(choose(named))
    except (NoVault, NotWritable, Damaged) as error:
        from imgfile.cli.opening.moved_vault import station_there  # noqa: PLC0415 - few vaults are where they were not

        return open_vault(station_there(named, error, terminal, may_follow=may_follow))
