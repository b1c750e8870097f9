"""Tables in data/*.toml, each checked against its schema when it is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from math import fsum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter

DATA = Path(__file__).parents[1] / "data"
Table = TypeVar("Table")
Words = Annotated[frozenset[str], BeforeValidator(lambda text: text.split())]
"""Words that a table writes as one text."""


class Row(BaseModel):
    """A row of a table: it holds what its schema names and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def load(name: str, schema: type[Table]) -> Table:
    """The table of that name. Raises ValidationError where it does not fit the schema."""
    text = (DATA / f"{name}.toml").read_text(encoding="utf-8")
    return TypeAdapter(schema).validate_python(tomllib.loads(text))


def weighed_by(weights: Mapping[str, float], signs: Iterable[str]) -> float:
    """The sum of what signs weigh by a table of weights, the same in whatever order they come."""
    return round(fsum(weights.get(sign, 0.0) for sign in signs), 6)


def holding(signs: Mapping[str, object]) -> Iterator[str]:
    """The signs that hold."""
    return (sign for sign, holds in signs.items() if holds)


PATTERNS = load("patterns", dict[str, dict[str, re.Pattern[str]]])
"""Patterns that the rules look for, by the module that uses them."""
