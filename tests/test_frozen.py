"""Classes made without compiling behave as the standard library's: every case is asked of both."""

from __future__ import annotations

import copy
import dataclasses
import functools
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from imgfile import frozen

Made = dict[str, Any]


def _classes(dataclass: Callable[..., Any]) -> Made:
    @dataclass(frozen=True, slots=True)
    class Plain:
        first: int
        second: str = dataclasses.field(repr=False)
        third: tuple[int, ...] = ()
        fourth: list[int] = dataclasses.field(default_factory=list, compare=False)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named:
        first: int
        second: str = ""

    @dataclass(frozen=True, slots=True)
    class Judged:
        first: int

        def __post_init__(self) -> None:
            if self.first < 0:
                raise ValueError("negative")

        def __repr__(self) -> str:
            return "Judged(***)"

    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    @dataclass(frozen=True)
    class Open:
        first: int
        second: str = dataclasses.field(default="", repr=False)

        @functools.cached_property
        def third(self) -> int:
            return self.first + 1

    @dataclass(frozen=True, slots=True)
    class Handed:
        first: int
        second: dataclasses.InitVar[int] = 1
        third: str = ""
        shared: ClassVar[int] = 7

        def __post_init__(self, second: int) -> None:
            if second < 0:
                raise ValueError("negative")

    @dataclass()
    class Growing:
        first: int
        second: list[int] = dataclasses.field(default_factory=list)

    @dataclass(slots=True)
    class Slotted:
        first: int = 0

    classes = Plain, Named, Judged, Empty, Open, Handed, Growing, Slotted
    return {cls.__name__: cls for cls in classes}


def _changed(instance: Any) -> object:  # noqa: ANN401 - of either make
    instance.first = 9
    return instance


OURS, STANDARD = _classes(frozen.dataclass), _classes(dataclasses.dataclass)

CASES: dict[str, Callable[[Made], object]] = {
    "by position": lambda made: made["Plain"](1, "a", (2,), [3]),
    "by name": lambda made: made["Plain"](second="a", first=1),
    "mixed": lambda made: made["Plain"](1, second="a"),
    "a value is missing": lambda made: made["Plain"](1),
    "a value too many": lambda made: made["Plain"](1, "a", (), [], 5),
    "a value twice": lambda made: made["Plain"](1, "a", first=2),
    "a name that is unknown": lambda made: made["Plain"](1, "a", fifth=2),
    "only by name": lambda made: made["Named"](first=1),
    "only by name, given by position": lambda made: made["Named"](1),
    "refused by the class": lambda made: made["Judged"](-1),
    "a repr of its own": lambda made: made["Judged"](1),
    "without fields": lambda made: made["Empty"](),
    "equal": lambda made: made["Plain"](1, "a", (), [1]) == made["Plain"](1, "a", (), [2]),
    "unequal": lambda made: made["Plain"](1, "a") == made["Plain"](1, "b"),
    "of another class": lambda made: made["Plain"](1, "a") == made["Judged"](1),
    "beside a tuple": lambda made: made["Judged"](1) == (1,),
    "in a set": lambda made: len({made["Judged"](1), made["Judged"](1), made["Judged"](2)}),
    "hash": lambda made: hash(made["Plain"](1, "a", (2,), [3])),
    "not to be hashed": lambda made: hash(made["Plain"](1, "a", [2])),
    "setting a field": lambda made: setattr(made["Judged"](1), "first", 2),
    "deleting a field": lambda made: delattr(made["Judged"](1), "first"),
    "a factory's list is each one's own": lambda made: made["Plain"](1, "a").fourth is made["Plain"](1, "a").fourth,
    "replaced": lambda made: dataclasses.replace(made["Plain"](1, "a"), second="b"),
    "replaced by what is refused": lambda made: dataclasses.replace(made["Judged"](1), first=-1),
    "copied": lambda made: copy.copy(made["Plain"](1, "a", (2,), [3])),
    "copied deeply": lambda made: copy.deepcopy(made["Plain"](1, "a", (2,), [3])),
    "as a dictionary": lambda made: dataclasses.asdict(made["Plain"](1, "a", (2,), [3])),
    "what matches": lambda made: made["Plain"].__match_args__,
    "the fields": lambda made: [each.name for each in dataclasses.fields(made["Plain"])],
    "without slots": lambda made: (made["Open"](1).third, made["Open"](1), made["Open"](1) == made["Open"](1, "a")),
    "setting a field without slots": lambda made: setattr(made["Open"](1), "first", 2),
    "setting another name without slots": lambda made: setattr(made["Open"](1), "other", 2),
    "replaced without slots": lambda made: dataclasses.replace(made["Open"](1, "a"), first=2).second,
    "copied without slots": lambda made: copy.copy(made["Open"](1, "a")),
    "handed on": lambda made: made["Handed"](1, 2, "a"),
    "handed on by name": lambda made: made["Handed"](1, second=2, third="a"),
    "handed on by default": lambda made: made["Handed"](1),
    "handed on and refused": lambda made: made["Handed"](1, -1),
    "what is handed on is no field": lambda made: [each.name for each in dataclasses.fields(made["Handed"])],
    "replaced beside what was handed on": lambda made: dataclasses.replace(made["Handed"](1, 2, "a"), first=3),
    "what all share": lambda made: made["Handed"](1).shared,
    "what all share is not given": lambda made: made["Handed"](1, shared=2),
    "changed": lambda made: _changed(made["Growing"](1, [2])),
    "changed, with slots": lambda made: _changed(made["Slotted"](1)),
    "another name, with slots": lambda made: setattr(made["Slotted"](), "other", 2),
    "a list of each one's own, which grows": lambda made: made["Growing"](1).second is made["Growing"](1).second,
    "what may change is equal": lambda made: made["Growing"](1) == made["Growing"](1),
    "what may change is not to be hashed": lambda made: hash(made["Growing"](1)),
    "what may change is copied": lambda made: (copy.copy(made["Growing"](1)), copy.copy(made["Slotted"](3))),
    "without a dictionary": lambda made: hasattr(made["Plain"](1, "a"), "__dict__"),
}


def _outcome(case: Callable[[Made], object], made: Made) -> object:
    try:
        return repr(case(made))
    except Exception as error:  # noqa: BLE001 - whatever the standard raises is what is expected
        return type(error)


@pytest.mark.parametrize("name", CASES)
def test_it_behaves_as_the_standard_librarys(name: str) -> None:
    """The same result, or the same kind of error."""
    assert _outcome(CASES[name], OURS) == _outcome(CASES[name], STANDARD)


@dataclasses.dataclass(frozen=True, slots=True)
class _Standard:
    first: int
    second: str = dataclasses.field(default="", repr=False)


@frozen.dataclass(frozen=True, slots=True)
class _Ours:
    first: int
    second: str = frozen.field(default="", repr=False)


def test_an_instance_survives_pickling() -> None:
    """Another process gets it whole, and frozen as it was."""
    given = pickle.loads(pickle.dumps(_Ours(1, "a")))  # noqa: S301 - made a moment ago
    assert given == _Ours(1, "a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        given.first = 2


def test_it_is_matched_by_position() -> None:
    """As `match` statements all over the package do."""
    match _Ours(1, "a"):
        case _Ours(first, second):
            assert (first, second) == (1, "a")


def test_no_other_name_can_be_set() -> None:
    """The standard refuses that too, with another error."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        _Ours(1).other = 2  # type: ignore[attr-defined]


@pytest.mark.slow
def test_filing_a_photo_compiles_hardly_any_class() -> None:
    """What a photo's path imports is made by `frozen`: else every command starts half a millisecond later a class."""
    count = (
        "import dataclasses, sys\n"
        "made, real = [], dataclasses._process_class\n"
        "def noted(cls, init, *rest, **more):\n"
        "    made.extend([cls.__module__] if init and cls.__module__.startswith('imgfile') else [])\n"
        "    return real(cls, init, *rest, **more)\n"
        "dataclasses._process_class = noted\n"
        "import imgfile.cli.commands.ingest, imgfile.acts.erasure.sources\n"
        "import imgfile.vault.records.commit, imgfile.images.formats.jpeg.strip\n"
        "print(len(made), *sorted(set(made)))\n"
    )
    printed = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True).stdout
    assert int(printed.split()[0]) <= 2, printed
