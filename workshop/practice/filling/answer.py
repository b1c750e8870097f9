"""Structured answers: a fill whose values may be written, about the question and always valid."""

from __future__ import annotations

import json
from typing import Any

from workshop.practice.conversation import Conversation
from workshop.practice.filling import criteria
from workshop.practice.filling.fill import Filler
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import Field
from workshop.practice.filling.schema import Schema, properties_of, valid
from workshop.practice.filling.write import Writer
from workshop.practice.reading import read
from workshop.practice.reading.numbers import units_of
from workshop.practice.reading.text import WORDS, before, fold, in_words, stem, words
from workshop.practice.research import search
from workshop.practice.steps import steps
from workshop.practice.types import Call, Reply, Search, Text, Tool


def reply(conversation: Conversation) -> Reply | None:
    """The structured answer, None where none is wanted. With web search on offer, the search comes first."""
    request = conversation.request
    if request.output_schema is None:
        return None
    if first := _looked_up_first(conversation):
        return first
    parts: list[Search | Text] = []
    found = None
    if request.web_search and request.tool_choice != "none":
        searched = search.searched(search.search_query(conversation))
        parts += [part for part in searched.parts if isinstance(part, Search)]
        found = next((part for part in searched.parts if isinstance(part, Text)), None)
    schema = request.output_schema.schema
    if request.output_schema.name == "json_object":
        schema = counting(schema, conversation.question)
    value = instance(schema, conversation, found.text if found else "")
    return Reply((*parts, Text(json.dumps(value, ensure_ascii=False))))


def _looked_up_first(conversation: Conversation) -> Reply | None:
    """The call of a tool that reads and has all that it needs: a record is told, not made up."""
    if conversation.done or conversation.request.tool_choice == "none":
        return None
    step = next((s for s in steps(conversation) if not s.missing and s.arguments.spoken), None)
    lead = fold(next(iter(words(step.tool.description)), "")) if step else ""
    if step is None or (step.acts and lead not in WORDS["looks_up"]):
        return None
    return Reply((Call(step.tool.name, step.arguments.calls()[0]),))


def instance(schema: Schema, conversation: Conversation, found: str = "") -> Any:
    """A value that satisfies the schema and speaks about the question. `found` is text found for it."""
    finder = Finder(conversation, material(conversation))
    value = Filler(schema, finder, Writer(finder, found)).value(schema, Field(record=name_of(schema)))
    return value if valid(value, schema) else Filler(schema, None).value(schema, Field())


def counting(schema: Schema, text: str) -> Schema:
    """A schema made of names alone, with numbers for what a text counts: "eight legs", "floor two"."""
    numbers = read(text).quantities
    said = [word for each in numbers for word in (each.word, *words(before(text, each.start))[-1:])]
    beside = {*map(stem, said)}
    units, bare = {each.unit for each in numbers}, any(not each.unit for each in numbers)

    def counts(name: str) -> bool:
        asked = units_of(frozenset({name}))
        return stem(name) in beside or bool(asked & units) or bool(asked and bare and name.endswith("s"))

    named = properties_of(schema)
    plain = [name for name, part in named.items() if part == {"type": "string"}]
    counted = {name: {"type": "number"} for name in plain if counts(name)}
    return {**schema, "properties": {**named, **counted}} if counted else schema


def material(conversation: Conversation) -> str:
    """What a record is read from: the question with those before that were asked more about; for a judge the draft."""
    if conversation.draft and criteria.judges(conversation.instructions):
        return conversation.draft
    said, texts = conversation.said, [conversation.question]
    while len(said) > 1 and said[-1].role == "assistant" and "?" in said[-1].text:
        texts += [said[-2].text] if said[-2].role == "user" else []
        said = said[:-2]
    return "\n".join(reversed(texts))


def name_of(schema: Schema) -> str:
    """What a record is called, in words."""
    return in_words(str(schema.get("title", "")))


def fitted(call: Call, tool: Tool, conversation: Conversation) -> Call:
    """The call with arguments that satisfy a strict tool's schema, as the real service guarantees: what the
    question offers is kept value by value where it fits, and the rest is filled in.
    """
    if valid(call.arguments, tool.parameters):
        return call
    made = instance(tool.parameters, conversation)
    for name, value in call.arguments.items():
        tried = {**made, name: value}
        if valid(tried, tool.parameters):
            made = tried
    return Call(call.name, made)
