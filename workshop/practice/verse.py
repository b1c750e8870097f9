"""Short verse: haiku of five, seven and five syllables, as well as an estimate of syllables allows."""

from __future__ import annotations

import re

from workshop.practice.reading.text import pick, sentences, shorten, syllables

_OPENINGS = {
    1: ("still", "now", "oh"),
    2: ("quiet", "softly", "morning"),
    3: ("at first light,", "hear it call:", "late at night,"),
    4: ("under the moon,", "in the silence,"),
}
_MIDDLES = (
    "each step is written in ink", "the work goes on where it stopped", "a storm passes, nothing lost",
    "old steps return without noise",
    "small waves come back, one by one", "the wind forgets, the log keeps",
)  # fmt: skip
_ENDINGS = (
    "morning finds it done",
    "the log remembers",
    "patience holds the thread",
    "leaves fall, and we wait",
    "nothing has been lost",
)
_FOREIGN = {
    "fr": (("Le vent du matin", "Nuit sur la maison"), ("chaque pas reste en mémoire", "la pluie efface le bruit"),
    ("et tout recommence", "rien n'est oublié")),
    "es": (("Viento de la mar", "Noche sin estrellas"), ("cada paso queda escrito", "la lluvia borra el ruido"),
    ("y todo sigue", "nada se pierde")),
}  # fmt: skip


def haiku(topic: str, language: str = "en") -> str:
    """A haiku on the topic. English ones name it where it fits in five syllables."""
    if language in _FOREIGN:
        first, middle, last = (pick(lines, f"{topic}{n}") for n, lines in enumerate(_FOREIGN[language]))
        return f"{first} :\n{middle},\n{last}." if language == "fr" else f"{first}:\n{middle},\n{last}."
    name = (
        " ".join(re.sub(r"^(?:a|an|the)\s+", "", topic.strip(), flags=re.IGNORECASE).split()[:4])
        or "practice"
    )
    while syllables(name) > 5 and " " in name:
        name = name.rsplit(" ", 1)[0]
    first = _padded(name, 5)
    middle = pick([line for line in _MIDDLES if syllables(line) == 7] or list(_MIDDLES), topic)
    last = pick([line for line in _ENDINGS if syllables(line) == 5] or list(_ENDINGS), topic[::-1])
    return f"{first[:1].upper()}{first[1:]};\n{middle};\n{last}."


def _padded(name: str, size: int) -> str:
    lacking = size - syllables(name)
    if lacking <= 0:
        return name
    opening = next((o for o in _OPENINGS.get(lacking, ()) if syllables(o) == lacking), "")
    return f"{opening} {name}".strip()


def haiku_of(text: str, question: str, language: str) -> str:
    """Three lines that keep the substance of an answer: a haiku on the question where the answer is small
    talk.
    """
    said = sentences(text)
    facts = [s for s in said if re.search(r"\d|:|°", s)]
    if not facts:
        from workshop.practice.reading.topics import topic_of

        return haiku(topic_of(question), language)
    head, _, tail = facts[0].partition(":")
    middle = shorten(tail.strip() or " ".join(said[1:]) or head, 160).rstrip(".")
    return f"{head.strip().rstrip('.')};\n{middle};\n{pick(_ENDINGS, question)}."


_POEMS = {
    "en": """I think of {topic} far away,
the night goes out, and in comes day;
what once was done is written down,
and nothing's lost, though storms may frown.""",
    "fr": """Je pense à {topic}, au loin,
la nuit s'en va, le jour revient ;
ce qui fut dit reste écrit,
et rien n'est perdu aujourd'hui.""",
    "es": """Pienso en {topic}, lejos de aquí,
la noche se va, el día vuelve a mí;
lo que fue dicho queda escrito,
y nada se pierde en lo infinito.""",
}


def poem(topic: str, language: str = "en") -> str:
    """Four lines on the topic."""
    return _POEMS.get(language, _POEMS["en"]).format(topic=topic)
