"""Is an answer what its type says? The types are those generated from the schemas."""

from functools import cache
from types import NoneType, UnionType
from typing import Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict


def misfit(value: object, expected: object, place: str) -> str | None:
    """The first place that does not fit, in words without any value; None when all of it fits.

    What the type does not name is let through: a newer gateway may say more.
    """
    origin = get_origin(expected)
    if is_typeddict(expected):
        return _misfit_of_object(value, expected, place)
    if origin is NotRequired:
        return misfit(value, get_args(expected)[0], place)
    if origin is list:
        return _misfit_of_list(value, get_args(expected)[0], place)
    if origin is UnionType:
        return _misfit_of_union(value, get_args(expected), place)
    if origin is Literal:
        # True == 1, and neither a list nor an object can be looked up.
        fits = isinstance(value, str | NoneType) and value in get_args(expected)
    elif origin is dict:
        fits = isinstance(value, dict)
    elif expected is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(expected, type) and isinstance(value, expected)
    return None if fits else f"{place} is not {_name(expected)}"


def _misfit_of_object(value: object, expected: object, place: str) -> str | None:
    if not isinstance(value, dict):
        return f"{place} is no object"
    required: frozenset[str] = getattr(expected, "__required_keys__", frozenset())
    for key, each in _fields(expected).items():
        if key in value:
            found = misfit(value[key], each, f"{place}.{key}")
            if found is not None:
                return found
        elif key in required:
            return f"{place} has no {key}"
    return None


@cache
def _fields(expected: object) -> dict[str, object]:
    return get_type_hints(expected)


def _misfit_of_list(value: object, each: object, place: str) -> str | None:
    if not isinstance(value, list):
        return f"{place} is no list"
    return next((found for item in value if (found := misfit(item, each, f"{place}[]")) is not None), None)


def _misfit_of_union(value: object, choices: tuple[object, ...], place: str) -> str | None:
    found = [misfit(value, choice, place) for choice in choices]
    return None if None in found else found[0]


def _name(expected: object) -> str:
    return getattr(expected, "__name__", None) or str(expected).replace("typing.", "")
