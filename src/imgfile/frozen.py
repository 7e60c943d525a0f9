"""`dataclass(frozen=True)`, with slots or without, made without compiling anything.

The standard library writes and compiles six methods for each such class: half a millisecond, and filing one photo
imports a hundred of them, which is a fifth of the whole run. Here the same methods are shared code that looks the
fields up. Fields, defaults, `replace`, matching, comparison, repr and pickling are as the standard has them. Making an
instance takes about a microsecond more, so what is made by the thousand keeps the standard one; `InitVar` is not known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, field
from typing import TYPE_CHECKING, Any, Literal, NoReturn

__all__ = ["dataclass", "field"]

_Fields = Sequence[Field[Any]]
_Setter = Callable[[object, object], None]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: Literal[True], slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
        """Make a class of facts: its fields are set once, when an instance is made."""
        if not frozen:
            raise TypeError("only for frozen classes; others take the standard library's")

        def decorate(cls: type) -> type:
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            for name, method in _methods(made, dataclasses.fields(made), is_positional=not kw_only):
                if name not in cls.__dict__:
                    setattr(made, name, method)
            return made

        return decorate


def _methods(cls: type, fields: _Fields, *, is_positional: bool) -> Iterator[tuple[str, Callable[..., object]]]:
    compared = [each.name for each in fields if each.compare]
    shown = [each.name for each in fields if each.repr]
    setters = [(each, _setter(cls, each.name)) for each in fields]

    def show(self: object) -> str:
        return f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: object, other: object) -> bool:
        return _values(self, compared) == _values(other, compared) if other.__class__ is cls else NotImplemented

    def restore(self: object, state: Sequence[object]) -> None:
        for (_, write), value in zip(setters, state, strict=True):
            write(self, value)

    yield "__init__", _initialiser(cls, setters, is_positional=is_positional)
    yield "__repr__", show
    yield "__eq__", equal
    yield "__hash__", lambda self: hash(_values(self, compared))
    yield "__setattr__", _refuse
    yield "__delattr__", _refuse
    if "__slots__" in cls.__dict__:  # others are pickled by their dictionary
        yield "__getstate__", lambda self: _values(self, [each.name for each in fields])
        yield "__setstate__", restore


def _values(instance: object, names: Sequence[str]) -> tuple[object, ...]:
    return tuple([getattr(instance, name) for name in names])


def _setter(cls: type, name: str) -> _Setter:
    """Return what sets a field past the refusal to set any."""
    slot = cls.__dict__.get(name)
    if "__slots__" in cls.__dict__ and slot is not None:
        setter: _Setter = slot.__set__
        return setter
    return lambda self, value: object.__setattr__(self, name, value)


def _initialiser(
    cls: type, setters: Sequence[tuple[Field[Any], _Setter]], *, is_positional: bool
) -> Callable[..., None]:
    most = len(setters) if is_positional else 0
    has_more = hasattr(cls, "__post_init__")

    def initialise(self: Any, *values: object, **named: object) -> None:  # noqa: ANN401 - an instance of the class
        if len(values) > most:
            raise TypeError(f"{cls.__name__} takes {most} values by position, not {len(values)}")
        for (_, write), value in zip(setters, values, strict=False):
            write(self, value)
        for each, write in setters[len(values) :]:
            write(self, named.pop(each.name) if each.name in named else _default(cls, each))
        if named:
            raise TypeError(f"{cls.__name__} takes no {', '.join(named)} beside what it was given")
        if has_more:
            self.__post_init__()

    return initialise


def _default(cls: type, each: Field[Any]) -> object:
    if each.default is not MISSING:
        return each.default
    if each.default_factory is not MISSING:
        return each.default_factory()
    raise TypeError(f"{cls.__name__} needs {each.name}")


def _refuse(self: object, name: str, *_value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot set {name} of a {type(self).__name__} anew")
