"""What a text states for fields: behind labels, in sentences that begin with their words, by who speaks and of whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from itertools import islice, pairwise

from workshop.practice.filling import idioms, plots, sides
from workshop.practice.filling.alike import kin
from workshop.practice.filling.kinds import Field, kind_of
from workshop.practice.filling.offers import SHAPED
from workshop.practice.filling.scene import figures
from workshop.practice.filling.schema import Schema, properties_of, solid, type_of
from workshop.practice.reading import read
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.tables import PATTERNS
from workshop.practice.reading.text import WORDS, all_stems, fold, in_words, sentences, stem, words

_P = PATTERNS["stated"]
_LEAD = 5
"""So many words into a sentence may a field's word stand that the sentence is for."""
_LONG = 2_000
"""Letters that are read for what something is."""
_MOST = 60
"""So many labels and sentences are read: more is no form."""
_PERSONAL = frozenset({"i", "my", "me", "we", "us", "our", "you", "your", "it"})


def nothing(text: str) -> bool:
    """Whether a value says that there is none."""
    return bool(_P["nothing"].fullmatch(text.strip()))


def stated(owner: Field, schema: Schema, root: Schema, text: str) -> tuple[dict[str, str], str]:
    """What the text states for fields, by name, and the text left for the others; an empty one is of an empty list."""
    solids = {name: solid(part, root) for name, part in properties_of(schema).items()}
    fields = {name: (owner.child(name).described(plain), plain) for name, plain in solids.items() if plain}
    if owner.index is not None:  # an entry of a list
        return {**_being(fields, text), **idioms.of_entry(fields, text)}, text
    found, rest = _labelled(fields, text)
    open_ones = {name: each for name, each in fields.items() if name not in found}
    led = {
        **idioms.told(open_ones, rest),
        **plots.told(open_ones, rest),
        **_led(open_ones, rest),
        **sides.sided(open_ones, rest),
    }
    return found | figures(open_ones, rest) | _being(open_ones, rest) | led, rest


# Labels.


def _labelled(fields: Mapping[str, tuple[Field, Schema]], text: str) -> tuple[dict[str, str], str]:
    """The values behind labels, and the text without them."""
    marks = [*islice(_P["label"].finditer(text), _MOST)]
    labels = [(-n, mark["label"] or mark["label2"]) for n, mark in enumerate(marks)]
    scored = [(_means(said, of), n, name) for n, said in labels for name, (of, _) in fields.items()]
    scored.sort(reverse=True)
    given: dict[str, int] = {}
    for score, number, name in scored:
        if score and name not in given and -number not in given.values():
            given[name] = -number
    if not any(score >= 3 and given.get(name) == -number for score, number, name in scored):
        return {}, text
    found, rest = {}, text
    for name, n in sorted(given.items(), key=lambda each: -each[1]):
        until = marks[n + 1].start() if n + 1 < len(marks) else len(text)
        field, plain = fields[name]
        kind, begin = kind_of(field, plain), marks[n].end()
        exact = type_of(plain) in ("number", "integer", "boolean") or kind in (*SHAPED, "enum")
        end = _P["value_end"].search(text, begin, until)
        until = end.start() if end else until
        comma = text.find(", ", begin, until) if exact else -1
        said = text[begin:comma]
        if comma > 0 and (kind != "number" or read(said).quantities or nothing(said)):
            until = comma
        found[name] = text[begin:until].strip(" \n\t.;,")
        rest = f"{rest[: marks[n].start()]} {rest[until:]}"
    return found, rest.strip(" .,;\n")


def _means(label: str, field: Field) -> float:
    """How surely a label is a field's: by its name, by a word of it, by a word of its description."""
    said = all_stems(label)
    if said & _PERSONAL:
        return 0  # "Solve my homework: …" is no label
    if fold(in_words(label)) == fold(in_words(field.name)):
        return 6
    near = {word for word in said if any(kin(word, root) for root in field.roots)}
    if near and said - near - field.about and label[:1].isupper() and words(label)[0].istitle():
        rest = [w for w in words(label) if stem(w) in said - near - field.about]
        if len(words(label)) == 2 and rest[0][:1].isupper() and stem(words(label)[-1]) in near:
            return 0  # "Meadow station: 19 degrees" names it
    told = field.about | {stem(word) for word in words(field.description)[:1]}  # "When it takes place"
    meant = said & told or concepts(label) & concepts(in_words(field.name))
    return 1 + len(meant) / len(said) if meant and said else 0


def entries(text: str) -> list[str]:
    """The entries of a list: between commas, lines and, before more than one word, "and"."""
    if nothing(text):
        return []
    text = _P["inserted"].sub(", ", text)
    parts = [part for part in _P["between"].split(text) if part.strip(" .")]
    pieces = parts if len(parts) > 1 else _P["and"].split(text)
    last = _P["and"].split(pieces[-1]) if len(parts) > 1 else pieces[-1:]
    return [_P["bullet"].sub("", each).strip(" .") for each in (*pieces[:-1], *last)]


def _being(fields: Mapping[str, tuple[Field, Schema]], text: str) -> dict[str, str]:
    """What somebody or something is, for the only field that asks for it: "Moritz is a 7 year old dachshund"."""
    beings = [each for each in fields.values() if each[0].named(*WORDS["kinds_of_beings"])]
    asked = [field for field, plain in beings if type_of(plain) == "string" and not plain.get("enum")]
    if len(asked) != 1:
        return {}
    aged = asked[0].named(*WORDS["kinds_of_things"])
    listed = _P["being"].finditer(text[:_LONG])
    told = next((match for match in listed if match["age"] or match["age2"] or not aged), None)
    return {asked[0].name: told["what"] or told["beside"]} if told else {}


# Sentences that begin with a field's words.


def _led(fields: Mapping[str, tuple[Field, Schema]], text: str) -> dict[str, str]:
    """What sentences say for the fields whose words lead them; the lists that none leads are empty then."""
    lists = {name: field for name, (field, plain) in fields.items() if _lists_texts(field, plain)}
    led: dict[str, list[str]] = {}
    last = ""
    leads = {stem(word) for field in lists.values() for word in words(field.name)}
    for sentence in _clauses(text, leads) if lists else ():
        scored = {name: _leads(field, sentence) for name, field in lists.items()}
        best = max(scored, key=lambda name: scored[name])
        last = best if scored[best] else last if _P["goes_on"].match(sentence) else ""
        if last:
            told = entries(_body(lists[last], sentence))
            led.setdefault(last, []).extend(re.sub("^to ", "", each) for each in told)
    return {name: "; ".join(led.get(name, ())) for name in lists} if led else {}


def _clauses(text: str, leads: Set[str]) -> Iterator[str]:
    """The sentences of a text, cut where a part between commas begins with one of these stems, or with "no"."""
    for sentence in sentences(text)[:_MOST]:
        cuts = [m.start() for m in _P["clause"].finditer(sentence) if stem(m["first"]) in leads | {"no"}]
        yield from (sentence[a:b].lstrip(", ") for a, b in pairwise([0, *cuts, len(sentence)]))


def _lists_texts(field: Field, plain: Schema) -> bool:
    items = plain.get("items")
    return (
        type_of(plain) == "array"
        and isinstance(items, Mapping)
        and type_of(items) == "string"
        and not items.get("enum")
        and kind_of(Field(field.name), items) not in {*SHAPED, "person", "id"}
    )


def _own(field: Field) -> tuple[set[str], set[str]]:
    """The stems by which a sentence is a field's: all of its name's, or one of its description's."""
    told = {stem(word) for word in words(field.description) if fold(word) not in WORDS["stop"]}
    return set(field.roots), told - {stem(word) for word in WORDS["of_lists"]}


def _leads(field: Field, sentence: str) -> float:
    begun = [stem(word) for word in words(sentence)[:_LEAD]]
    name, told = _own(field)
    met = {root for root in name if any(kin(root, word) for word in begun)}
    if met == name:
        return 2 + len(met)
    return 1.0 if any(kin(root, word) for root in told for word in begun) else 0.0


def _body(field: Field, sentence: str) -> str:
    """A sentence without the words that lead it."""
    name, told = _own(field)
    marks = [*_P["word"].finditer(sentence)][:_LEAD]
    own = [mark.end() for mark in marks if any(kin(stem(mark[0]), root) for root in name | told)]
    if _P["denies"].match(sentence):
        return ""
    rest = sentence[own[-1] :] if own else sentence
    if _P["ends_it"].match(rest):
        return sentence.strip(" .!")
    return _P["lead"].sub("", _P["headed"].sub("", rest, count=1), count=1).strip(" .!")
