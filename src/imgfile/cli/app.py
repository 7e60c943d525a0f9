"""From words to one command, and from whatever happens to an exit code (docs/reference/exit-codes.md).

Only the module of the command that was named is imported. A command returns None or its exit code, and raises
`imgfile.errors`; its context's `obj` is `dispatch`, for a command that runs others. It is run under Typer's parser but
not under Typer's error handling, so that every failure is spelled as the terminal's rules have it. What nobody foresaw
is reported by its kind and its place in the code: the text of such an exception may hold patient data (R23), so it
shows only with IMGFILE_DEBUG=1, after a warning.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import imgfile
from imgfile.cli.registry import (
    FAMILIES,
    HELP_OPTIONS,
    command_of,
    family_page,
    mask_numbers,
    module_of,
    overview,
    refuse_split_number,
    with_unsaid,
)
from imgfile.errors import Cancelled, Error, UsageError
from imgfile.terminal import CANCELLED_WORDS, STOPPED_WORDS, ReaderGone, Terminal

if TYPE_CHECKING:
    import typer

DEBUG_VARIABLE: Final = "IMGFILE_DEBUG"
COMPLETION_VARIABLE: Final = "_IMGFILE_COMPLETE"

_COMPLETION_OPTIONS: Final = ("--install-completion", "--show-completion")
_FILING: Final = (["ingest"], ["demo"])
_PACKAGE: Final = Path(imgfile.__file__).parent


def dispatch(arguments: list[str]) -> int:
    """Run one command to its exit code. Only KeyboardInterrupt during imports could pass."""
    terminal = Terminal()
    try:
        return _perform(arguments, terminal)
    except Error as error:
        terminal.error(error)
        return error.exit_code
    except (ReaderGone, BrokenPipeError):  # Typer's help page knows only the latter
        return ReaderGone.exit_code
    except KeyboardInterrupt:
        words = CANCELLED_WORDS if arguments[:1] in _FILING else STOPPED_WORDS
        terminal.error(Cancelled(words, is_chosen=False))
        return Cancelled.exit_code
    except SystemExit as end:  # a library's own end
        return end.code if isinstance(end.code, int) else 0
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback reaches a screen or a log
        return _report_unforeseen(error, terminal)


def _perform(arguments: list[str], terminal: Terminal) -> int:
    word, *rest = arguments or ["--help"]
    if COMPLETION_VARIABLE in os.environ or word in _COMPLETION_OPTIONS:
        return _complete(word, rest, terminal)
    if word == "help" and rest:
        return _perform([*rest, "--help"], terminal)
    if word in {"help", *HELP_OPTIONS}:
        terminal.page(overview(shutil.get_terminal_size().columns))
        return 0
    refuse_split_number(arguments)
    command = command_of(arguments)
    if command in FAMILIES:
        terminal.page(family_page(command, shutil.get_terminal_size().columns))
        return 0
    return _run(command, with_unsaid(command, arguments))


def _run(name: str, arguments: list[str]) -> int:
    import typer  # noqa: PLC0415 - 30 ms, and neither the overview nor a misspelt command needs it
    from typer.main import get_command  # noqa: PLC0415

    from imgfile.cli.config import Settings  # noqa: PLC0415 - only a command that runs reads it

    app = _build(name)
    if any(word.startswith("-") and "h" in word for word in arguments):  # --help, or an h among short options: -qh
        from imgfile.cli.help import use_sections  # noqa: PLC0415 - whoever asks for help waits for it alone

        use_sections(app)
    command = get_command(app)
    settings = _defaults(command, Settings())
    try:
        with command.make_context("imgfile", arguments, default_map=settings, obj=dispatch) as context:
            result = command.invoke(context)
    except typer.Exit as end:  # --help
        return end.exit_code
    except typer.TyperException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", f"imgfile {name}")
        raise UsageError(_in_our_spelling(error.format_message()), f"{path} --help says what it takes.") from None
    return result if isinstance(result, int) else 0


def _build(name: str) -> typer.Typer:
    """Return an application of one command, by its words; one of a family is in an application of the family's own."""
    app = _application()
    family, _, own = name.partition(" ")
    if own:
        app.add_typer(within := _application(), name=family)
    importlib.import_module(module_of(name)).register(within if own else app)
    return app


def _application() -> typer.Typer:
    import typer  # noqa: PLC0415 - see above

    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,  # its panel prints source, and can print locals
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(lambda: None)  # so that a single command keeps its name
    return app


def _complete(word: str, rest: Sequence[str], terminal: Terminal) -> int:
    """Answer a shell, or hand over the script by which it asks."""
    from imgfile.cli.completion import shells  # noqa: PLC0415 - only a shell that completes needs it

    if COMPLETION_VARIABLE in os.environ:
        return shells.answer(terminal, _command)
    return (shells.show if word == "--show-completion" else shells.install)(terminal, rest[0] if rest else None)


def _command(name: str) -> Any:  # noqa: ANN401 - a class of Typer's inside
    """Return the parser of one command, by its words."""
    from typer.main import get_command  # noqa: PLC0415 - see above

    command: Any = get_command(_build(name))
    for word in name.split(" "):
        command = command.commands[word]  # a group: it has a callback
    return command


def _defaults(command: Any, settings: Mapping[str, object]) -> Mapping[str, Any]:  # noqa: ANN401 - a class of Typer's inside
    """Hand the settings to every command of a tree: Typer looks them up by command, then by parameter."""
    commands = getattr(command, "commands", None)
    return settings if commands is None else {name: _defaults(each, settings) for name, each in commands.items()}


def _in_our_spelling(message: str) -> str:
    text = mask_numbers(message)  # Typer's messages quote what they refuse
    return text[:1].lower() + text[1:]


def _report_unforeseen(error: Exception, terminal: Terminal) -> int:
    import traceback  # noqa: PLC0415 - for what nobody foresaw alone

    match error:
        case MemoryError():
            what = "this computer ran out of memory"
        case OSError(strerror=str(reason)):
            what = f"the system refused: {reason}"
        case _:
            what = "imgfile made a mistake"
    hint = (
        "No source is erased before its photo is filed and proven; run the same command again to continue.\n"
        "If that does not help, please report the line above. It holds nothing about a patient."
    )
    terminal.error(Error(f"{what} ({type(error).__name__}, {_place(error)}).", hint))
    if os.environ.get(DEBUG_VARIABLE) == "1":
        terminal.warn("what follows may hold patient data. Do not pass it on as it is.")
        for line in "".join(traceback.format_exception(error)).splitlines():
            terminal.say(line)
    return Error.exit_code


def _place(error: Exception) -> str:
    """Return the innermost place in imgfile's own code, such as `vault/records/commit.py:88`."""
    import traceback  # noqa: PLC0415 - the same

    ours = [
        f"{Path(frame.filename).relative_to(_PACKAGE).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE)
    ]
    return ours[-1]
