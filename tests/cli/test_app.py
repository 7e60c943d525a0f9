"""From words to a command, and from what happens to words and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import pytest
import typer

from imgfile.cli import main
from imgfile.cli.options import JsonOption, NoInputOption, QuietOption, VaultOption
from imgfile.cli.registry import COMMANDS, FAMILIES, GROUPS, UNSAID, every_command, module_of
from imgfile.errors import AnswerInvalid, Damaged, Error
from imgfile.terminal import ReaderGone, Terminal
from kit.terminal.processes import Session, imgfile

Plant = Callable[..., None]
Captured = pytest.CaptureFixture[str]

NUMBER = "9434765870"


# --- the table of commands ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_can_be_built(name: str, capfd: Captured) -> None:
    """Its module registers it under that name, in a group that exists, with a help page of its own."""
    group, module, does = COMMANDS[name]
    assert group in GROUPS
    assert does[0].isupper()
    assert not does.endswith(".")
    assert importlib.util.find_spec(module)
    assert main([name, "--help"]) == 0
    assert capfd.readouterr().out.startswith(f"Usage: imgfile {name}")


@pytest.mark.parametrize("name", every_command())
def test_every_command_is_registered_by_its_own_module(name: str, capfd: Captured) -> None:
    """A family's too, under its own word; `help` before the words is `--help` behind them."""
    assert importlib.util.find_spec(module_of(name))
    assert main([*name.split(), "--help"]) == 0
    page = capfd.readouterr().out
    assert page.startswith(f"Usage: imgfile {name} ")
    assert main(["help", *name.split()]) == 0
    assert capfd.readouterr().out == page


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_a_page_of_its_commands(name: str, capfd: Captured) -> None:
    """By its name alone, unless that runs one of them, with --help or -h, after `help`; each with what it does."""
    pages = set()
    for arguments in ([name] if name not in UNSAID else ["help", name], [name, "--help"], [name, "-h"], ["help", name]):
        assert main(arguments) == 0
        pages.add(capfd.readouterr().out)
    (page,) = pages
    for own, does in FAMILIES[name].items():
        assert does[0].isupper()
        assert not does.endswith(".")
        assert f"{own} {does}" in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vault", "lst"], "there is no command vault lst.\nimgfile: hint: Did you mean:  imgfile vault list\n"),
        (["vault", "xyzzy"], "there is no command vault xyzzy.\nimgfile: hint: imgfile vault --help lists them.\n"),
        (
            ["vault", "--json"],
            "there is no option --json before a command.\nimgfile: hint: imgfile vault COMMAND",
        ),
        (["vault", "943 476 5870"], "there is no command vault [number]."),
        (["vault", "list", "x"], "got unexpected extra argument(s) (x)\nimgfile: hint: imgfile vault list --help"),
    ],
)
def test_a_slip_in_a_family_is_said_of_the_family(arguments: list[str], said: str, capfd: Captured) -> None:
    """With its likeliest command, and never with a patient's number (R23)."""
    assert main(arguments) == 2
    assert capfd.readouterr().err.startswith(f"imgfile: error: {said}")


def test_of_a_family_only_the_named_command_is_imported(capfd: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of the same family that cannot be imported harms no other."""
    monkeypatch.setitem(FAMILIES["vault"], "broken-one", "Break")
    assert module_of("vault broken-one") == "imgfile.cli.commands.vault.broken_one"
    assert main(["vault", "list", "--help"]) == 0
    assert main(["vault"]) == 0
    assert "broken-one" in capfd.readouterr().out


def test_the_overview_names_every_command_in_eighty_columns(capfd: Captured) -> None:
    """`imgfile`, `imgfile --help` and `imgfile help` print the same page: groups, names, what each does."""
    pages = set()
    for arguments in ([], ["--help"], ["-h"], ["help"]):
        assert main(arguments) == 0
        pages.add(capfd.readouterr().out)
    (page,) = pages
    assert [line for line in page.splitlines() if line in GROUPS] == list(GROUPS)
    for name, (_, _, does) in COMMANDS.items():
        assert any(line.split() == [name, *does.split()] for line in page.splitlines())
    assert max(map(len, page.splitlines())) <= 80


def test_only_the_named_command_is_imported(plant: Plant, capfd: Captured) -> None:
    """A command that cannot be imported harms no other."""

    def works() -> None:
        Terminal().data({"type": "works"})

    plant(works)
    COMMANDS["broken"] = ("Tools", "imgfile.cli.absent", "Broken")
    try:
        assert main(["works"]) == 0
    finally:
        del COMMANDS["broken"]
    assert capfd.readouterr() == ('{"type": "works"}\n', "")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("ingets", "Did you mean:  imgfile ingest"),
        ("verfiy", "Did you mean:  imgfile verify"),
        ("xyzzy", "imgfile --help lists them."),
        ("x" * 5000, "imgfile --help lists them."),
    ],
)
def test_an_unknown_command_gets_the_nearest(word: str, hint: str, capfd: Captured) -> None:
    """A slip of the fingers costs one line and a suggestion."""
    assert main([word]) == 2
    assert capfd.readouterr() == ("", f"imgfile: error: there is no command {word}.\nimgfile: hint: {hint}\n")


def test_a_photo_in_place_of_a_command_is_explained(tmp_path: Path, capfd: Captured) -> None:
    """Who types `imgfile rash.jpg` learns what to type."""
    photo = tmp_path / "IMG_20261121_080912.jpg"
    photo.touch()
    assert main([str(photo)]) == 2
    assert f"To file it:  imgfile ingest {photo}" in capfd.readouterr().err


def test_an_option_before_the_command_is_explained(capfd: Captured) -> None:
    """Options belong to commands."""
    assert main(["--json", "list"]) == 2
    assert "there is no option --json before a command" in capfd.readouterr().err


# --- running a command ----------------------------------------------------------------------------------


def test_a_command_gives_its_exit_code(plant: Plant) -> None:
    """None is 0, a number is itself, typer.Exit its own."""

    def silent() -> None:
        pass

    def three() -> int:
        return 3

    def leaves() -> NoReturn:
        raise typer.Exit(4)

    plant(silent, three, leaves)
    assert [main([name]) for name in ("silent", "three", "leaves")] == [0, 3, 4]


def test_a_family_of_commands_works(plant: Plant, capfd: Captured) -> None:
    """`imgfile roster pin` is a command below a command, with help and settings like any other."""
    roster = typer.Typer()

    @roster.command()
    def pin(words: str, *, json: JsonOption = False) -> None:
        Terminal().data({"words": words, "json": json})

    roster.command()(lambda: None)
    plant(club=roster)
    assert main(["club", "pin", "tiger", "--json"]) == 0
    assert main(["help", "club"]) == 0
    printed = capfd.readouterr().out
    assert printed.startswith('{"words": "tiger", "json": true}\n')
    assert "pin" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--colour", "x"], "no such option: --colour (Possible options: --count)"),
        ([], "missing argument 'source'."),
        (["a", "--count", "many"], "invalid value for '--count': 'many' is not a valid int."),
        (["a", NUMBER], "got unexpected extra argument(s) ([number])"),
        (["a", "--count", "943 476 5870"], "invalid value for '--count': '[number]' is not a valid int."),
        (["a", "--count", "14/09/2025"], "invalid value for '--count': '[number]' is not a valid int."),
    ],
)
def test_a_wrong_command_line_is_spelled_as_everything_else(
    plant: Plant, arguments: list[str], message: str, capfd: Captured
) -> None:
    """Typer's own refusals come in our spelling with exit code 2, and without a patient's number (R23)."""

    def picky(source: str, count: int = 1) -> None:
        pass

    plant(picky)
    assert main(["picky", *arguments]) == 2
    assert capfd.readouterr() == (
        "",
        f"imgfile: error: {message}\nimgfile: hint: imgfile picky --help says what it takes.\n",
    )


def test_a_number_in_place_of_a_command_is_not_repeated(capfd: Captured) -> None:
    """R23 holds for the first word too."""
    assert main([NUMBER]) == 2
    assert NUMBER not in capfd.readouterr().err


@pytest.mark.parametrize("words", [["450", "123", "4563"], ["450123", "4563"], ["999", "000", "00", "18"]])
@pytest.mark.parametrize("command", [["list"], ["ingest", "rash.jpg"]])
def test_a_number_with_blanks_and_no_quotes_is_explained(command: list[str], words: list[str], capfd: Captured) -> None:
    """As it is copied from a record; it is not repeated, and no part of it is taken for a file."""
    assert main([*command, "--patient", *words, "--json"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("imgfile: error: the patient's number came in several words.\n")
    assert not any(word in said for word in words)


def test_help_lists_options_in_sections(plant: Plant, capfd: Captured) -> None:
    """Arguments, then a command's own options, then the shared sections; plain text without Rich."""

    def looks(
        source: Annotated[str, typer.Argument(help="A photo.")],
        *,
        vault: VaultOption = None,
        json: JsonOption = False,
        no_input: NoInputOption = False,
    ) -> None:
        """Look at something."""

    plant(looks)
    assert main(["looks", "-h"]) == 0
    page = capfd.readouterr().out
    order = [
        page.index(part) for part in ("Look at something.", "Arguments:", "Options:", "--vault", "Output:", "--json")
    ]
    assert order == sorted(order)
    assert page.index("--no-input") < page.index("Output:")
    assert "\x1b" not in page


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["-qh"], ["--vault", "x", "-h"]], ids=" ".join)
def test_help_has_its_sections_however_it_is_asked_for(words: list[str], capfd: Captured) -> None:
    """What lays them out is imported only then."""
    assert main(["list", *words]) == 0
    page = capfd.readouterr().out
    assert page.index("Options:") < page.index("Output:") < page.index("--json")


def test_a_surrogate_file_name_reaches_the_command(plant: Plant, capfd: Captured) -> None:
    """A file name that is no text is handed on as it is, and shown harmless."""

    def names(source: Path) -> None:
        assert os.fsencode(source) == b"photo\xff\x1b.jpg"
        raise Damaged(f"{source} is damaged.")

    plant(names)
    assert main(["names", os.fsdecode(b"photo\xff\x1b.jpg")]) == 16
    odd = "\N{REPLACEMENT CHARACTER}"
    assert capfd.readouterr().err == f"imgfile: error: photo{odd}{odd}.jpg is damaged.\n"
    assert imgfile(b"\xff\x1b[2J").words.startswith(f"imgfile: error: there is no command {odd}{odd}[2J.")


# --- what goes wrong ------------------------------------------------------------------------------------


def test_our_errors_end_with_their_own_code(plant: Plant, capfd: Captured) -> None:
    """One line, its hint, its code, nothing on standard output."""
    plant(raises(AnswerInvalid("2 answers are missing: --dob --basis", "Give them.")))
    assert main(["fails"]) == 13
    assert capfd.readouterr() == (
        "",
        "imgfile: error: 2 answers are missing: --dob --basis\nimgfile: hint: Give them.\n",
    )


def raises(error: Exception) -> Callable[[], NoReturn]:
    """Make a command that fails as no one foresaw."""

    def fails() -> NoReturn:
        raise error

    return fails


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (KeyError(NUMBER), "imgfile made a mistake (KeyError, cli/app.py:"),
        (
            OSError(28, "No space left on device", f"/vault/{NUMBER}"),
            "the system refused: No space left on device (OSError, cli/app.py:",
        ),
        (OSError(NUMBER), "imgfile made a mistake (OSError, cli/app.py:"),
        (MemoryError(NUMBER), "this computer ran out of memory (MemoryError, cli/app.py:"),
    ],
)
def test_the_unforeseen_is_one_line_without_patient_data(
    plant: Plant, failure: Exception, words: str, capfd: Captured
) -> None:
    """Its kind, its place in our code, what is still true, please report; no traceback, none of its text."""
    plant(raises(failure))
    assert main(["fails"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"imgfile: error: {words}")
    assert "No source is erased before its photo is filed and proven" in err
    assert "please report" in err
    assert NUMBER not in err
    assert "Traceback" not in err


def test_debugging_shows_the_traceback_after_a_warning(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    """IMGFILE_DEBUG=1 shows everything, says first what that may be, and still lets nothing steer the terminal."""
    plant(raises(KeyError("\x1b[2J" + NUMBER)))
    monkeypatch.setenv("IMGFILE_DEBUG", "1")
    assert main(["fails"]) == Error.exit_code
    err = capfd.readouterr().err
    assert (
        err.index("imgfile: warning: what follows may hold patient data") < err.index("Traceback") < err.index(NUMBER)
    )
    assert "\x1b" not in err


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (KeyboardInterrupt(), 130),
        (ReaderGone(), 141),
        (BrokenPipeError(), 141),
        (SystemExit(7), 7),
        (SystemExit(None), 0),
    ],
    ids=repr,
)
def test_other_ends_have_their_conventional_status(plant: Plant, failure: BaseException, status: int) -> None:
    """Ctrl-C is 130, a reader that left 141."""

    def ends() -> None:
        raise failure

    plant(ends)
    assert main(["ends"]) == status


def test_ctrl_c_says_what_is_still_true() -> None:
    """A real Ctrl-C in the middle of work: 130, one sentence, no traceback."""
    program = (
        "import sys, time; from types import ModuleType\n"
        "from imgfile.cli import run; from imgfile.cli.registry import COMMANDS\n"
        "def slow():\n    print('working', flush=True); time.sleep(20)\n"
        "m = sys.modules['m'] = ModuleType('m'); m.register = lambda app: app.command('slow')(slow)\n"
        "COMMANDS['slow'] = ('Tools', 'm', 'Slow'); sys.argv[1:] = ['slow']; run()"
    )
    with Session([sys.executable, "-c", program]) as session:
        session.expect("working")
        session.send("\x03")
        assert session.finish().status == 130
    assert "\nimgfile: error: you stopped it. What it reported as done is done.\n" in session.screen
    assert "filed" not in session.screen, "this command files nothing"
    assert "Traceback" not in session.screen


# --- completion -----------------------------------------------------------------------------------------


def test_completion_builds_everything(plant: Plant, monkeypatch: pytest.MonkeyPatch, capfd: Captured) -> None:
    """The shell's question is answered from all commands, options included."""

    def zebra(*, json: JsonOption = False, quiet: QuietOption = False) -> None:
        """Be striped."""

    plant(zebra)
    monkeypatch.setenv("_IMGFILE_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setenv("COMP_WORDS", "imgfile ze")
    assert main([]) == 0
    assert capfd.readouterr().out.split() == ["zebra"]
    monkeypatch.setenv("COMP_CWORD", "2")
    monkeypatch.setenv("COMP_WORDS", "imgfile zebra --j")
    assert main([]) == 0
    assert capfd.readouterr().out.split() == ["--json"]
    monkeypatch.delenv("_IMGFILE_COMPLETE")
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert main(["--show-completion", "bash"]) == 0
    assert "_IMGFILE_COMPLETE=complete_bash" in capfd.readouterr().out
