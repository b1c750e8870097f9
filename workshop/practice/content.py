"""What stands in a field of a structured answer, by the field's name and description."""

# texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from workshop.practice import answers, choices, fitting
from workshop.practice.conversation import Conversation
from workshop.practice.fields import Field, asked_for, plans, says_whether
from workshop.practice.outputs import value_of
from workshop.practice.parameters import BODY, kind_of, within
from workshop.practice.reading import entities, places, shapes
from workshop.practice.reading.language import NAMES, languages_named
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.text import (
    STOP_WORDS,
    content_words,
    fold,
    joined,
    overlap,
    quoted,
    sentences,
    shorten,
    stems,
    words,
)
from workshop.practice.research import brief, domains, judge, plan, report
from workshop.practice.talking import facts

Schema = Mapping[str, Any]


class Content:
    """The question and what belongs to it, asked field by field."""

    def __init__(self, conversation: Conversation, material: str, text: str = "") -> None:
        """`text`: the part of the question to speak of; all of it where none is given."""
        self._conversation = conversation
        self._material = material
        self._part = text
        self._text = text or conversation.question
        self._taken: dict[str, int] = {}
        self._brief = brief.brief(conversation)
        if material:
            self._brief = brief.Brief(
                self._brief.query, self._brief.answers, (*self._brief.notes, *brief.notes_in(material))
            )

    def about(self, part: str) -> Content:
        """The same for a part of the question: one entry of a list."""
        return Content(self._conversation, self._material, part)

    def segments(self, items: Schema, place: Field) -> list[str]:
        """The parts of the text that are entries of a list of objects: sentences, or what stands between
        commas.
        """
        fields = items.get("properties")
        if not isinstance(fields, Mapping) or (plans(place) and facts.steps_of(self._text)) or self._part:
            return (
                [text for text, _ in facts.steps_of(self._text)]
                if isinstance(fields, Mapping) and plans(place)
                else []
            )
        numeric = any(
            isinstance(part, Mapping) and part.get("type") in ("integer", "number")
            for part in fields.values()
        )
        for parts in (sentences(self._text), re.split(r",\s*(?:and\s+)?|;\s*|\s+and\s+", self._text)):
            full = [
                part.strip(" .")
                for part in parts
                if shapes.quantities(part) and re.search(r"[A-Za-zÀ-ÿ]{3}", part)
            ]
            if numeric and len(full) > 1 and len(full) >= len([part for part in parts if part.strip()]) - 1:
                return full
        return []

    def pairs(self, values: Schema) -> dict[str, Any]:
        """Keys and values that the text lists, those of the wanted type."""
        found: dict[str, Any] = {}
        for key, value in shapes.pairs(self._text).items():
            if values.get("type") in ("integer", "number"):
                numbers = shapes.quantities(value)
                if numbers:
                    found[key] = int(numbers[0].value) if values["type"] == "integer" else numbers[0].value
            elif values.get("type") in ("string", None):
                found[key] = value
        return found

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
    def _people(self) -> list[str]:
        told = [f.value for f in entities.people(self._text)]
        named = [
            name
            for name in entities.proper_names(self._text)
            if not re.search(rf"\b(?:in|at|near)\s+{re.escape(name)}", self._text)
        ]
        return named if len(named) > len(told) else told

    @cached_property
    def _findings(self) -> list[str]:
        """Sentences about the question: from tools, from what was found, from the question's own text, from
        the library.
        """
        told = answers.from_tools(self._conversation)
        listed = told.splitlines() if told else []
        listed += [s for s in sentences(re.sub(r"\(\[[^\]]*\]\([^)]*\)\)", "", self._material)) if s]
        if not listed and self._brief.notes:
            listed = [note.text for note in self._brief.notes]
        own = sentences(self._text)
        if not listed and len(own) > 2:
            listed = own
        return listed

    # Questions that the builder asks.

    def knows(self, place: Field, schema: Schema) -> bool:
        """Whether there is anything to say in a field that may be null."""
        if schema.get("type") in ("object", "array", "boolean") or "enum" in schema or "const" in schema:
            return True
        if schema.get("type") in ("integer", "number"):
            return self._stated_number(place, schema) is not None or place.named(
                "score", "confidence", "rating", "count"
            )
        kind = kind_of(place.name, schema)
        if kind in (
            "person",
            "place",
            "email",
            "url",
            "phone",
            "date",
            "time",
            "id",
            "state",
            "language",
        ) or schema.get("format"):
            return self._entity(kind, place, schema) is not None
        return kind != "other" or bool(self._written(place))

    def closest(self, branches: Sequence[Schema], root: Schema) -> Schema:
        """The branch of an `anyOf` whose words meet the question best; the first among equals."""
        asked = concepts(self._text)

        def score(branch: Schema) -> int:
            plain = fitting.lookup(root, str(branch["$ref"])) if "$ref" in branch else branch
            constants = " ".join(
                str(p.get("const", ""))
                for p in (plain.get("properties") or {}).values()
                if isinstance(p, Mapping)
            )
            told = f"{plain.get('title', '')} {plain.get('description', '')} {constants} {' '.join(plain.get('properties') or {})}"
            return len(asked & concepts(told))

        return max(branches, key=score)

    def count(self, place: Field, items: Schema, least: int, most: int) -> int:
        """How many items a list should have."""
        asked = asked_for(place, f"{place.description}\n{self._conversation.instructions}")
        if place.named("question", "clarification", "clarifying") and not place.named("follow"):
            wanted = len(self._questions) if domains.what_is_missing(self._brief.query) else 0
            wanted = wanted or (least if says_whether(place) else 3)
        elif place.named("follow"):
            wanted = 3
        elif plans(place):
            wanted = 5 + len(self._brief.wishes)
        elif things := self._listed(place, items):
            return len(things)
        elif isinstance(items.get("enum"), list):
            return max(1, len(self._options_named(items["enum"])))
        else:
            wanted = min(3, max(1, len(self._findings)))
        if asked:
            wanted = min(max(wanted, asked[0]), asked[1])
        return max(least, min(wanted, most))

    def boolean(self, place: Field) -> bool:
        """Yes or no, by judging what was said."""
        told = self._tool_values.get(fold(place.name))
        if isinstance(told, bool):
            return told
        return self._verdict(place).value

    def number(self, place: Field, schema: Schema) -> float | None:
        """A number from the text or from a tool; a middling degree for scores; else none."""
        told = self._tool_values.get(fold(place.name))
        if isinstance(told, (int, float)) and not isinstance(told, bool):
            return float(told)
        stated = self._stated_number(place, schema)
        if stated is not None:
            return stated
        if place.named("confidence", "probability", "score", "certainty", "likelihood", "relevance"):
            top = schema.get("maximum")
            return 0.8 * float(top) if isinstance(top, (int, float)) else 0.8
        if place.named("count", "total", "number", "amount", "length"):
            return float(len(self._people) or len(places.states(self._text)) or len(self._text.split()))
        if (
            place.named("step", "index", "order", "rank", "priority", "id", "position")
            and place.index is not None
        ):
            return float(place.index + 1)
        return None

    def choice(self, place: Field, options: Sequence[Any]) -> Any:
        """The option of an enum that fits best."""
        told = self._tool_values.get(fold(place.name))
        if told in options:
            return told
        named = self._options_named(options)
        if place.index is not None and len(named) > 1:
            return named[place.index % len(named)]
        if named:
            return named[0]
        texts = [o for o in options if isinstance(o, str)]
        grade = choices.grade(texts, self._conversation)
        if grade is not None:
            return grade
        by_language = choices.by_language(texts, self._conversation)
        if by_language:
            return by_language
        if not texts:
            return options[0]
        asked = concepts(self._text)
        scored = [
            (len(concepts(o) & asked) + overlap(o, self._text) + choices.sign(o, self._text), -n, o)
            for n, o in enumerate(texts)
        ]
        best = max(scored)
        if best[0] > 0:
            return best[2]
        middling = ("neutral", "other", "unknown", "none", "medium", "normal", "general", "moderate", "info")
        return next((o for o in texts if fold(o) in middling), options[0])

    def string(self, place: Field, schema: Schema) -> str:
        """The text for a string field."""
        told = self._tool_values.get(fold(place.name))
        if isinstance(told, (str, int, float)) and not isinstance(told, bool):
            return str(told)
        written = self._written(place)
        if written and not schema.get("format") and not schema.get("pattern"):
            return written
        kind = kind_of(place.name, schema)
        labelled = (
            next((found.value for found in shapes.labelled(place.name, self._text)), None)
            if kind == "id"
            else None
        )
        entity = labelled or self._placed(place) or self._entity(kind, place, schema)
        if entity is None and not schema.get("format"):
            entity = next((found.value for found in shapes.labelled(place.name, self._text)), None)
        if entity is not None:
            return entity
        if schema.get("format") or schema.get("pattern"):
            return self._text
        if self._part and place.named("name", "item", "product", "title", "what"):
            return self._thing()
        if kind != "other" and kind != BODY:
            return _not_stated(self._conversation)
        return (
            written
            or self._fragment(place)
            or self._nth(self._findings, place)
            or self._brief.topic
            or self._text
        )

    def _placed(self, place: Field) -> str | None:
        """A town or country by its place in an address or a journey."""
        pattern = r"\b{}\s+([A-ZÀ-Ý][\w'.-]*(?:\s[A-ZÀ-Ý][\w'.-]*)*)"
        if place.named("origin", "departure", "source", "from"):
            found = re.search(pattern.format("from"), self._text)
        elif place.named("destination", "arrival", "target"):
            found = re.search(pattern.format("to"), self._text)
        else:
            listed = shapes.towns(self._text) if place.named("city", "town") else shapes.last_part(self._text)
            return listed[0].value if listed and place.named("city", "town", "country") else None
        return found[1] if found else None

    def _thing(self) -> str:
        """What an entry of a list is about, without its number and the words that lead up to it."""
        bare = self._part
        for quantity in reversed(shapes.quantities(bare)):
            bare = bare[: quantity.start] + bare[quantity.end :]
        return " ".join(word for word in re.findall(r"[\w'-]+", bare) if fold(word) not in STOP_WORDS)

    def _fragment(self, place: Field) -> str:
        """A few words between commas that name no number and no person: what a text says by the way."""
        if not re.search(
            r"\b(?:extract|facts?|parse|schema|fields?)\b",
            fold(f"{self._conversation.instructions} {self._text}"),
        ):
            return ""
        parts = [part.strip(" .!?") for part in self._text.split(",")[1:]]
        short = [
            part
            for part in parts
            if 0 < len(part.split()) <= 3 and not re.search(r"\d", part) and part[:1].islower()
        ]
        return short[0] if short else _not_stated(self._conversation)

    # How single fields are met.

    def _written(self, place: Field) -> str:
        """Texts that the model composes; empty where the field's name asks for none."""
        if place.named(
            "reason",
            "reasoning",
            "rationale",
            "why",
            "justification",
            "explanation",
            "feedback",
            "thought",
            "analysis",
        ):
            return self._reason(place)
        if place.named("markdown", "report"):
            return self._report.markdown
        if place.named("follow"):
            return self._nth(report.follow_up_questions(self._brief, 6), place)
        if place.named("question", "questions", "clarification", "clarifying"):
            return self._nth(self._questions, place)
        if plans(place) or (
            place.named("query", "search", "term") and plans(Field(place.owner, "", path=place.path))
        ):
            return self._planned(place).query
        if place.named("query", "topic", "subject", "refined"):
            return " — ".join([self._brief.query, *self._brief.wishes])
        if place.named("instruction", "instructions", "brief"):
            wishes = "".join(f"\n- {wish}" for wish in self._brief.wishes)
            return f"Research the following: {self._brief.query}{wishes}"
        if place.named("summary", "abstract", "overview", "tldr", "conclusion"):
            return self._summary()
        if place.named("title", "headline"):
            topic = self._brief.topic
            return shorten(topic[:1].upper() + topic[1:], 80)
        if place.named("phrase", "greeting") and (said := quoted(self._text)):
            return said[0]
        if place.named("translation", "translated"):
            target = next(
                iter(
                    languages_named(
                        f"{place.name} {place.description} {self._conversation.instructions} {self._text}"
                    )
                ),
                "en",
            )
            original = next(iter(quoted(self._text)), self._text)
            return facts.translated(original, target) or shorten(original, 200)
        if place.named(
            "answer",
            "response",
            "reply",
            "output",
            "result",
            "message",
            "text",
            "content",
            "final",
            "body",
            "story",
            "joke",
            "explanation",
        ):
            return self._answer(place)
        return ""

    def _answer(self, place: Field) -> str:
        from workshop.practice.talking import talk

        if place.index is not None:
            return self._nth(self._findings, place)
        told = answers.from_tools(self._conversation)
        if told:
            return told
        if self._brief.notes:
            return self._report.summary
        return " ".join(part.text for part in talk.reply(self._conversation).parts if hasattr(part, "text"))

    def _summary(self) -> str:
        told = answers.from_tools(self._conversation)
        if told:
            return told
        if len(sentences(self._text)) > 2 and not self._brief.notes:
            best = sorted(range(len(own := sentences(self._text))), key=lambda i: (-len(stems(own[i])), i))[
                :2
            ]
            return " ".join(own[i] for i in sorted(best))
        return self._report.summary

    def _reason(self, place: Field) -> str:
        if plans(Field(place.owner, "")):
            return self._planned(place).reason
        if place.booleans:
            return self._verdict(replace(place, name=place.booleans[0])).reason
        chosen = [str(v) for v in place.beside.values() if isinstance(v, str)]
        named = content_words(self._text)[:5]
        because = (
            f"The text says {joined(f'“{w}”' for w in named)}."
            if named
            else "The text says nothing in particular."
        )
        return f"{because} Hence “{shorten(chosen[0], 60)}”." if chosen else because

    def _verdict(self, place: Field) -> judge.Verdict:
        text = self._text
        if self._brief.answers:
            text = " ".join([self._brief.query, *self._brief.wishes, *(a for _, a in self._brief.answers)])
        return judge.verdict(place.name, place.description, self._conversation.instructions, text)

    def _planned(self, place: Field) -> plan.Planned:
        return self._plan[(place.index or 0) % len(self._plan)]

    def _nth(self, listed: Sequence[str], place: Field) -> str:
        return listed[(place.index or 0) % len(listed)] if listed else ""

    def _options_named(self, options: Sequence[Any]) -> list[Any]:
        plain = f" {' '.join(fold(w) for w in words(self._text))} "
        stood = [
            (plain.find(f" {' '.join(fold(w) for w in words(str(o)))} "), n, o)
            for n, o in enumerate(options)
            if isinstance(o, str)
        ]
        return [o for at, _, o in sorted(stood) if at >= 0]

    def _stated_number(self, place: Field, schema: Schema) -> float | None:
        """The number in the text that the field asks for. One number serves one field."""
        sizes = {
            "word": len(self._text.split()),
            "character": len(self._text),
            "sentence": len(sentences(self._text)),
        }
        counted = next((size for unit, size in sizes.items() if place.named(unit)), None)
        if counted is not None and (
            place.named("count", "number", "length") or place.name.casefold().endswith("s")
        ):
            return float(counted)
        if place.named("answer", "result", "solution", "value") and (steps := facts.steps_of(self._text)):
            return float(steps[-1][1].rpartition(" ")[2])
        if place.named("confidence", "probability", "step", "index", "rank", "priority"):
            return None
        taken = {start for path, start in self._taken.items() if path != place.path}
        free = [q for q in shapes.quantities(self._text) if q.start not in taken and within(q.value, schema)]
        chosen = shapes.amount(place.name, place.description, self._text, free)
        if chosen is None or (
            place.named("score", "count") and chosen.unit not in ("stars", "") and not place.index
        ):
            return None
        self._taken[place.path] = chosen.start
        return chosen.value

    def _listed(self, place: Field, items: Schema) -> list[str]:
        """Things named in the text that a list is about: people, states, towns."""
        if items.get("type") == "string":
            return self._things(kind_of(place.name, items), items)
        if items.get("type") in ("integer", "number"):
            return [f.value for f in entities.numbers(self._text) if within(float(f.value), items)]
        if "properties" in items:
            listed = [
                self._things(kind_of(name, part), part)
                for name, part in items["properties"].items()
                if isinstance(part, Mapping)
            ]
            return max(listed, key=len, default=[])
        return []

    def _things(self, kind: str, schema: Schema) -> list[str]:
        text = self._text
        if schema.get("enum") or schema.get("type") not in ("string", None):
            return []
        finders = {
            "email": entities.emails, "url": entities.urls, "phone": entities.phones, "date": entities.dates,
            "hash": shapes.codes, "time": entities.times, "file": shapes.files, "ticker": shapes.tickers,
            "currency": shapes.currencies, "street": shapes.streets,
            "postal": shapes.postal_codes, "address": shapes.addresses, "weekday": entities.days,
        }  # fmt: skip
        if kind == "state":
            wants_code = schema.get("maxLength") == 2 or re.search(
                r"code|two-letter|abbrev|\{2\}", f"{schema.get('description', '')}{schema.get('pattern', '')}"
            )
            return [s.code if wants_code else s.name for s in self._conversation.states]
        if kind == "person":
            return self._people
        if kind == "place":
            return [f.value for f in entities.locations(text)]
        if kind == "language":
            return [NAMES[code][0] for code in languages_named(text)] or [
                NAMES.get(self._conversation.user_language, ("unknown",))[0]
            ]
        if kind == "id":
            return [f.value for f in shapes.labelled(str(schema.get("title", "")), text)] or [
                f.value for f in shapes.codes(text)
            ]
        if kind == "date" and not schema.get("format"):
            return [f.value for f in (*entities.dates(text), *entities.days(text))]
        if kind in finders:
            return list(dict.fromkeys(f.value for f in finders[kind](text)))
        return []

    def _entity(self, kind: str, place: Field, schema: Schema) -> str | None:
        things = self._things(kind, schema)
        form = schema.get("format")
        if form and not things:
            things = fitting.found_of_format(str(form), self._text)
        if fold(place.name) == "name" and not place.owner and (event := _EVENT.search(self._text)):
            return event.group(1).strip()
        return (
            things[place.index % len(things)]
            if things and place.index is not None
            else things[0]
            if things
            else None
        )


_EVENT = re.compile(
    r"\b(?:to|attends?|attending|have|has|having|hosts?|hosting)\s+(?:a|an|the)\s+([a-z][a-z -]{2,40}?)"
    r"(?=\s+(?:on|at|in|with|for|next|this)\b|[.,;!?]|$)"
)


def _not_stated(conversation: Conversation) -> str:
    return {"fr": "non précisé", "es": "no indicado"}.get(conversation.reply_language, "not stated")
