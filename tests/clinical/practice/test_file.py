"""A policy as people write it: every problem with its line and key, and nothing that could never hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.policy import FORMAT, MAX_POLICY_BYTES, SETTINGS, Policy, dump, load
from imgfile.clinical.practice import file
from imgfile.clinical.practice.words import WORDS
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.errors import AnswerInvalid

POLICY = Policy(nation=Nation.WALES, intimate_under_18=IntimateUnder18.REFUSE)
TEXT = dump(POLICY).decode()


def problems(text: str | bytes) -> list[str]:
    """Return what is wrong with a file, as it is said."""
    with pytest.raises(AnswerInvalid, match=r"^mine\.toml ") as caught:
        file.read(text if isinstance(text, bytes) else text.encode(), "mine.toml")
    assert "Nothing was changed" in caught.value.hint
    return [f"{each.flag}: {each.message}" for each in caught.value.problems]


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("quarantine_dayz = 3", "line 4, quarantine_dayz: is no setting; did you mean quarantine_days?"),
        ("zeal = 3", "line 4, zeal: is no setting"),
        ("[schemes]\nnhs = true", "line 4, schemes: is no list of at least one"),
        ("schemes = []", "line 4, schemes: is no list of at least one"),
        ('schemes = ["passport"]', "line 4, schemes: is none of nhs, chi, hsc, local"),
        ("schemes = [1]", "line 4, schemes: is none of nhs, chi, hsc, local"),
        ('schemes = ["nhs", "local"]', 'line 4, schemes: has "local" without a pattern: add local_number = "T-####"'),
        ('local_number = "T-####"', 'line 4, local_number: is given, and schemes has no "local": add it'),
        ('\n"local_number" = "(a+)+"', "line 5, local_number: cannot be read from its character 1 on"),
        ("quarantine_days = 0", "line 4, quarantine_days: is no number from 1 to 28"),
        ("quarantine_days = 29", "line 4, quarantine_days: is no number from 1 to 28"),
        ("quarantine_days = true", "line 4, quarantine_days: is no number from 1 to 28"),
        ("min_rationale_characters = 19", "line 4, min_rationale_characters: is no number from 20 to 400"),
        ("min_rationale_characters = 401", "line 4, min_rationale_characters: is no number from 20 to 400"),
        ('allows_oral_teaching = "yes"', "line 4, allows_oral_teaching: is neither true nor false"),
        ('who_may_ask = "anybody"', "line 4, who_may_ask: is none of roster_and_stated, roster, listed"),
        ('who_may_ask = "listed"', 'line 4, who_may_ask: is "listed", and may_ask lists nobody'),
        ('may_ask = ["Dr B"]', 'line 4, may_ask: counts only with who_may_ask = "listed"'),
        ('may_ask = ["Dr B", "dr b"]', "line 4, may_ask: lists one thing twice"),
        ('attester_roles = ["porter"]', "line 4, attester_roles: is none of doctor, nurse"),
        ('safeguarding_contact = " "', "line 4, safeguarding_contact: is empty"),
        (f'safeguarding_contact = "{"x" * 401}"', "line 4, safeguarding_contact: is longer than 400 characters"),
        ('safeguarding_contact = "Dr C\\u202e"', "line 4, safeguarding_contact: has a character that cannot be seen"),
        ('rationale_phrases = ["2 weeks of"]', "line 4, rationale_phrases: has a phrase that begins with a digit"),
        ('rationale_phrases = ["as 943 476 5870"]', "line 4, rationale_phrases: has a phrase with a patient's number"),
        (f"rationale_phrases = {[f'a{n}' for n in range(10)]}", "line 4, rationale_phrases: lists more than 9"),
        (f'rationale_phrases = ["{"x" * 121}"]', "line 4, rationale_phrases: has a line of more than 120 characters"),
        ('intimate_sites = ["..."]', "line 4, intimate_sites: has something that names no body site"),
        ('intimate_sites = ["a b c d e f g hh"]', "line 4, intimate_sites: has a site of more than 6 words"),
        ('ordinary_sites = ["left breast"]', "line 4, ordinary_sites: has a site that counts as intimate, or is like"),
        ('ordinary_sites = ["brest"]', "line 4, ordinary_sites: has a site that counts as intimate, or is like"),
        ('ordinary_sites = ["inner thigh"]', "line 4, ordinary_sites: has a site that counts as intimate, or is like"),
        ('intimate_sites = ["scalp"]\nordinary_sites = ["scalp"]', "line 5, ordinary_sites: has a site that counts"),
        ("x = 1 2", "line 4: is not TOML"),
        ('nation = "wales"', "line 4: is not TOML"),
        ("x = " + "[" * 5000, "the file: is not TOML"),
    ],
)  # fmt: skip
def test_each_problem_is_named_with_its_line_and_key(added: str, said: str) -> None:
    """The lines before it are valid."""
    (found,) = problems(f"{TEXT}{added}\n".replace("the file: ", ""))
    assert found.startswith(said), found


def test_all_problems_are_named_at_once() -> None:
    """Missing ones without a line."""
    assert problems('format = 9\nnation = "atlantis"\n') == [
        f"line 1, format: is of a newer imgfile than this, which knows {FORMAT}: update imgfile on this computer",
        "line 2, nation: is none of england, wales, scotland, northern_ireland",
        "intimate_under_18: is missing",
    ]
    assert problems(TEXT.replace("format = 1", "format = true")) == ["line 1, format: is no number; it may be left out"]
    assert problems(b"\xff") == problems(b"#" * (MAX_POLICY_BYTES + 1)) == []


def test_the_format_may_be_left_out_and_a_byte_order_mark_stands() -> None:
    """As a text editor of Windows saves it."""
    assert file.read(b"\xef\xbb\xbf" + TEXT.partition("\n")[2].replace("\n", "\r\n").encode()) == POLICY


def test_the_file_to_begin_from_is_the_policy_and_has_a_valid_example_of_every_setting() -> None:
    """With every # taken away it is a policy too, but for what counts only together with another."""
    text = file.template(POLICY)
    assert file.read(text.encode()) == POLICY
    assert SETTINGS.keys() == WORDS.keys()
    for key, words in WORDS.items():
        assert f"\n{key} = " in text or f"\n# {key} = " in text
        assert SETTINGS[key].read(words.example) != SETTINGS[key].default, key
    everything = "\n".join(line.removeprefix("# ") if " = " in line and line[2:].split(" = ")[0] in SETTINGS else line
                           for line in text.splitlines()).replace('"roster"', '"listed"')  # fmt: skip
    written = file.read(everything.encode())
    assert {key for key in SETTINGS if getattr(written, key) == getattr(POLICY, key)} == {"nation", "intimate_under_18"}
    assert load(dump(written)) == written
    assert file.read(file.template(written).encode()) == written


VALUES = st.sampled_from(["1", '"x"', "[]", '["x"]', "true", "{}", "1979-05-27", "[[1]]"])
LINES = st.tuples(st.sampled_from(list(SETTINGS)), VALUES).map(" = ".join)


@given(st.text(max_size=100) | LINES)
def test_any_text_is_a_policy_or_a_list_of_problems(text: str) -> None:
    """Whatever it is, and what is taken can be stored."""
    try:
        policy = file.read(f"{TEXT}{text}\n".encode("utf-8", "surrogatepass"))
    except AnswerInvalid:
        return
    assert load(dump(policy)) == policy
