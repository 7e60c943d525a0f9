"""`dataclass`, frozen or not, with slots or without, made without compiling anything.

The standard library writes and compiles four to six methods for each such class: half a millisecond, and filing one
photo imports a hundred of them, which is a fifth of the whole run. Here the same methods are shared code that looks
the fields up. Fields, defaults, `InitVar`, `replace`, matching, comparison, repr and pickling are as the standard has
them. Making an instance takes about a microsecond more, so what is made by the thousand keeps the standard one, and
so does what somebody asks for its signature.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, InitVar, field
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["InitVar", "dataclass", "field"]

_Fields = Sequence[Field[Any]]
_Setter = Callable[[object, object], None]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
        """Make a class of facts; the fields of a frozen one are set once, when an instance is made."""

        def decorate(cls: type) -> type:
            cls.__doc__ = cls.__doc__ or cls.__name__  # the standard library would work out a signature: 5 ms
            made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            for name, method in _methods(made, is_frozen=frozen, is_positional=not kw_only):
                if name not in cls.__dict__:
                    setattr(made, name, method)
            return made

        return decorate


def _methods(cls: type, *, is_frozen: bool, is_positional: bool) -> Iterator[tuple[str, Callable[..., object] | None]]:
    fields = dataclasses.fields(cls)
    compared = [each.name for each in fields if each.compare]
    shown = [each.name for each in fields if each.repr]

    def show(self: object) -> str:
        return f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: object, other: object) -> bool:
        return _values(self, compared) == _values(other, compared) if other.__class__ is cls else NotImplemented

    yield "__init__", _initialiser(cls, is_positional=is_positional)
    yield "__repr__", show
    yield "__eq__", equal
    if not is_frozen:
        yield "__hash__", None
        return
    yield "__hash__", lambda self: hash(_values(self, compared))
    yield "__setattr__", _refuse
    yield "__delattr__", _refuse
    if "__slots__" in cls.__dict__:  # others are pickled by their dictionary
        setters = [_setter(cls, each.name) for each in fields]
        yield "__getstate__", lambda self: _values(self, [each.name for each in fields])
        yield "__setstate__", lambda self, state: _restore(self, setters, state)


def _restore(instance: object, setters: Sequence[_Setter], state: Sequence[object]) -> None:
    for write, value in zip(setters, state, strict=True):
        write(instance, value)


def _values(instance: object, names: Sequence[str]) -> tuple[object, ...]:
    return tuple([getattr(instance, name) for name in names])


def _setter(cls: type, name: str) -> _Setter:
    """Return what sets a field past the refusal to set any."""
    slot = cls.__dict__.get(name)
    if "__slots__" in cls.__dict__ and slot is not None:
        setter: _Setter = slot.__set__
        return setter
    return lambda self, value: object.__setattr__(self, name, value)


def _initialiser(cls: type, *, is_positional: bool) -> Callable[..., None]:
    fields = {each.name for each in dataclasses.fields(cls)}
    taken = [each for each in _all(cls) if each.name in fields or _is_for_init(each)]
    setters = [(each, _setter(cls, each.name) if each.name in fields else None) for each in taken]
    most = len(taken) if is_positional else 0
    has_more = hasattr(cls, "__post_init__")

    def initialise(self: Any, *values: object, **named: object) -> None:  # noqa: ANN401 - an instance of the class
        if len(values) > most:
            raise TypeError(f"{cls.__name__} takes {most} values by position, not {len(values)}")
        passed_on = []
        for number, (each, write) in enumerate(setters):
            if number < len(values):
                value = values[number]
            else:
                value = named.pop(each.name) if each.name in named else _default(cls, each)
            if write is None:
                passed_on.append(value)
            else:
                write(self, value)
        if named:
            raise TypeError(f"{cls.__name__} takes no {', '.join(named)} beside what it was given")
        if has_more:
            self.__post_init__(*passed_on)

    return initialise


def _all(cls: Any) -> _Fields:  # noqa: ANN401 - a dataclass, of which the types know no such thing
    return list(cls.__dataclass_fields__.values())


def _is_for_init(each: Field[Any]) -> bool:
    """Return whether what is annotated is an `InitVar`, handed on to `__post_init__`, rather than a `ClassVar`."""
    return isinstance(each.type, InitVar) or str(each.type).startswith(("InitVar", "dataclasses.InitVar"))


def _default(cls: type, each: Field[Any]) -> object:
    if each.default is not MISSING:
        return each.default
    if each.default_factory is not MISSING:
        return each.default_factory()
    raise TypeError(f"{cls.__name__} needs {each.name}")


def _refuse(self: object, name: str, *_value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot set {name} of a {type(self).__name__} anew")
