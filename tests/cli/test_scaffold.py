"""The scaffold of commands: an argument becomes options, at its own place, and arrives made from what was given."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Annotated

import pytest
import typer

from imgfile.cli import main
from imgfile.cli.registry import every_command, module_of
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.terminal import Terminal

Plant = Callable[..., None]
Captured = pytest.CaptureFixture[str]

SizeOption = Annotated[int, typer.Option("--size", help="How large.")]
ShapeOption = Annotated[str, typer.Option("--shape", help="Of which shape.")]
OwnerOption = Annotated[str, typer.Option("--owner", help="Whose it is.")]
FirstOption = Annotated[bool, typer.Option("--first", help="What stands first.")]
LastOption = Annotated[bool, typer.Option("--last", help="What stands last.")]


def thing(*, size: SizeOption = 1, shape: ShapeOption = "round") -> str:
    """Make a thing of what was given."""
    return f"{shape} thing of {size}"


def owned(*, thing: str, terminal: Terminal, owner: OwnerOption = "nobody") -> str:
    """Make something of what was given and of two other arguments."""
    return f"{thing}, {owner}'s, json {terminal.is_json}"


def test_an_argument_is_made_from_the_options_that_stand_in_its_place(plant: Plant, capfd: Captured) -> None:
    """In the order of the function's own arguments; the function gets what was made and no option of it."""

    @with_argument("made", thing)
    def shows(*, first: FirstOption = False, made: str, last: LastOption = False) -> None:
        Terminal().data({"first": first, "made": made, "last": last})

    plant(shows)
    assert main(["shows", "--size", "3", "--last"]) == 0
    assert capfd.readouterr().out == '{"first": false, "made": "round thing of 3", "last": true}\n'
    assert main(["shows", "--help"]) == 0
    page = capfd.readouterr().out
    order = [page.index(flag) for flag in ("--first", "--size", "--shape", "--last")]
    assert order == sorted(order)


def test_what_one_argument_needs_of_others_is_made_further_out(plant: Plant, capfd: Captured) -> None:
    """As identities need the vault and the terminal."""

    @with_terminal("json")
    @with_argument("thing", thing)
    @with_argument("made", owned)
    def shows(*, thing: str, made: str, terminal: Terminal) -> None:
        terminal.data({"thing": thing, "made": made})

    plant(shows)
    assert main(["shows", "--shape", "square", "--owner", "Jo", "--json"]) == 0
    assert capfd.readouterr().out == ('{"thing": "square thing of 1", "made": "square thing of 1, Jo\'s, json True"}\n')


def test_an_argument_that_the_function_does_not_take_is_a_mistake() -> None:
    """It is found as the command is built, not when somebody gives its option."""
    with pytest.raises(TypeError, match="takes no argument thing"):
        with_argument("thing", thing)(lambda: None)


@pytest.mark.parametrize(
    ("flags", "given", "status"), [(("json",), "--quiet", 2), (("json", "quiet"), "--quiet", 0), ((), "--json", 2)]
)
def test_a_terminal_has_the_options_that_were_named_and_no_other(
    plant: Plant, flags: tuple[str, ...], given: str, status: int
) -> None:
    """A command whose output is a photo has no --json."""

    @with_terminal(*flags)  # type: ignore[arg-type] # the names of its options
    def shows(*, terminal: Terminal) -> None:
        terminal.say("shown")

    plant(shows)
    assert main(["shows", given]) == status


@pytest.mark.parametrize("name", every_command())
def test_what_belongs_together_reaches_a_command_together(name: str) -> None:
    """However many options a command has, its function takes at most eight arguments."""
    app = typer.Typer()
    importlib.import_module(module_of(name)).register(app)
    own = name.rpartition(" ")[2]
    (callback,) = [command.callback for command in app.registered_commands if command.name == own]
    assert callback
    assert len(inspect.signature(inspect.unwrap(callback)).parameters) <= 8
