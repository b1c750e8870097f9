"""Exercise 04, executed: every check red on the untouched exercise and on each wrong answer, green on the
solution.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_instance import Bench
from exercise_notebooks import Exercise, cells, checking, execute, part

from workshop.checks.exercises.stage04 import OTHERS, SENTENCES
from workshop.practice.reading.language import NAMES, OTHER, detect

EXERCISE = Exercise("04_agent_routing")
CHECKS = EXERCISE.checks
QUICK = [
    "04.fourth-not_in_the_list",
    "04.others-in_place_of_another",
    "04.guard-any_at_sign",
    "04.words-hides_all",
]
"""One wrong answer for each check that needs no kill. The others wait out time-outs or repeat, and are marked
slow.
"""

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("exercise-04")]


def test_untouched_it_runs_to_its_end_and_each_check_says_what_is_missing(bench: Bench) -> None:
    EXERCISE.see_untouched(bench)


def test_solved_every_check_is_green(bench: Bench) -> None:
    EXERCISE.see_solved(bench)


@pytest.mark.slow
def test_solved_a_second_time_out_of_order_after_a_kernel_restart_and_beside_an_open_lesson(
    bench: Bench, tmp_path: Path
) -> None:
    solved = cells(EXERCISE.solution)
    first = [*part(solved, "from workshop.lab", "%%writefile"), *part(solved, "from uuid")]
    EXERCISE.see_solved_again(bench, tmp_path, first, EXERCISE.open_lesson())


def test_one_wrong_answer_for_each_check_that_needs_no_kill(bench: Bench, tmp_path: Path) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.quick_ones(QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_each_wrong_answer_is_red_for_its_reason(bench: Bench, tmp_path: Path, name: str) -> None:
    EXERCISE.try_wrong_answers(bench, tmp_path, EXERCISE.wrong_answers(name))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["Italian", "Japanese"])
def test_another_language_is_as_good(bench: Bench, tmp_path: Path, language: str) -> None:
    solved = cells(EXERCISE.solution)
    files = part(solved, "%%writefile")
    for cell in files:
        cell.source = cell.source.replace("German", language)
    found = execute(
        bench,
        tmp_path,
        [*part(solved, "from workshop.lab"), *files, checking("04.fourth"), checking("04.others")],
    )
    assert [result["passed"] for result in found] == [True, True], found


def test_the_practice_model_knows_the_languages_that_the_check_asks_in() -> None:
    codes = {names[0]: code for code, names in NAMES.items()}
    asked = {sentence: codes[language] for language, sentences in SENTENCES.items() for sentence in sentences}
    asked |= {sentence: codes[agent.removesuffix(" Agent")] for sentence, agent in list(OTHERS.items())[:3]}
    asked |= dict.fromkeys(list(OTHERS)[3:], OTHER)
    assert {sentence: detect(sentence) for sentence in asked} == asked
