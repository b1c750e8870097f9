"""The practice model's tables: checked against their schema when they are read, and nothing in them unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from workshop.practice.reading import tables

CODE = Path(tables.__file__).parents[1]


def test_every_pattern_is_named_in_its_module_and_every_name_is_a_pattern() -> None:
    named: dict[str, set[str]] = {}
    for path in CODE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        own = re.search(r'_P = PATTERNS\["(\w+)"\]', text)
        pairs = [(own[1], name) for name in re.findall(r'_P\["(\w+)"\]', text)] if own else []
        for section, name in [*pairs, *re.findall(r'PATTERNS\["(\w+)"\]\["(\w+)"\]', text)]:
            named.setdefault(section, set()).add(name)
    assert named == {section: set(found) for section, found in tables.PATTERNS.items()}


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("rows", 'when = "x"\nsay = "hello"\nsays = "hello"\n'),
        ("rows", 'when = "("\nsay = "hello"\n'),
        ("rows", 'say = "hello"\n'),
    ],
)
def test_a_table_that_does_not_fit_its_schema_is_refused(
    table: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workshop.practice.talking.talk import Talk

    (tmp_path / f"{table}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(tables, "DATA", tmp_path)
    with pytest.raises(ValidationError):
        tables.load(table, Talk)


def test_every_phrase_and_form_of_the_talk_exists() -> None:
    from workshop.practice.talking import fiction
    from workshop.practice.talking.phrases import say
    from workshop.practice.talking.talk import Table

    for row in tables.load("talk", Table).row:
        assert bool(row.say) != bool(row.verse), row.when.pattern
        if row.say:
            assert say(row.say, "en", name="", topic="x", tools="y", **fiction.cast("a fox", ""))
