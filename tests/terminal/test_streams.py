"""What goes to standard output and standard error, and how it is spelled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.errors import AnswerInvalid, Error, NotWritable, Problem, RefusedByRule, UsageError
from imgfile.terminal import Terminal
from kit.terminal.processes import Outcome, Session, as_text, environment
from kit.terminal.session_recorder import without_bars

pytestmark = pytest.mark.slow

Piped = Callable[..., Outcome]
AtTerminal = Callable[..., Session]


# --- words for people -----------------------------------------------------------------------------------


def test_words_go_to_standard_error_and_quiet_leaves_them_out(capfd: pytest.CaptureFixture[str]) -> None:
    """Narration is not data; errors and warnings are said even when quiet."""
    Terminal().say("3 messages, 1 image")
    quiet = Terminal(quiet=True)
    quiet.say("unheard")
    quiet.warn("the vault is in a synced folder")
    quiet.error(Error("it broke"))
    assert capfd.readouterr() == (
        "",
        "3 messages, 1 image\nimgfile: warning: the vault is in a synced folder\nimgfile: error: it broke\n",
    )


def test_each_line_of_a_hint_is_a_hint(capfd: pytest.CaptureFixture[str]) -> None:
    """A hint may offer two ways on; an error is always one line, whatever it names."""
    Terminal().error(UsageError("a\nb.jpg does not exist.", "do this\nor that"))
    assert capfd.readouterr().err.splitlines() == [
        "imgfile: error: a\N{REPLACEMENT CHARACTER}b.jpg does not exist.",
        "imgfile: hint: do this",
        "imgfile: hint: or that",
    ]


def test_a_refusal_names_its_rule(capfd: pytest.CaptureFixture[str]) -> None:
    """By number, as the reference lists it."""
    Terminal().error(RefusedByRule("R12", "the patient objected to this photo."))
    assert capfd.readouterr().err == "imgfile: error: R12: the patient objected to this photo.\n"


def test_every_invalid_answer_is_listed_with_its_flag(capfd: pytest.CaptureFixture[str]) -> None:
    """All that is wrong is said at once; what is missing stands in the message already."""
    problems = (
        Problem("patient", "--patient", "the check digit does not match"),
        Problem("dob", "--dob", "is missing", is_missing=True),
    )
    Terminal().error(AnswerInvalid("1 answer is missing: --dob", problems=problems))
    assert capfd.readouterr().err == (
        "imgfile: error: 1 answer is missing: --dob\nimgfile: error: --patient: the check digit does not match\n"
    )


def test_a_surrogate_file_name_can_be_named(piped: Piped) -> None:
    """A file name that is no text is shown, not crashed on, in a locale that knows only ASCII too."""
    program = r"t.say('zo\u00eb \udcff.jpg'); t.data({'path': '\udcff.jpg'}); t.table(['a'], [['\udcff']])"
    for locale in ("C.UTF-8", "POSIX"):
        outcome = piped(program, env={"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
        assert (outcome.status, outcome.stdout) == (0, b'{"path": "\\udcff.jpg"}\na\n\\udcff\n')
        assert outcome.words.endswith(".jpg\n")


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full"])
def test_without_standard_error_the_work_goes_on(closing: str) -> None:
    """A closed or full standard error loses words, and nothing else."""
    program = "from imgfile.terminal import Terminal as T; T().say('lost'); T().warn('lost'); T().data({'type': 'x'})"
    outcome = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {closing}', sys.executable, program], capture_output=True, check=False
    )
    assert (outcome.returncode, outcome.stdout) == (0, b'{"type": "x"}\n')


# --- colour ---------------------------------------------------------------------------------------------

RED_ERROR = b"\x1b[1;31merror:"


@pytest.mark.parametrize(
    ("changes", "is_coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_at_a_terminal(at_terminal: AtTerminal, changes: dict[str, str], is_coloured: bool) -> None:  # noqa: FBT001 - a table's column
    """Colour is for screens, and NO_COLOR or a dumb terminal turn it off, in messages and in tables."""
    with at_terminal("t.error(Error('it broke')); t.table(['a'], [['b']])", env=changes) as session:
        session.finish()
    assert (RED_ERROR in session.raw) is is_coloured
    assert (b"\x1b[1ma" in session.raw) is is_coloured
    assert "imgfile: error: it broke\n" in session.screen


def test_colour_in_a_pipe_is_only_forced(piped: Piped) -> None:
    """A log gets plain text unless FORCE_COLOR asks."""
    assert RED_ERROR not in piped("t.error(Error('it broke'))").stderr
    assert RED_ERROR in piped("t.error(Error('it broke'))", env={"FORCE_COLOR": "1"}).stderr


# --- data -----------------------------------------------------------------------------------------------


def test_data_is_one_line_of_json_that_cannot_steer_a_terminal(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """NDJSON: UTF-8, one line an object, exactly what was given once it is read back."""
    facts = {"type": "photo", "subject": "Zoë\n\x1b[2J\x9b\u202e\udcff\x7f", "size": 3, "where": None}
    Terminal().data(facts)
    line = capfdbinary.readouterr().out
    assert line.count(b"\n") == 1
    assert "Zoë" in line.decode()
    assert line.decode().rstrip("\n").isprintable()
    assert json.loads(line) == facts


def test_a_table_in_a_pipe_is_whole(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """TSV with a line of names, however long a cell; tabs, newlines and backslashes are escaped; None is empty."""
    Terminal().table(["name", "note"], [["x" * 500, None], ["a\tb\nc\rd", "C:\\new"], [7, "[bold]é"]])
    assert capfdbinary.readouterr().out.decode() == (
        f"name\tnote\n{'x' * 500}\t\na\\tb\\nc\\rd\tC:\\\\new\n7\t[bold]é\n"
    )


def test_a_table_on_a_screen_is_aligned_and_whole(at_terminal: AtTerminal) -> None:
    """Columns align for wide letters too, markup is text, escape codes are dead, and long cells fold, never vanish."""
    rows = [["皮膚", "[red]x[/red]"], ["a\x1b[2J", "long " * 40 + "end"]]
    with at_terminal(f"t.table(['site', 'note'], {rows!r})") as session:
        assert session.finish().status == 0
    header, first, *rest = session.screen.splitlines()
    assert header.index("note") == 2 + len("a_[2J")
    assert first.startswith("皮膚   [red]x[/red]")
    assert rest[0].startswith("a\N{REPLACEMENT CHARACTER}[2J  long")
    assert "".join(rest).replace(" ", "").endswith("longend")
    assert max(map(len, session.screen.splitlines())) <= 80


def test_a_reference_is_whole_on_a_narrow_screen(at_terminal: AtTerminal) -> None:
    """Somebody types it: whatever else folds, at 40 columns it stands in one piece."""
    row = ["7f3k-q2ma", "29 Nov 2026 13:00", "Dr A. Example; Dr B. Colleague", "5bq2-0xk9 8hq0-t3vd", "destroyed"]
    with at_terminal(
        f"t.table(['proposal', 'made', 'by', 'records', 'state'], [{row!r}])", env={"COLUMNS": "40"}
    ) as session:
        assert session.finish().status == 0
    lines = session.screen.splitlines()
    assert any(line.startswith("7f3k-q2ma  ") for line in lines)
    assert max(map(len, lines)) <= 40


def test_a_table_on_a_screen_survives_a_narrow_encoding(at_terminal: AtTerminal) -> None:
    """Where the screen cannot show a letter, its escape stands for it."""
    with at_terminal("t.table(['é'], [['→']])", env={"PYTHONIOENCODING": "latin-1"}) as session:
        assert session.finish().status == 0
    assert b"\xe9" in session.raw
    assert rb"\u2192" in session.raw


def test_a_page_is_printed_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    """An overview that was asked for is data: it goes to standard output, lines and all."""
    Terminal().page("one\n  two\n")
    assert capfd.readouterr() == ("one\n  two\n", "")


def test_bytes_go_to_a_pipe_and_never_to_a_screen(piped: Piped, at_terminal: AtTerminal) -> None:
    """A photo on a terminal would be noise that steers it."""
    assert piped(r"t.raw(b'\xff\xd8\x00\n')").stdout == b"\xff\xd8\x00\n"
    with at_terminal(r"t.raw(b'\xff\xd8\x00\n')") as session:
        assert session.finish().status == 1
    assert "standard output is a terminal" in session.screen


def test_a_reader_that_left_is_not_an_error() -> None:
    """Writing into a pipe that nobody reads raises `ReaderGone`."""
    program = (
        "import os, sys\nfrom imgfile.terminal import *\ntry:\n    Terminal().data({'type': 'x'})\n"
        "except ReaderGone:\n    sys.stderr.write('gone')\n    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)"
    )
    reading, writing = os.pipe()
    os.close(reading)
    outcome = subprocess.run(
        [sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE, env=environment(), check=False
    )
    os.close(writing)
    assert (outcome.returncode, outcome.stderr) == (0, b"gone")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_bytes_are_written_to_their_end_or_it_is_said(unbuffered: str) -> None:
    """Without a buffer one call may write only the beginning: a signal comes between, or the reader leaves."""
    program = (
        "import os, signal, sys\nfrom imgfile.terminal import *\nsignal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)\ntry:\n    Terminal().raw(b'x' * 1_000_000)\n"
        "except ReaderGone:\n    sys.stderr.write('gone')\n    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)"  # as Python ends, nobody answers it any more
    )
    for taken, words in ((1_000_000, b""), (10, b"gone")):
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment(), "PYTHONUNBUFFERED": unbuffered},
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            got = process.stdout.read(1)
            time.sleep(0.2)  # the pipe is full, and a signal interrupts the writing
            got += process.stdout.read(taken - 1)
            process.stdout.close()
            assert (len(got), process.stderr.read(), process.wait()) == (taken, words, 0)


def test_an_output_that_cannot_be_written_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk behind a redirection, or a closed standard output, is `NotWritable`."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(NotWritable, match="No space left"):
            Terminal().data({"type": "x"})
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # so that closing it can flush
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(NotWritable, match="closed"):
        Terminal().data({"type": "x"})


# --- progress -------------------------------------------------------------------------------------------

LONG_TASK = (
    "with t.progress('Reading [b] Inbox', 6) as advance:\n    [(time.sleep(0.15), advance(1)) for _ in range(6)]"
)


def test_progress_shows_on_a_screen_once_it_lasts(at_terminal: AtTerminal) -> None:
    """What takes longer than half a second shows how far it got, and leaves nothing behind."""
    with at_terminal(LONG_TASK + "\nt.say('done')") as session:
        session.expect("Reading [b] Inbox")
        session.expect("5/6")
        session.expect("done")
        assert session.finish().status == 0


@pytest.mark.parametrize(
    "program",
    [
        "with t.progress('Reading', 2) as advance: advance(1)",
        "t = Terminal(quiet=True)\n" + LONG_TASK,
    ],
    ids=["it is short", "it is quiet"],
)
def test_progress_is_not_shown_when(at_terminal: AtTerminal, program: str) -> None:
    """Short tasks and quiet runs draw nothing, and do not even import rich."""
    with at_terminal(program + "\nprint('rich' in sys.modules)") as session:
        session.finish()
    assert session.screen == "False\n"


def test_a_question_hides_the_progress_until_it_is_answered(at_terminal: AtTerminal) -> None:
    """Nothing is drawn over it while somebody reads."""
    program = (
        "with t.progress('Reading', 3) as advance:\n"
        "    time.sleep(0.6); advance(1); time.sleep(0.3)\n"
        "    t.ask('Close it, then press Enter:'); t.say('closed'); advance(1); time.sleep(0.3)"
    )
    with at_terminal(program) as session:
        session.expect("1/3")
        session.expect("Close it, then press Enter: ")
        time.sleep(0.5)
        session.send("\r")
        assert "Reading" not in session.expect("closed")
        session.expect("2/3")
        assert session.finish().status == 0


def test_progress_does_not_reach_a_log(piped: Piped) -> None:
    """Standard error in a file gets no bars."""
    assert piped(LONG_TASK).stderr == b""


def test_what_a_recording_leaves_out_is_a_bar_and_nothing_else() -> None:
    """A slow machine shows bars, counted or not; what a command says between and behind them stays."""
    program = (
        "import time, imgfile.terminal as t; from imgfile.terminal import progress\n"
        "progress.PROGRESS_DELAY_SECONDS = 0; terminal = t.Terminal()\n"
        "for name, total in (('Searching', 2), ('Filing', None)):\n"
        "    terminal.say('before ' + name)\n"
        "    with terminal.progress(name, total) as advance:\n"
        "        advance(1); time.sleep(0.2); terminal.say('while ' + name); time.sleep(0.2); advance(1)\n"
        "terminal.say('Searching 1/2 is what it says')"
    )
    with Session([sys.executable, "-c", program]) as session:
        assert session.finish().status == 0
    assert "Searching \u2501" in session.screen, "it showed a bar"
    said = ["before Searching", "while Searching", "before Filing", "while Filing", "Searching 1/2 is what it says"]
    assert as_text(without_bars(session.raw)).splitlines() == said
