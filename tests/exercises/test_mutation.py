"""Each statement of a solution matters: without it a check is red, or the list of survivors says why not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from bench_instance import Bench
from mutation import Mutant, mutants, red_check

NUMBERS = ("01", "02", "03", "04", "05")
ALL = [mutant for number in NUMBERS for mutant in mutants(number)]
SURVIVORS: dict[str, str] = tomllib.loads(Path(__file__).with_name("mutation_survivors.toml").read_text())

pytestmark = pytest.mark.timeout(900)


def test_each_survivor_is_a_statement_and_has_a_reason() -> None:
    assert SURVIVORS.keys() <= {mutant.name for mutant in ALL}
    assert all(len(reason.split()) >= 5 for reason in SURVIVORS.values())


def test_statements_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in ALL}) == len(ALL)
    assert {mutant.source.parts[1][:2] for mutant in ALL} == set(NUMBERS)


def test_a_statement_is_deleted_with_its_decorators_and_its_block() -> None:
    tool = next(mutant for mutant in ALL if mutant.first_line.startswith("async def post_notice(state"))
    text = tool.text()
    assert "read_alerts" in text and "post_notice(" not in text and text.count("@function_tool") == 1


@pytest.mark.xdist_group("exercise-01")
def test_a_deleted_docstring_is_noticed(bench: Bench, tmp_path: Path) -> None:
    docstring = next(mutant for mutant in ALL if mutant.first_line.startswith('"""Read the weather'))
    assert red_check(docstring.source.parts[1], tmp_path, bench.env, docstring) == "01.read"


@pytest.mark.slow
@pytest.mark.parametrize("stage", sorted({mutant.source.parts[1] for mutant in ALL}))
def test_nothing_deleted_nothing_is_red(bench: Bench, tmp_path: Path, stage: str) -> None:
    assert red_check(stage, tmp_path, bench.env) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutant", ALL, ids=lambda mutant: f"{mutant.source.parts[1][:2]}-{mutant.source.stem}-{mutant.start}"
)
def test_each_statement_is_missed_by_a_check(bench: Bench, tmp_path: Path, mutant: Mutant) -> None:
    red = red_check(mutant.source.parts[1], tmp_path, bench.env, mutant)
    if mutant.name in SURVIVORS:
        assert red is None, f"{red} notices it by now: strike it off the list. {mutant.name}"
    else:
        assert red, f"no check notices that this is gone: {mutant.name}"
