"""Collecting problems, and saying those that pydantic finds in our own words."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from simulator.errors import InputError, Problem

P = ParamSpec("P")
T = TypeVar("T")

#: A place in a document: keys, positions in lists (from 0) and tags of unions.
Location = tuple[int | str, ...]


class Report(list[Problem]):
    """Problems found so far, in the order of finding."""

    def add(self, where: str, what: str, rule: str, fix: str) -> None:
        """Add one problem."""
        self.append(Problem(where, what, rule, fix))

    def attempt(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Call a reader; keep its problems and return None if it refuses its input."""
        try:
            return read(*args, **kwargs)
        except InputError as error:
            self.extend(error.problems)
            return None

    def raise_if_any(self) -> None:
        """Raise InputError with everything found."""
        if self:
            raise InputError(self)


def suggest(word: str, valid: Iterable[str]) -> str:
    """Sentence that names the nearest valid word, or some of the valid ones if none is near.

    Examples
    --------
    >>> suggest("padyd", ["paddy", "forest"])
    "Did you mean 'paddy'?"
    """
    words = [str(v) for v in valid]
    lower = {w.lower(): w for w in words}
    near = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {lower[near[0]]!r}?"
    more = f" and {len(words) - 12} more" if len(words) > 12 else ""
    return f"Valid: {', '.join(words[:12])}{more}." if words else "Nothing is valid here."


def rule_broken(rule: str, fix: str) -> PydanticCustomError:
    """Error for validators: a rule of ours and what to do about it."""
    return PydanticCustomError("rule_broken", "{rule}", {"rule": rule, "fix": fix})


def place(location: Location) -> str:
    """Name a place in a document for people, positions counted from 1.

    Examples
    --------
    >>> place(("emission", "paths", 1, "sector"))
    'emission.paths 2, sector'
    """
    text = ""
    after_number = False
    for part in location:
        if part == "[key]":
            continue
        if isinstance(part, int):
            text += f" {part + 1}" if text else f"{part + 1}"
        else:
            text += (", " if after_number else "." if text else "") + part
        after_number = isinstance(part, int)
    return text


def pydantic_problems(
    error: ValidationError, model: type[BaseModel], file_of: Callable[[Location], str]
) -> list[Problem]:
    """Problems of a document that pydantic refused.

    Parameters
    ----------
    error : ValidationError
        What pydantic raised.
    model : type
        The model it raised it for; field descriptions serve as advice.
    file_of : callable
        File that a place of the document stands in.
    """
    errors = error.errors(include_url=False)
    # A list whose items are refused is too short, too: the items say it.
    told = {e["loc"][:-1] for e in errors}
    return [
        _problem(e, model, file_of)
        for e in errors
        if not (e["type"] == "too_short" and e["loc"] in told)
    ]


def _problem(
    error: ErrorDetails, model: type[BaseModel], file_of: Callable[[Location], str]
) -> Problem:
    location, context, kind = error["loc"], error.get("ctx", {}), error["type"]
    key = str(location[-1]) if location else ""
    parent = _descend(model, location[:-1])
    where = f"{file_of(location)}: {place(location)}"
    advice = _description(model, location)
    if kind == "extra_forbidden":
        valid = list(parent.model_fields) if _is_model(parent) else []
        return Problem(
            where, f"unknown key {key!r}", "only the keys of the format may be used",
            suggest(key, valid),
        )  # fmt: skip
    if kind == "missing":
        return Problem(where, "is missing", "it has no default", f"Give {advice or key}.")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tags = [t.strip(" '") for t in context.get("expected_tags", "").split(",") if t]
        tags = tags or _tags(_descend(model, location))
        what = f"kind {context['tag']!r}" if "tag" in context else "kind is missing"
        return Problem(
            where, what, f"kind is one of {', '.join(tags)}", suggest(context.get("tag", ""), tags)
        )
    what = f"found {_short(error['input'])}"
    if kind == "rule_broken":
        return Problem(where, what, context["rule"], context["fix"])
    if kind == "literal_error":
        valid = [v.strip(" '") for v in context["expected"].replace(" or ", ",").split(",")]
        return Problem(
            where, what, f"must be one of {', '.join(valid)}", suggest(str(error["input"]), valid)
        )
    rule = error["msg"].replace("Input should", "must").replace(" should", " must")
    rule = rule.replace("a valid tuple", "a list").replace("Tuple", "the list")
    rule = rule.replace("a valid dictionary or object to extract fields from", "a table")
    rule = rule.replace("a valid dictionary", "a table").replace("String", "the text")
    rule = rule.removesuffix(" after validation, not 0")
    return Problem(where, what, rule, f"Give {advice}." if advice else "Correct the value.")


def _descend(annotation: Any, location: Location) -> Any:
    """Type that stands at a place below `annotation`, None where that cannot be said."""
    for part in location:
        annotation = _step(annotation, part)
    annotated = typing.get_origin(annotation) is typing.Annotated
    return typing.get_args(annotation)[0] if annotated else annotation


def _step(annotation: Any, part: int | str) -> Any:
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return _step(arguments[0], part)
    if _is_model(annotation):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field else None
    if origin in (typing.Union, types.UnionType):
        tagged = [a for a in arguments if _is_model(a) and part in _tags(a)]
        if tagged:
            return tagged[0]
        return next((s for s in (_step(a, part) for a in arguments) if s is not None), None)
    if origin in (tuple, list) and arguments:
        return arguments[0]
    return arguments[1] if origin is dict else None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _tags(annotation: Any) -> list[str]:
    """Values that ``kind`` may have in a model or in the models of a union."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _tags(typing.get_args(annotation)[0])
    if _is_model(annotation):
        field = annotation.model_fields.get("kind")
        return list(typing.get_args(field.annotation)) if field else []
    return [tag for a in typing.get_args(annotation) for tag in _tags(a)]


def _description(model: type[BaseModel], location: Location) -> str:
    """Describe the field at a place, or the nearest one that the place lies in."""
    for n in range(len(location), 0, -1):
        parent = _descend(model, location[: n - 1])
        field = parent.model_fields.get(str(location[n - 1])) if _is_model(parent) else None
        if field is not None:
            return field.description or ""
    return ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
