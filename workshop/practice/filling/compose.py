"""Texts of the model's own in a structured answer: reasons, plans, questions, reports, titles, list lengths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from workshop.practice import answers
from workshop.practice.filling import criteria, matter, truth
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import Field
from workshop.practice.reading import read
from workshop.practice.reading.language import languages_named
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, capital, fold, shorten, stem, stems, words
from workshop.practice.research import brief, domains, judge, plan, report, subjects
from workshop.practice.talking import drafts, facts, stories
from workshop.practice.talking.phrases import say

_SENTENCE = 5
"""Words of what is no heading."""
_GOOD = frozenset(map(stem, WORDS["good"]))
_P = PATTERNS["compose"]


def plans(field: Field) -> bool:
    """Whether the field is a plan of steps or searches."""
    return field.named(*WORDS["plans"])


class Composer:
    """The question and what belongs to it, written up field by field."""

    def __init__(self, finder: Finder, material: str) -> None:
        self._finder = finder
        self._conversation = finder.conversation
        self._reading = finder.reading
        self._material = material
        self._made: Mapping[str, Any] = {}
        self.reads = False
        """Whether the text states what several fields ask for."""
        asked = brief.brief(finder.conversation)
        self._brief = replace(asked, notes=(*asked.notes, *(brief.notes_in(material) if material else ())))

    # What the texts draw on, each made when first asked for.

    @cached_property
    def _report(self) -> report.Report:
        return report.write(self._brief)

    @cached_property
    def _plan(self) -> list[plan.Planned]:
        return plan.plan(self._brief, 24)

    @cached_property
    def _questions(self) -> list[str]:
        return plan.clarifying_questions(self._brief.query)

    @cached_property
    def _told(self) -> str | None:
        return answers.from_tools(self._conversation)

    @cached_property
    def findings(self) -> Sequence[str]:
        """Sentences about the question: from tools, from what was found, from the text itself."""
        listed = [*(self._told or "").splitlines(), *read(_P["links"].sub("", self._material)).sentences]
        own = self._reading.sentences
        return listed or [note.text for note in self._brief.notes] or (own if len(own) > 2 else [])

    @property
    def extracts(self) -> bool:
        """Whether the text is material to read from, rather than a question."""
        told = fold(f"{self._conversation.instructions} {self._reading.text}")
        return self.reads or bool(_P["reads"].search(told))

    @property
    def researches(self) -> bool:
        """Whether the text is an order for research, and no material of a record."""
        own = self._reading.text.lstrip().startswith(self._brief.query)
        return not own or bool(self._brief.answers or self._brief.notes or self._brief.searched)

    # Texts.

    @cached_property
    def computed(self) -> stories.Steps:
        """The way to the value that the text asks for."""
        return stories.steps_of(self._reading.text)

    def text(self, field: Field) -> str:
        """A text of the model's own; empty where the field's name asks for none."""
        if self.computed and "step" in {stem(field.owner), *field.roots}:
            done, comes = self.computed[(field.index or 0) % len(self.computed)]
            if field.named("step"):
                return f"{done.rstrip('.')}: {comes}"
            return comes if field.named("output", "result", "value", "answer", "equation") else done
        searched = plans(field) or (field.named("query", "search", "term") and plans(Field(field.owner)))
        read = self.reads or self._finder.part or field.named("reason", "reasoning", "why")
        if searched and not read:
            return self._planned(field).query
        if field.named(*WORDS["wrong"]) and (said := self._wrong(field)):
            return said
        if not self.checked and field.index is None and matter.is_matter(field):
            return self._summary(field) if field.named("summary") else self._reason(field)
        write = next((write for names, write in _WRITERS if field.named(*names.split())), None)
        return write(self, field) if write else ""

    def anything(self, field: Field) -> str:
        """What can be said of the topic, where a text is to be written; material that says nothing of a field."""
        if self.extracts or self._finder.part or self._conversation.functions or not self._brief.topic:
            return self.not_stated
        return _nth(self.findings, field) or self._brief.topic

    @cached_property
    def checked(self) -> list[criteria.Finding]:
        """What became of each criterion, where the instructions are a judge's."""
        own = self._conversation
        if not criteria.judges(own.instructions):
            return []
        if audited := criteria.audited(brief.payload(own.question)):
            return audited
        found = criteria.findings(own.instructions, own.draft or own.question, fields=self._made)
        if own.draft and not found:
            found = criteria.against_order([own.question, *own.earlier][-1], own.draft)
        good = all(each.met for each in found)
        said = [own.question, *own.earlier, *own.own]
        return found + (criteria.of_first_try(own.instructions, said) if good else [])

    def check_again(self, made: Mapping[str, Any]) -> None:
        """Check the criteria again, by what the text says for the fields of a record."""
        self._made = made
        vars(self).pop("checked", None)

    @property
    def passes(self) -> bool | None:
        """Whether every criterion is met; None where the instructions state none."""
        return all(each.met for each in self.checked) if self.checked else None

    def verdict(self, field: Field) -> judge.Verdict:
        """Yes or no, with what speaks for it: what the text says of a field by its name comes before a judgement."""
        own, said = self._judged(field), truth.said(field, self._reading.text)
        if said is None and not (
            field.booleans or self.checked or field.named(*WORDS["good"], *WORDS["rule"])
        ):
            return judge.Verdict(False, "The text says nothing of it.")  # a fact, and no judgement
        if said is None or said == own.value:
            return own
        does = "says" if said else "denies"
        return judge.Verdict(said, f"The text {does} it: “{shorten(self._reading.text, 80)}”.")

    def _judged(self, field: Field) -> judge.Verdict:
        good, bad = (bool(field.roots & {stem(word) for word in WORDS[kind]}) for kind in ("good", "rule"))
        own = self.checked if good or bad else []
        if not (own or self._finder.part):
            own = criteria.of_field(field, self._conversation.question, general=good or bad)
        if own:
            met = all(each.met for each in own)
            return judge.Verdict(met, criteria.feedback(own)).turned(bad and not good)
        text = self._reading.text
        if self._brief.answers:
            text = " ".join([self._brief.query, *self._brief.wishes, *(a for _, a in self._brief.answers)])
        said = judge.verdict(field.name, field.description, self._conversation.instructions, text)
        plain = not (said.value or good or bad or self.checked)
        shown = truth.truth(field, text) if plain else None
        return judge.told(field.name, text[shown.start : shown.end]) if shown and shown.value else said

    def steps(self, field: Field) -> list[str]:
        """The errands that a text lists."""
        text = self._reading.text
        return drafts.errands(text) if field.named("plan", "step", "task", "todo", "action") else []

    @property
    def jokes(self) -> list[str]:
        """The jokes that the question orders."""
        from workshop.practice.talking import talk

        return [] if self.extracts else talk.jokes(self._conversation)

    @property
    def not_stated(self) -> str:
        """What is said of a thing that the text does not say."""
        return {"fr": "non précisé", "es": "no indicado"}.get(self._conversation.reply_language, "not stated")

    def _planned(self, field: Field) -> plan.Planned:
        return self._plan[(field.index or 0) % len(self._plan)]

    def _reason(self, field: Field) -> str:
        if plans(Field(field.owner)):
            return self._planned(field).reason
        if self.checked:
            return criteria.feedback(self.checked)
        if field.booleans and not matter.asks_matter(field):
            return self.verdict(replace(field, name=field.booleans[0])).reason
        said = matter.matter(self._reading.text)
        if said.endswith("?"):  # what is told with a question is the reason for an answer
            said = " ".join(each for each in self._reading.sentences if not each.endswith("?")) or said
        return said or matter.about(self._reading.text) or self.not_stated

    def _wrong(self, field: Field) -> str:
        """What is wrong; that nothing is, where a judge says so in the field beside."""
        good = any(v is True and all_stems(n) & _GOOD for n, v in field.beside.items())
        fine = good and field.index is None and criteria.judges(self._conversation.instructions)
        said = criteria.wrong(self.checked, field.index)
        return said or (say("nothing_wrong", self._conversation.reply_language) if fine else "")

    def _topic(self, field: Field) -> str:
        own = "" if self._finder.part else " — ".join([self._brief.query, *self._brief.wishes])
        return (field.named("topic", "subject") and matter.about(self._reading.text)) or own

    def _order(self, field: Field) -> str:
        return "\n- ".join([f"Research the following: {self._brief.query}", *self._brief.wishes])

    def _summary(self, field: Field) -> str:
        own, text, asked = self._reading.sentences, self._reading.text, self._brief
        found = self._told or asked.notes or asked.searched
        sentence = len(text.split()) > _SENTENCE and text.rstrip().endswith((".", "!"))
        unknown = (sentence or not subjects.named(asked.query)) and not asked.answers
        if unknown and not found and len(own) < 3:
            return matter.matter(text, whole=True) or text
        if found or len(own) < 3:
            return self._told or self._report.summary
        best = sorted(range(len(own)), key=lambda i: (-len(stems(own[i])), i))[:2]
        return " ".join(own[i] for i in sorted(best))

    def _translation(self, field: Field) -> str:
        rules = f"{field.name} {field.description} {self._conversation.instructions} {self._reading.text}"
        original = next(iter(self._reading.quoted), self._reading.text)
        return facts.translated(original, next(iter(languages_named(rules)), "en")) or shorten(original, 200)

    def _answer(self, field: Field) -> str:
        from workshop.practice.talking import talk

        if field.named("answer", "result", "solution") and self.computed:
            return stories.value_of(self.computed)
        return talk.known(self._conversation) or matter.matter(self._reading.text, whole=True)

    # How many entries a list has.

    def count(self, field: Field, named: int) -> int:
        """How many entries a list has. `named`: how many things for it the text names."""
        if field.named("step") and self.computed:
            return len(self.computed)
        if field.named(*WORDS["wrong"]):
            wanted = sum(not each.met for each in self.checked)
        elif field.named("follow"):
            wanted = 3
        elif field.named("question", "clarification", "clarifying"):
            wanted = len(self._questions) if domains.what_is_missing(self._brief.query) else 0
            wanted = wanted or (0 if _says_whether(field) else 3)
        elif plans(field):
            wanted = 5 + len(self._brief.wishes)
        else:
            wanted = named or min(3, max(1, len(self.findings)))
        return _asked_for(field, f"{field.description}\n{self._conversation.instructions}") or wanted


def _nth(listed: Sequence[str], field: Field) -> str:
    return listed[(field.index or 0) % len(listed)] if listed else ""


_WRITERS: tuple[tuple[str, Callable[[Composer, Field], str]], ...] = (
    ("reason reasoning rationale why justification explanation feedback thought analysis", Composer._reason),
    ("comment", lambda composer, field: criteria.feedback(composer.checked) if composer.checked else ""),
    ("claim statement", lambda own, field: criteria.wrong(own.checked, field.index) if own.checked else ""),
    ("markdown report", lambda composer, field: composer._report.markdown),
    ("follow", lambda composer, field: _nth(composer._report.follow_ups, field)),
    ("question questions clarification clarifying", lambda composer, field: _nth(composer._questions, field)),
    ("query topic subject refined", Composer._topic),
    ("instruction instructions brief", Composer._order),
    ("summary abstract overview tldr conclusion", Composer._summary),
    ("title headline", lambda own, _: shorten(capital(own._brief.topic), 80)),
    ("phrase greeting", lambda composer, field: next(iter(composer._reading.quoted), "")),
    ("translation translated", Composer._translation),
    ("answer response reply output result message text content final body story joke", Composer._answer),
)
"""Who writes a text, by words of the field's name."""


def _says_whether(field: Field) -> bool:
    """Whether the list is about questions that may be needed or not."""
    asks = field.roots & {"clarif", "clarification", "clarifying", "question"}
    return bool(asks or re.search(r"\bif\b", field.description))


def _asked_for(field: Field, rules: str) -> int | None:
    """A number of entries that the rules state: "3 questions"."""
    roots = field.roots | {"item"} | ({"search", "term", "query"} if plans(field) else set())
    for sentence in re.split(r"[.\n]", rules):
        if not roots & all_stems(sentence):
            continue
        counted = read(sentence).quantities
        near = (each for each in counted if roots & {stem(w) for w in words(sentence[each.end :])[:2]})
        single = next((found.value for found in (*near, *counted)), 0.0)
        if float(single).is_integer() and 0 < single <= 30:
            return int(single)
    return None
