"""What a structured answer says: told by tools, found in the text, composed, or "not stated"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from workshop.practice import answers
from workshop.practice.conversation import Conversation
from workshop.practice.filling import choose
from workshop.practice.filling.find import Finder
from workshop.practice.filling.kinds import BODY, Field, kind_of
from workshop.practice.filling.schema import Schema, properties_of, resolved
from workshop.practice.outputs import value_of
from workshop.practice.reading import places, read
from workshop.practice.reading.language import NAMES, languages_named
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.numbers import Quantity
from workshop.practice.reading.shapes import Found
from workshop.practice.reading.text import (
    WORDS,
    content_words,
    fold,
    joined,
    quoted,
    sentences,
    shorten,
    stem,
    stems,
    words,
)
from workshop.practice.research import brief, domains, judge, plan, report
from workshop.practice.talking import facts

_RANGE = re.compile(r"\b(\d+)\s*(?:-|\u2013|to|and|or)\s*(\d+)\b")
_NOT_STATED = {"fr": "non précisé", "es": "no indicado"}
_EVENT = re.compile(
    r"\b(?:to|attends?|attending|have|has|having|hosts?|hosting)\s+(?:a|an|the)\s+([a-z][a-z -]{2,40}?)"
    r"(?=\s+(?:on|at|in|with|for|next|this)\b|[.,;!?]|$)"
)


def plans(field: Field) -> bool:
    """Whether the field is a plan of steps or searches."""
    return field.named(*WORDS["plans"])


class Writer:
    """The question and what belongs to it, told field by field."""

    def __init__(self, finder: Finder, material: str) -> None:
        self.finder = finder
        self._conversation: Conversation = finder.conversation
        self._material = material
        self._text = finder.text
        asked = brief.brief(self._conversation)
        notes = (*asked.notes, *brief.notes_in(material)) if material else asked.notes
        self._brief = brief.Brief(asked.query, asked.answers, notes)

    def about(self, part: str) -> Writer:
        """The same for a part of the text: one entry of a list."""
        return Writer(Finder(self._conversation, part, part=True), self._material)

    # What the fields draw on, each made when first asked for.

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
    def _tool_values(self) -> dict[str, Any]:
        """Fields of what tools returned, by name."""
        found: dict[str, Any] = {}
        for answered in self._conversation.done:
            for source in (answered.arguments, value_of(answered.output)):
                if isinstance(source, Mapping):
                    found.update({fold(str(k)): v for k, v in source.items()})
        return found

    @cached_property
    def _findings(self) -> list[str]:
        """Sentences about the question: from tools, from what was found, from the text itself."""
        told = answers.from_tools(self._conversation)
        listed = told.splitlines() if told else []
        listed += [s for s in sentences(re.sub(r"\(\[[^\]]*\]\([^)]*\)\)", "", self._material)) if s]
        listed = listed or [note.text for note in self._brief.notes]
        own = sentences(self._text)
        return listed or (own if len(own) > 2 else [])

    @cached_property
    def _extracts(self) -> bool:
        """Whether the text is material to read from, rather than a question."""
        rules = fold(f"{self._conversation.instructions} {self._text}")
        return bool(re.search(r"\b(?:extract\w*|facts?|pars\w+|schema|fields?|entit\w+|read out)\b", rules))

    # Simple values. `found` is what the text offers for the field.

    def string(self, field: Field, schema: Schema, found: Found | None) -> str:
        told = self._tool_values.get(fold(field.name))
        if isinstance(told, (str, int, float)) and not isinstance(told, bool):
            return str(told)
        bound = schema.get("format") or schema.get("pattern")
        if not bound and not (found and self._extracts and field.named(*WORDS["extracted"])):
            composed = self._composed(field)
            if composed:
                return composed
        if fold(field.name) == "name" and not field.owner and (event := _EVENT.search(self._text)):
            return event.group(1).strip()
        if found is not None:
            return str(found.value)
        if bound:
            return self._text
        kind = kind_of(field, schema)
        if kind == "language":
            return NAMES.get(self._conversation.user_language, ("unknown",))[0]
        if kind not in ("other", BODY):
            return self._not_stated
        return self._fragment or self._nth(self._findings, field) or self._brief.topic or self._text

    def number(self, field: Field, schema: Schema, found: Found | None) -> float | None:
        """A number from the text or from a tool; a middling degree for scores; else none."""
        told = self._tool_values.get(fold(field.name))
        if isinstance(told, (int, float)) and not isinstance(told, bool):
            return float(told)
        stated = self._stated(field, found)
        if stated is not None:
            return stated
        if field.named("confidence", "probability", "score", "certainty", "likelihood", "relevance"):
            top = schema.get("maximum")
            return 0.8 * float(top) if isinstance(top, (int, float)) else 0.8
        if field.named("count", "total", "number", "amount", "length"):
            people = len(self.finder.things(Field("person"), {}, "person"))
            return float(people or len(places.states(self._text)) or len(self._text.split()))
        if (
            field.named("step", "index", "order", "rank", "priority", "id", "position")
            and field.index is not None
        ):
            return float(field.index + 1)
        return None

    def _stated(self, field: Field, found: Found | None) -> float | None:
        """The number in the text that the field asks for: counted, computed or named."""
        sizes = {
            "word": len(self._text.split()),
            "character": len(self._text),
            "sentence": len(sentences(self._text)),
        }
        counted = next((size for unit, size in sizes.items() if field.named(unit)), None)
        counts = field.named("count", "number", "length") or field.name.casefold().endswith("s")
        if counted is not None and counts:
            return float(counted)
        if field.named("answer", "result", "solution", "value") and (steps := facts.steps_of(self._text)):
            return float(steps[-1][1].rpartition(" ")[2])
        if field.named("confidence", "probability", "step", "index", "rank", "priority") or found is None:
            return None
        unit = found.unit if isinstance(found, Quantity) else ""
        if field.named("score", "count") and unit not in ("stars", "") and not field.index:
            return None
        return found.as_asked(field.words) if isinstance(found, Quantity) else None

    def boolean(self, field: Field, schema: Schema, found: Found | None) -> bool:
        told = self._tool_values.get(fold(field.name))
        if isinstance(told, bool):
            return told
        said = choose.by_signs(field, self._text)
        return self._verdict(field).value if said is None else said

    def choice(self, field: Field, schema: Schema, found: Found | None) -> Any:
        """The option of an enum that fits best."""
        options = [o for o in schema["enum"] if o is not None] or schema["enum"]
        told = self._tool_values.get(fold(field.name))
        if told in options:
            return told
        if found is not None:
            return found.value
        texts = [o for o in options if isinstance(o, str)]
        judged = choose.mark(texts, self._conversation)
        meant = judged or choose.by_meaning(texts, field, self._conversation, self._text)
        return meant or choose.plainest(options)

    def knows(self, field: Field, schema: Schema, found: Found | None) -> bool:
        """Whether there is anything to say in a field that may be null."""
        kind = kind_of(field, schema)
        if kind == "enum":
            texts = [o for o in schema["enum"] if isinstance(o, str)]
            return bool(found or choose.by_meaning(texts, field, self._conversation, self._text))
        if kind in ("object", "array", "boolean", "const") or found is not None:
            return True
        if fold(field.name) in self._tool_values:
            return self._tool_values[fold(field.name)] is not None
        if kind == "number":
            known = self._stated(field, found) is not None
            return known or field.named("score", "confidence", "rating", "count")
        return kind == BODY or (
            kind in ("title", "topic", "question", "other") and bool(self._composed(field))
        )

    # How many entries a list has.

    def count(self, field: Field, items: Schema, least: int, most: int) -> int:
        asked = _asked_for(field, f"{field.description}\n{self._conversation.instructions}")
        if field.named("question", "clarification", "clarifying") and not field.named("follow"):
            wanted = len(self._questions) if domains.what_is_missing(self._brief.query) else 0
            wanted = wanted or (least if _says_whether(field) else 3)
        elif field.named("follow"):
            wanted = 3
        elif plans(field):
            wanted = 5 + len(self._brief.wishes)
        elif "properties" in items:
            wanted = self._named_in(field, items) or min(3, max(1, len(self._findings)))
        else:
            wanted = 1 if isinstance(items.get("enum"), list) else min(3, max(1, len(self._findings)))
        if asked:
            wanted = min(max(wanted, asked[0]), asked[1])
        return max(least, min(wanted, most))

    def _named_in(self, field: Field, items: Schema) -> int:
        """How many of the things that entries are about the text names."""
        listed = [
            len(self.finder.things(Field(name), part, kind))
            for name, part in properties_of(items).items()
            if isinstance(part, Mapping) and (kind := kind_of(Field(name), part)) not in ("enum", "number")
        ]
        return max(listed, default=0)

    def steps(self, field: Field) -> list[str]:
        """The steps of a computation, for a field that lists steps: what is done and what comes out."""
        return [f"{text} → {value}" for text, value in facts.steps_of(self._text)] if plans(field) else []

    def closest(self, options: Sequence[Schema], root: Schema) -> Schema:
        """The branch whose words meet the question best; the first among equals."""
        asked = concepts(self._text)

        def score(branch: Schema) -> int:
            plain = resolved(branch, root)
            parts = [p for p in properties_of(plain).values() if isinstance(p, Mapping)]
            constants = " ".join(str(p.get("const", "")) for p in parts)
            names = " ".join(properties_of(plain))
            told = f"{plain.get('title', '')} {plain.get('description', '')} {constants} {names}"
            return len(asked & concepts(told))

        return max(options, key=score)

    # Texts that the model composes.

    def _composed(self, field: Field) -> str:
        """A text of the model's own; empty where the field's name asks for none."""
        if self.finder.part and plans(Field(field.owner)) and "→" in self._text:
            text, _, value = self._text.partition(" → ")
            return (
                value
                if field.named("output", "result", "answer", "value", "equation", "expression")
                else text
            )
        searched = field.named("query", "search", "term") and plans(Field(field.owner))
        if (
            (plans(field) or searched)
            and not self.finder.part
            and not field.named("reason", "reasoning", "why")
        ):
            return self._planned(field).query
        write = next((write for names, write in _WRITERS if field.named(*names.split())), None)
        return write(self, field) if write else ""

    def _reason(self, field: Field) -> str:
        if plans(Field(field.owner)):
            return self._planned(field).reason
        if field.booleans:
            return self._verdict(replace(field, name=field.booleans[0])).reason
        chosen = [str(v) for v in field.beside.values() if isinstance(v, str)]
        named = content_words(self._text)[:5]
        said = joined(f"“{w}”" for w in named)
        because = f"The text says {said}." if named else "The text says nothing in particular."
        return f"{because} Hence “{shorten(chosen[0], 60)}”." if chosen else because

    def _subject(self, field: Field) -> str:
        return " — ".join([self._brief.query, *self._brief.wishes])

    def _order(self, field: Field) -> str:
        wishes = "".join(f"\n- {wish}" for wish in self._brief.wishes)
        return f"Research the following: {self._brief.query}{wishes}"

    def _summary(self, field: Field) -> str:
        told = answers.from_tools(self._conversation)
        if told:
            return told
        own = sentences(self._text)
        if len(own) > 2 and not self._brief.notes:
            best = sorted(range(len(own)), key=lambda i: (-len(stems(own[i])), i))[:2]
            return " ".join(own[i] for i in sorted(best))
        return self._report.summary

    def _title(self, field: Field) -> str:
        topic = self._brief.topic
        return shorten(topic[:1].upper() + topic[1:], 80)

    def _translation(self, field: Field) -> str:
        rules = f"{field.name} {field.description} {self._conversation.instructions} {self._text}"
        target = next(iter(languages_named(rules)), "en")
        original = next(iter(quoted(self._text)), self._text)
        return facts.translated(original, target) or shorten(original, 200)

    def _answer(self, field: Field) -> str:
        steps = facts.steps_of(self._text) if field.named("answer", "result", "solution") else []
        if steps and not field.index:
            return steps[-1][1]
        from workshop.practice.talking import talk

        if field.index is not None:
            return self._nth(self._findings, field)
        if told := answers.from_tools(self._conversation):
            return told
        if self._brief.notes:
            return self._report.summary
        return " ".join(part.text for part in talk.reply(self._conversation).parts if hasattr(part, "text"))

    def _verdict(self, field: Field) -> judge.Verdict:
        text = self._text
        if self._brief.answers:
            text = " ".join([self._brief.query, *self._brief.wishes, *(a for _, a in self._brief.answers)])
        return judge.verdict(field.name, field.description, self._conversation.instructions, text)

    def _planned(self, field: Field) -> plan.Planned:
        return self._plan[(field.index or 0) % len(self._plan)]

    @staticmethod
    def _nth(listed: Sequence[str], field: Field) -> str:
        return listed[(field.index or 0) % len(listed)] if listed else ""

    @property
    def _not_stated(self) -> str:
        return _NOT_STATED.get(self._conversation.reply_language, "not stated")

    @cached_property
    def _fragment(self) -> str:
        """A few words between commas that name no number and no person: what a text says by the way."""
        if not self._extracts:
            return ""
        parts = [part.strip(" .!?") for part in self._text.split(",")[1:]]
        short = [p for p in parts if 0 < len(p.split()) <= 3 and not re.search(r"\d", p) and p[:1].islower()]
        return short[0] if short else self._not_stated


_WRITERS: tuple[tuple[str, Callable[[Writer, Field], str]], ...] = (
    ("reason reasoning rationale why justification explanation feedback thought analysis", Writer._reason),
    ("markdown report", lambda w, field: w._report.markdown),
    ("follow", lambda w, field: w._nth(report.follow_up_questions(w._brief, 6), field)),
    ("question questions clarification clarifying", lambda w, field: w._nth(w._questions, field)),
    ("query topic subject refined", Writer._subject),
    ("instruction instructions brief", Writer._order),
    ("summary abstract overview tldr conclusion", Writer._summary),
    ("title headline", Writer._title),
    ("phrase greeting", lambda w, field: next(iter(quoted(w._text)), "")),
    ("translation translated", Writer._translation),
    (
        "answer response reply output result message text content final body story joke explanation",
        Writer._answer,
    ),
)
"""Who writes a text, by words of the field's name."""


def _says_whether(field: Field) -> bool:
    """Whether the list is about questions that may be needed or not."""
    asks = field.roots & {"clarif", "clarification", "clarifying", "question"}
    return bool(asks or re.search(r"\bif\b", field.description))


def _asked_for(field: Field, rules: str) -> tuple[int, int] | None:
    """A number of entries that the rules state: "between 5 and 20 terms", "3 questions"."""
    roots = field.roots | {"item"} | ({"search", "term", "query"} if plans(field) else set())
    for sentence in re.split(r"[.\n]", rules):
        if not roots & {stem(w) for w in words(sentence)}:
            continue
        ranged = _RANGE.search(sentence)
        if ranged and int(ranged.group(1)) <= int(ranged.group(2)) <= 50:
            return int(ranged.group(1)), int(ranged.group(2))
        single = next((found.value for found in read(sentence).quantities), 0.0)
        if float(single).is_integer() and 0 < single <= 30:
            return int(single), int(single)
    return None
