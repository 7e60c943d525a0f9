"""Questions at a real pseudo-terminal, wherever the standard streams lead."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from imgfile.errors import AnswerInvalid
from imgfile.terminal import Terminal
from imgfile.terminal.line_editor import ANSWER_MAX_CHARACTERS
from kit.terminal.processes import Outcome, Session

pytestmark = pytest.mark.slow

Piped = Callable[..., Outcome]
AtTerminal = Callable[..., Session]

ASK = "print(ascii(t.ask('Body site:')))"
ASK_SECRET = "print(ascii(t.ask('Passphrase:', secret=True)))"
CANCELLED = "try:\n    {}\nexcept Cancelled as error:\n    print('cancelled', error.exit_code)"
INVALID = "try:\n    {}\nexcept AnswerInvalid as error:\n    print('invalid:', error.message)"


def typed(at_terminal: AtTerminal, keys: str | bytes, program: str = ASK, **options: object) -> str:
    """Type keys at the first question; return what the program printed last."""
    with at_terminal(program, **options) as session:
        session.expect(": ")
        session.send(keys)
        assert session.finish().status == 0
    return session.screen.splitlines()[-1]


def test_a_question_is_asked_while_all_streams_lead_elsewhere(at_terminal: AtTerminal) -> None:
    """`cat photo | imgfile ingest - > log 2>&1` can ask, and neither log nor pipe sees question or answer."""
    program = "data = sys.stdin.buffer.read(); answer = t.ask('Body site:'); print(len(data), len(answer))"
    with at_terminal(program, stdin=b"\xff" * 200_000, piped={"stdout", "stderr"}) as session:
        session.answer("Body site: ", "left shoulder")
        outcome = session.finish()
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, b"200000 13\n", b"")
    assert session.screen == "Body site: left shoulder\n"


def test_what_must_be_read_to_answer_stands_where_the_question_is(at_terminal: AtTerminal) -> None:
    """Lines shown and the lines of a question go to the terminal, sanitised, in order."""
    program = r"t.show('999 000 0018\x1b[2J'); t.ask('from a\x9b\nphoto b\nFile it?', default='n\x07')"
    with at_terminal(program, piped={"stdout", "stderr"}) as session:
        session.answer("> ", "")
        assert session.finish() == Outcome(0, b"", b"")
    odd = "\N{REPLACEMENT CHARACTER}"
    assert session.screen == f"999 000 0018{odd}[2J\nfrom a{odd}\nphoto b\nFile it? [n{odd}]\n> \n"


@pytest.mark.parametrize(("columns", "letters"), [(80, 63), (80, 20), (40, 22), (24, 23)])
def test_a_short_answer_has_room_beside_its_question(at_terminal: AtTerminal, columns: int, letters: int) -> None:
    """Sixteen characters; on a screen too narrow for that anywhere, the answer stays beside the question."""
    with at_terminal(ask_of(letters), env={"COLUMNS": str(columns)}) as session:
        session.answer(": ", "in person")
        session.finish()
    assert session.screen.startswith(f"{'a' * (letters - 1)}: in person\n")


@pytest.mark.parametrize(("columns", "letters"), [(80, 64), (80, 79), (40, 24), (40, 39)])
def test_a_question_that_leaves_no_room_is_answered_below(at_terminal: AtTerminal, columns: int, letters: int) -> None:
    """Both lines stand, and a secret, of which nothing is seen, is typed beside it all the same."""
    with at_terminal(ask_of(letters), env={"COLUMNS": str(columns)}) as session:
        session.answer("\n> ", "in person")
        session.finish()
    assert session.screen.startswith(f"{'a' * (letters - 1)}: \n> in person\n")
    with at_terminal(ask_of(letters, ", secret=True"), env={"COLUMNS": str(columns)}) as session:
        session.answer(": ", "in person")
        session.finish()
    assert ">" not in session.screen


def ask_of(letters: int, options: str = "") -> str:
    """Return a program that asks a question of so many characters, its colon among them."""
    return f"t.ask('a' * {letters - 1} + ':'{options})"


def test_enter_gives_the_default(at_terminal: AtTerminal) -> None:
    """The default is shown in brackets; without one, Enter is an empty answer."""
    assert typed(at_terminal, "\r", "print(ascii(t.ask('Purpose:', default='diagnosis')))") == "'diagnosis'"
    assert typed(at_terminal, " \r") == "''"


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("nappy area\r", "nappy area"),
        ("nappy area\n", "nappy area"),
        ("  left  shoulder \r", "left  shoulder"),
        ("leg\x7f\x7f\x7farm\r", "arm"),
        ("leg\b\b\barm\r", "arm"),
        ("\x7f\x7farm\r", "arm"),
        ("the left leg\x17arm\r", "the left arm"),
        ("left leg  \x17\x17arm\r", "arm"),
        ("left leg\x15arm\r", "arm"),
        ("a\tb\r", "a b"),
        ("le\x1bOA\x1b[1;5Cg\x1b[5~\r", "leg"),
        ("lg\x1b[De\r", "leg"),
        ("g\x1bOHle\x1b[F!\r", "leg!"),
        ("lxeg\x02\x02\x7f\x05\r", "leg"),
        ("xleg\x01\x1b[3~\x06\x06\x06\x06!\r", "leg!"),
        ("the left leg\x1b[D\x1b[D\x1b[D\x17right \r", "the right leg"),
        ("left leg\x1b[D\x1b[D\x1b[D\x15\r", "leg"),
        ("leg\x01\x04\x04\x04arm\r", "arm"),
        ("leg\x04\r", "leg"),
        ("9\u00a099\u202e\r", "9 99\N{REPLACEMENT CHARACTER}"),
        ("皮膚x\x7f\x7fe\u0301é\x7f\r", "皮e\u0301"),
        (b"caf\xc3\xa9 caf\xe9.\r", "café caf\N{REPLACEMENT CHARACTER}."),
        ("\x1b[200~worse despite\r\nusual care\n\x1b[201~; video failed\r", "worse despite  usual care ; video failed"),
        ("\x1b[" + "1" * 40 + "\r", "1" * 9),
    ],
)
def test_keys_make_an_answer(at_terminal: AtTerminal, keys: str | bytes, answer: str) -> None:
    """Editing keys edit, other keys do nothing, pasted newlines are spaces, and what comes back is harmless."""
    assert typed(at_terminal, keys) == ascii(answer)


def test_a_lone_escape_does_not_eat_the_next_key(at_terminal: AtTerminal) -> None:
    """Escape pressed by a person comes alone; the letter typed after it counts."""
    with at_terminal(ASK) as session:
        session.expect(": ")
        session.send("\x1b")
        time.sleep(0.3)
        session.send("[arm\r")
        session.finish()
    assert session.screen.splitlines()[-1] == "'[arm'"


def test_erasing_a_wide_letter_clears_both_its_columns(at_terminal: AtTerminal) -> None:
    """Two columns for a wide letter, none for an accent of its own, one for others."""
    with at_terminal(ASK) as session:
        session.expect(": ")
        session.send("膚\x7fe\u0301\x7f\x7f\r")
        session.finish()
    assert session.raw.count(b"\b \b") == 3


def test_a_long_paste_arrives_whole(at_terminal: AtTerminal) -> None:
    """A kernel's line editing would cut this at 4,095 bytes without a word."""
    text = "worse despite usual care; " * 600
    assert typed(at_terminal, text + "\r", "print(len(t.ask('Rationale:')))") == str(len(text.strip()))


def test_a_runaway_paste_is_refused_and_answers_nothing_else(at_terminal: AtTerminal) -> None:
    """Past the bound the answer is refused, and what is still coming is thrown away."""
    result = typed(at_terminal, "x" * (ANSWER_MAX_CHARACTERS + 1), INVALID.format("t.ask('Rationale:')"))
    assert result == "invalid: an answer has at most 20,000 characters."


def test_a_secret_is_neither_echoed_nor_changed(at_terminal: AtTerminal) -> None:
    """A passphrase comes back exactly as typed, spaces and all, and never shows."""
    with at_terminal(ASK_SECRET, piped={"stdout"}) as session:
        session.answer("Passphrase: ", " harbour\x7fr\u00a0velvet\u200b\t")
        outcome = session.finish()
    assert outcome.stdout.decode() == ascii(" harbour\u00a0velvet\u200b\t") + "\n"
    assert session.screen == "Passphrase: \n"


def test_a_secret_that_is_no_text_is_refused(at_terminal: AtTerminal) -> None:
    """A passphrase that another program could not be given is not accepted."""
    assert typed(at_terminal, b"caf\xe9\r", INVALID.format(ASK_SECRET)).startswith("invalid: what was typed is no text")


def test_typing_follows_the_locale(at_terminal: AtTerminal) -> None:
    """At an ASCII terminal, bytes beyond it survive as something visible."""
    locale = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert typed(at_terminal, b"caf\xe9\r", env=locale) == ascii("caf\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("program", [ASK, ASK_SECRET])
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_question_can_be_cancelled(at_terminal: AtTerminal, program: str, key: str) -> None:
    """Ctrl-C and Ctrl-D stop it with 130, and the terminal echoes again."""
    after = "\nimport termios; print(bool(termios.tcgetattr(1)[3] & termios.ECHO))"
    with at_terminal(CANCELLED.format(program) + after) as session:
        session.expect(": ")
        session.send(key)
        session.finish()
    assert session.screen.splitlines()[-2:] == ["cancelled 130", "True"]


def test_a_terminal_that_hangs_up_cancels(at_terminal: AtTerminal) -> None:
    """A closed window is a person who left, even where its signal is ignored."""
    program = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + CANCELLED.format(ASK)
    with at_terminal(program, piped={"stdout", "stderr"}) as session:
        session.expect(": ")
        os.close(session._master)
        session._master = os.open(os.devnull, os.O_RDWR)
        outcome = session.finish()
    assert outcome.stdout in {b"cancelled 130\n", b""}
    assert outcome.status == 0


def test_a_dumb_terminal_gets_no_codes(at_terminal: AtTerminal) -> None:
    """Where TERM says dumb, or nothing, no escape sequence is sent."""
    for term in ("dumb", None):
        with at_terminal(ASK, env={"TERM": term}) as session:
            session.answer(": ", "arm")
            session.finish()
        assert b"\x1b" not in session.raw


def test_suspending_is_off_while_a_question_waits(at_terminal: AtTerminal) -> None:
    """A shell that resumed it would have turned the echo on, and a secret would show."""
    with at_terminal(ASK_SECRET) as session:
        session.expect(": ")
        session.send("\x1a")
        session.send("velvet\r")
        assert session.finish().status == 0
    assert session.screen == "Passphrase: \n'velvet'\n"


# --- nobody to ask --------------------------------------------------------------------------------------


def test_without_a_terminal_nobody_can_be_asked(piped: Piped) -> None:
    """A job without a controlling terminal gets exit 13's error, not a hang."""
    outcome = piped("print(t.can_ask); " + INVALID.replace("try:", "\ntry:").format(ASK))
    assert outcome.stdout == b"False\ninvalid: there is a question to ask, and no terminal to ask it on.\n"


def test_no_input_forbids_asking_at_a_terminal(at_terminal: AtTerminal) -> None:
    """--no-input holds though somebody is there."""
    with at_terminal("print(t.can_ask); t = Terminal(may_ask=False); print(t.can_ask)") as session:
        session.finish()
    assert session.screen == "True\nFalse\n"
    with pytest.raises(AnswerInvalid, match="--no-input") as caught:
        Terminal(may_ask=False).ask("Body site")
    assert "--answers" in caught.value.hint


def test_a_job_in_the_background_cannot_ask(at_terminal: AtTerminal) -> None:
    """Left behind in the background, it fails at once instead of stopping without end."""
    program = (
        "import os\nto_see, its_end = os.pipe()\n"
        "if os.fork():\n    os.wait(); os.close(its_end); os.read(to_see, 1)\n"
        "else:\n    os.setpgid(0, 0); left_by = os.getpid()\n"
        "    if os.fork():\n        os._exit(0)\n"
        "    while os.getppid() == left_by:\n        time.sleep(0.01)\n"
        "    {}\n    sys.stdout.flush()"
    )
    attempt = "    ".join(INVALID.format(ASK).splitlines(keepends=True))
    with at_terminal(program.format(attempt), piped={"stdout"}) as session:
        outcome = session.finish()
    assert outcome.stdout == b"invalid: there is a question to ask, and no terminal to ask it on.\n"


def test_a_kill_at_a_question_ends_it(at_terminal: AtTerminal) -> None:
    """A question does not hold on to a process that is asked to end."""
    with at_terminal(ASK) as session:
        session.expect(": ")
        session.process.send_signal(signal.SIGTERM)
        assert session.finish().status == -signal.SIGTERM


def test_asking_needs_no_rich(at_terminal: AtTerminal) -> None:
    """A question and a plain line cost no import of rich."""
    assert typed(at_terminal, "arm\r", ASK + "; t.say(str('rich' in sys.modules))") == "False"
    assert sys.platform != "win32"
