"""Questions become options, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer

from imgfile.cli import main
from imgfile.cli.options import JsonOption
from imgfile.cli.question_options import with_question_flags
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.questions import QUESTIONS as CLINICAL_QUESTIONS
from imgfile.clinical.vocabulary import Provenance
from imgfile.terminal import Terminal

Plant = Callable[..., None]
Captured = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Question:
    """As much of a question as an option needs."""

    slug: str
    flag: str
    help: str
    is_switch: bool = False


QUESTIONS = (
    Question("patient", "--patient", "The patient's number."),
    Question("body_site", "--body-site", "Where on the body."),
    Question("intimate", "--intimate", "Whether it is intimate.", is_switch=True),
    Question("json", "--json-site", "A slug that is also a parameter's name."),
)


@pytest.fixture
def received(plant: Plant) -> list[dict[str, object]]:
    """Plant `files`, a command with arguments, options, a context and questions; return what its calls received."""
    calls: list[dict[str, object]] = []

    @with_question_flags(QUESTIONS)
    def files(
        context: typer.Context,
        sources: Annotated[list[Path], typer.Argument()],
        answers: dict[str, Given],
        *,
        json: JsonOption = False,
    ) -> int:
        """File photos."""
        source = context.get_parameter_source("answer_patient")
        calls.append({"sources": sources, "json": json, "answers": answers, "source": source and source.name})
        return len(answers)

    plant(files)
    return calls


def test_given_flags_arrive_as_answers(received: list[dict[str, object]]) -> None:
    """Only what was given is there, by slug, exactly as typed; the function's own parameters are its own."""
    status = main(["files", "a.jpg", "--patient", " 999 000 0018", "b.jpg", "--json", "--json-site", ""])
    assert received == [
        {
            "sources": [Path("a.jpg"), Path("b.jpg")],
            "json": True,
            "answers": {"patient": Given(" 999 000 0018", Provenance.FLAG), "json": Given("", Provenance.FLAG)},
            "source": "COMMANDLINE",
        }
    ]
    assert status == 2


def test_no_flags_are_no_answers(received: list[dict[str, object]]) -> None:
    """What is not given is not there, so it is asked for, never assumed."""
    assert main(["files", "a.jpg"]) == 0
    assert received[0]["answers"] == {}


def test_an_answer_never_comes_from_the_environment(
    received: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable left over from the patient before would be filed with this photo."""
    for name in ("PATIENT", "IMGFILE_PATIENT", "IMGFILE_FILES_PATIENT", "IMGFILE_ANSWER_PATIENT"):
        monkeypatch.setenv(name, "9990000018")
    main(["files", "a.jpg"])
    assert received[0]["answers"] == {}


def test_a_flag_given_twice_is_refused(received: list[dict[str, object]], capfd: Captured) -> None:
    """Of two patients' numbers, neither wins by standing last, and neither is repeated."""
    assert main(["files", "a.jpg", "--patient", "9990000018", "--patient", "9990000026"]) == 2
    assert capfd.readouterr().err.startswith("imgfile: error: --patient is answered 2 times.\n")
    assert not received


@pytest.mark.usefixtures("received")
def test_the_help_page_lists_the_questions(capfd: Captured) -> None:
    """Every question has its flag and its line, in a section of their own; the docstring stays."""
    assert main(["files", "--help"]) == 0
    page = capfd.readouterr().out
    answers = page[page.index("Answers ") :]
    for question in QUESTIONS:
        assert question.flag in answers
        assert question.help in answers
    assert "File photos." in page


def test_a_function_without_a_context_works_too(plant: Plant, capfd: Captured) -> None:
    """Nothing but `answers` is asked of a function."""

    @with_question_flags(QUESTIONS)
    def bare(answers: dict[str, Given]) -> None:
        Terminal().data({slug: given.text for slug, given in answers.items()})

    plant(bare)
    assert main(["bare", "--body-site", "left shoulder"]) == 0
    assert capfd.readouterr().out == '{"body_site": "left shoulder"}\n'


@pytest.mark.parametrize(("flag", "text"), [("--intimate", "yes"), ("--no-intimate", "no")])
def test_a_switch_is_yes_or_no(received: list[dict[str, object]], flag: str, text: str) -> None:
    """A question of yes or no has a flag for each."""
    assert main(["files", "a.jpg", flag]) == 1
    assert received[0]["answers"] == {"intimate": Given(text, Provenance.FLAG)}


def test_a_switch_that_is_thrown_both_ways_is_refused(received: list[dict[str, object]], capfd: Captured) -> None:
    """A contradiction is nobody's answer."""
    assert main(["files", "a.jpg", "--no-intimate", "--intimate"]) == 2
    assert capfd.readouterr().err.startswith("imgfile: error: --intimate is answered 2 times.\n")
    assert not received


def test_every_clinical_question_has_its_flag(plant: Plant, capfd: Captured) -> None:
    """The real questions make a command whose help page shows them all."""

    @with_question_flags(CLINICAL_QUESTIONS.values())
    def real(answers: dict[str, Given]) -> None:
        Terminal().data({slug: given.text for slug, given in answers.items()})

    plant(real)
    assert main(["real", "--help"]) == 0
    page = capfd.readouterr().out
    for question in CLINICAL_QUESTIONS.values():
        assert question.flag in page
        texts = [] if question.is_switch else ["x"]
        assert main(["real", question.flag, *texts]) == 0
        assert question.slug in capfd.readouterr().out
