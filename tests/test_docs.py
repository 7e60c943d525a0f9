"""The pages say what is so: every command line parses, every link and path leads somewhere, nothing shown is stale."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imgfile.cli.app import _command
from imgfile.cli.registry import FAMILIES, command_of, with_unsaid
from imgfile.errors import UsageError
from kit import reference_pages
from kit.terminal import session_recorder as recorder
from kit.terminal.session_recorder import BLOCK, pages, settled
from kit.tools import REPOSITORY

README = REPOSITORY / "README.md"
PAGES = [*pages(), *sorted(REPOSITORY.glob("[!R]*.md")), REPOSITORY / "RELEASE.md"]
FENCED = re.compile(r"^ *```(?P<kind>\w*)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
OUR_PATH = re.compile(r"(?:docs|src|tests)/[\w./-]+\.\w+")
PLACEHOLDER = re.compile(r"[A-Z_]{2,}|\[.*\]|…|\.\.\.")
SHOWN = [(block["name"], block["text"]) for page in pages() for block in BLOCK.finditer(page.read_text("utf-8"))]

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())


def command_lines(text: str) -> Iterator[str]:
    """Yield every command line of imgfile's in a page: in fenced blocks, after `$`, and between backticks."""
    for block in FENCED.finditer(text):
        lines = block["text"].replace("\\\n", " ").splitlines()
        if block["kind"] == "sh":
            yield from (line.strip() for line in lines if not line.lstrip().startswith("#"))
        elif block["kind"] == "console":
            yield from (line.removeprefix("$ ") for line in lines if line.startswith("$ "))
    yield from INLINE.findall(FENCED.sub("", text))


def our_commands(line: str) -> Iterator[list[str]]:
    """Cut out of a command line what imgfile is given, each time that it is called."""
    if not re.search(r"(^|\s|/)imgfile\s", line):
        return
    tokens = shlex.shlex(line.replace("\\|", "|"), posix=True, punctuation_chars="|&;<>")  # a table escapes its bars
    tokens.whitespace_split, tokens.commenters = True, ""
    words: list[str] = []
    for token in (*tokens, ";"):
        if set(token) <= set("|&;<>"):
            if words and Path(words[0]).name == "imgfile":
                yield words[1:]
            words = []
        else:
            words.append(token)


@functools.cache
def command_named(name: str) -> Any:  # noqa: ANN401 - a class of Typer's inside
    """Return a command as it is parsed."""
    return _command(name)


def refusal(words: list[str]) -> str:
    """Return why a command line would not parse; nothing when it would."""
    if not words or words[0] in {"--help", "--version"} or PLACEHOLDER.fullmatch(words[0]):
        return ""
    try:
        name = command_of([word for word in words if not PLACEHOLDER.fullmatch(word)])
    except UsageError as error:
        return error.message
    if name in FAMILIES:
        return ""
    command = command_named(name)
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help", "-h"}
    behind = with_unsaid(name, words)[len(name.split()) :]
    given = [word.partition("=")[0] for word in behind if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)]
    return next((f"{name} has no option {option}" for option in given if option not in known), "")


@each_page
def test_every_command_line_parses(page: Path) -> None:
    """What a page tells people to type names commands and options that exist."""
    lines = [words for line in command_lines(page.read_text(encoding="utf-8")) for words in our_commands(line)]
    assert [said for words in lines if (said := refusal(words))] == []


@pytest.mark.parametrize(
    "line", ["imgfile ingets a.jpg", "cat a | imgfile strip --inplace -", "imgfile list --jsn < n"]
)
def test_a_wrong_command_line_is_noticed(line: str) -> None:
    """The check above would see a command or an option that does not exist."""
    (words,) = our_commands(line)
    assert refusal(words)


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    """Links inside the repository name a file, and a heading in it."""
    assert [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Return whether a link's file, and the heading it names, are there. What lies on the web is not looked up."""
    if link.startswith("https://"):
        return True
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_file():
        return False
    headings = HEADING.findall(FENCED.sub("", target.read_text(encoding="utf-8"))) if anchor else []
    return not anchor or anchor in {slug(heading) for heading in headings}


def slug(heading: str) -> str:
    """Write a heading as the anchor that it gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@each_page
def test_every_path_named_exists(page: Path) -> None:
    """A file of ours that a page names is there."""
    named = OUR_PATH.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    assert [path for path in named if not (REPOSITORY / path).is_file() and not (page.parent / path).is_file()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    """No page is an orphan: links lead from the README to each, through others if need be."""
    reached, ahead = set(), [README]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = (link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link)
        found = {(page.parent / name).resolve() for name in links if name.endswith(".md")}
        ahead += [one for one in found - reached if one.is_file()]
    assert set(pages()) <= reached


@pytest.mark.slow
@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_the_reference_pages_are_what_the_code_says(name: str) -> None:
    """No generated page is stale; `PYTHONPATH=tests python -m kit.reference_pages` writes them anew."""
    assert (reference_pages.FOLDER / name).read_text(encoding="utf-8") == reference_pages.PAGES[name]()


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """Record every session once."""
    with recorder.a_desk() as desk:
        return dict(recorder.first_day(desk))


@pytest.mark.slow
def test_every_session_is_shown(said: dict[str, str]) -> None:
    """None is recorded for nobody."""
    assert said.keys() == {name for name, _ in SHOWN}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text"), SHOWN, ids=[name for name, _ in SHOWN])
def test_a_session_shown_is_what_imgfile_says(name: str, text: str, said: dict[str, str]) -> None:
    """No session is stale, but for what no two recordings share.

    `PYTHONPATH=tests python -m kit.terminal.session_recorder` writes them anew.
    """
    assert settled(text) == settled(said[name])


def test_setting_up_takes_exactly_two_commands() -> None:
    """The first installs and shows the main job; the second runs the tests, in words that CI can put coverage into."""
    _, _, section = README.read_text(encoding="utf-8").partition("\n## Set up\n")
    section, _, _ = section.partition("\n## ")
    install, test = [block["text"].strip() for block in FENCED.finditer(section)]
    assert install.count("\n") == test.count("\n") == 0
    assert install.endswith(".venv/bin/imgfile demo")
    assert "-m pytest" in test


def test_make_runs_the_tests_as_the_readme_does() -> None:
    """One test command, wherever it stands."""
    *_, test = FENCED.finditer(README.read_text(encoding="utf-8"))
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert f"\ntest:\n\t{test['text'].strip()}\n" in makefile


@each_page
def test_no_page_speaks_of_the_machine_it_was_written_on(page: Path) -> None:
    """A path that exists on one machine alone helps nobody."""
    assert re.findall(r"/(?:work|root|tmp)/[\w./-]*", page.read_text(encoding="utf-8")) == []
