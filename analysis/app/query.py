"""What a request may ask, checked; what is wrong is said in words."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from simulator.errors import InputError, Problem
from simulator.problems import Location, pydantic_problems

#: Longest body of a POST. [bytes]
_LONGEST: Final = 65536

Model = TypeVar("Model", bound=BaseModel)
Index = Annotated[int, Field(ge=0, le=10**6)]
Year = Annotated[int, Field(ge=0, le=9999)]
Word = Annotated[str, Field(max_length=200)]


class MetalYear(BaseModel):
    """A metal in a year; where they are left out, the first metal and the last recorded year."""

    metal: Word = Field("", description="the symbol of a metal")
    year: Year | None = Field(None, description="a recorded year")


class MapQuery(MetalYear):
    """A map: which layer, metal, depth and year, and which run it is held against."""

    layer: Word = Field("content", description="the key of a layer")
    depth: Index = Field(0, description="the number of a soil layer, 0 on top")
    beside: Word = Field("", alias="with", description="a run that shares the scale")
    other: Word = Field("", description="a run whose difference from this one is shown")
    difference: bool = Field(False, description="1 or 0")


class Place(BaseModel):
    """A cell."""

    row: Index = Field(description="the row of a cell, 0 in the north")
    col: Index = Field(description="the column of a cell, 0 in the west")


class ValueQuery(MapQuery, Place):
    """The value of a map in a cell."""


class CellQuery(MetalYear, Place):
    """What a click on a cell shows."""

    depth: Index = Field(0, description="the number of a soil layer, 0 on top")
    since: Year | None = Field(None, description="the first year of the waterfall")


class PointQuery(BaseModel):
    """A point of the map."""

    x: float = Field(allow_inf_nan=False, description="columns from the western edge")
    y: float = Field(allow_inf_nan=False, description="rows from the northern edge")


class ChanceQuery(MetalYear):
    """A map of an experiment."""

    option: Word = Field("", description="an option of the experiment")


class ChanceValueQuery(ChanceQuery, Place):
    """The chance in a cell."""


class LibraryQuery(BaseModel):
    """What can be tried with a run."""

    run: Word = Field("", description="the name of a run")
    at: Year | None = Field(None, description="the year of the branch")


class Body(BaseModel):
    """What is posted: nothing unknown may be in it."""

    model_config = ConfigDict(extra="forbid")


def asked(model: type[Model], request: Request) -> Model:
    """Query of a request, checked.

    Raises
    ------
    InputError
        In words, for each parameter that is wrong.
    """
    return checked(model, dict(request.query_params), "the address")


async def posted(model: type[Model], request: Request) -> Model:
    """Body of a request, checked.

    Raises
    ------
    InputError
        In words, for each key that is wrong, or if the body is no JSON or too long.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST:
            raise InputError(
                Problem(
                    "the request", "is too long", f"at most {_LONGEST} bytes may be sent",
                    "Send less.",
                )
            )  # fmt: skip
    try:
        return model.model_validate_json(bytes(body) or b"{}")
    except ValidationError as error:
        raise _in_words(error, model, "the request") from error


def checked(model: type[Model], values: dict[str, Any], name: str) -> Model:
    """Values as a model.

    Parameters
    ----------
    name : str
        What the values stand in, for messages.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _in_words(error, model, name) from error


def _in_words(error: ValidationError, model: type[BaseModel], name: str) -> InputError:
    def file_of(_: Location) -> str:
        return name

    return InputError(pydantic_problems(error, model, file_of))
