"""Judgements: is a query specific, does a text belong to a topic, does it break a rule."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workshop.practice.reading import entities, places
from workshop.practice.reading.lexicon import concepts
from workshop.practice.reading.text import content_words, fold, joined, stem, stems, word_set, words
from workshop.practice.reading.topics import title_of

_EMPTY_WORDS = frozenset(
    stem(w)
    for w in word_set(
        "best good better great top thing things stuff information info research report overview everything anything "
        "topic question help know learn understand interested general some tell explain write summary summarize "
        "introduction guide please way ways work works latest new nice cool want need make making look looking find "
        "idea ideas tip tips"
    )
)
SPECIFIC_ENOUGH = 5
"""A query with as many points (a word of content is one, see `specificity`) needs no question back."""


@dataclass(frozen=True)
class Gap:
    """Something that a query leaves open, and the question that closes it."""

    aspect: str
    question: str


def specificity(query: str) -> int:
    """Points for what a query pins down: a word of content 1; a comparison 2; a purpose, a year or figure, a
    name 1 each.
    """
    plain = fold(query)
    points = len(stems(query) - _EMPTY_WORDS)
    points += 2 * bool(
        re.search(
            r"\b(compare|comparison|versus|vs|difference between|trade-?offs?|rather than|or instead)\b",
            plain,
        )
    )
    points += bool(
        re.search(
            r"\b(for (?:a|an|my|our|the|people|teams|beginners|children)|in order to|so that|because|when|after|while|without)\b",
            plain,
        )
    )
    points += bool(re.search(r"\d", query))
    points += bool(re.findall(r"(?<=[a-z,] )[A-Z][\w-]+", query)) or bool(places.states(query))
    return points


def is_specific(query: str) -> bool:
    """Whether research can start on the query as it stands."""
    return specificity(query) >= SPECIFIC_ENOUGH


_DOMAINS = {
    "travel": "trip travel vacation visit holiday flight hotel itinerary destination voyage viaje beach tour",
    "purchase": "buy laptop phone car camera headphone tv bike price cheap purchase product brand gift computer tablet",
    "weather": "weather storm hurricane tornado flood heat snow wildfire blizzard drought alert hazard climate",
    "software": "software code python workflow agent api database server temporal durable execution retry retries idempotency "
    "queue cloud kubernetes microservice model llm programming framework library test caching cache deploy application app event "
    "sourcing replay timeout heartbeat handoff recovery crash system distributed",
    "health": "health diet exercise sleep disease medicine symptom fitness nutrition weight",
    "money": "invest stock market retirement tax finance budget mortgage crypto economy",
}
_ASPECTS = {
    "travel": "cost, sights, food or ease of getting about",
    "purchase": "price, quality, repairability or speed",
    "weather": "causes, warning signs, safety or past events",
    "software": "how it works, how to use it, its costs or how it compares with others",
    "health": "evidence, everyday practice or risks",
    "money": "returns, risks, taxes or first steps",
    "general": "history, how it works, present debates or practical use",
}


def domain_of(query: str) -> str:
    """The field that a query belongs to, for the questions that such a query usually leaves open."""
    asked = stems(query)
    scores = {name: len(asked & {stem(w) for w in listed.split()}) for name, listed in _DOMAINS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else "general"


def what_is_missing(query: str) -> list[Gap]:
    """What a vague query leaves open, two or three gaps, the most telling first; none for a specific query."""
    if is_specific(query) or not query.strip():
        return []
    plain, topic, domain = fold(query), title_of(query), domain_of(query)
    has = {
        "purpose": bool(
            re.search(
                r"\b(for (?:a|an|my|our|work|school|fun|beginners)|because|in order to|so that)\b", plain
            )
        ),
        "place": bool(places.mentions(query) or entities.locations(query)),
        "time": bool(
            re.search(
                r"\b(19|20)\d\d\b|\b(today|tomorrow|week|month|year|summer|winter|spring|autumn|weekend|recent|since|history)\b",
                plain,
            )
        ),
        "budget": bool(re.search(r"[$€£]\s*\d|\b(budget|cheap|expensive|dollars|euros)\b", plain)),
        "setting": bool(
            re.search(
                r"\b(python|java|go|typescript|kubernetes|aws|postgres|temporal|openai|production)\b", plain
            )
        ),
        "aspect": bool(
            re.search(
                r"\b(how|why|cost|price|performance|security|history|risk|benefit|advantage|example|impact)\b",
                plain,
            )
        ),
    }
    order = {
        "travel": ("place", "time", "budget", "purpose", "aspect"),
        "purchase": ("budget", "purpose", "aspect", "place"),
        "weather": ("place", "time", "aspect", "purpose"),
        "software": ("setting", "aspect", "purpose", "time"),
        "health": ("purpose", "aspect", "time"),
        "money": ("place", "purpose", "time", "aspect"),
        "general": ("aspect", "purpose", "time"),
    }[domain]
    open_points = [aspect for aspect in order if not has[aspect]]
    if len(open_points) < 2:
        open_points += [aspect for aspect in ("aspect", "purpose", "depth") if aspect not in open_points]
    return [Gap(aspect, _ask(aspect, topic, domain)) for aspect in open_points[:3]]


def _ask(aspect: str, topic: str, domain: str) -> str:
    about = f"“{topic}”"
    special = {
        ("travel", "time"): f"When should {about} be, and for how long?",
        (
            "travel",
            "purpose",
        ): f"Who comes along on {about}, and what should it be good for: rest, culture, sport?",
        ("travel", "place"): f"Which country or town is {about} about?",
        ("purchase", "purpose"): f"What will you use {about} for, and how often?",
        ("weather", "time"): f"Is your question on {about} about the coming days, a season, or past events?",
    }
    return (
        special.get((domain, aspect))
        or {
            "place": f"Which place or region should the report on {about} be about?",
            "time": f"Which period matters to you for {about}: the present, a date to come, or its history?",
            "budget": f"How much may {about} cost?",
            "purpose": f"What do you need {about} for: a first understanding, a decision, or something that you are building?",
            "setting": f"Which system, language or product do you use, so that what is said on {about} fits it?",
            "aspect": f"Which side of {about} matters most to you: {_ASPECTS[domain]}?",
            "depth": f"Who will read the report on {about}, and how much do they know already?",
        }[aspect]
    )


# What a yes-or-no field of a guardrail may ask about: words of the field's name, and what gives such a text
# away.
_SIGNS: dict[str, str] = {
    "math": r"\b(solve|equation|integral|derivative|algebra|geometry|calculus|fraction|triangle|x\s*[=+]|=\s*-?\d|"
            r"\d+\s*[-+*/^x×÷]\s*\d+|square root|theorem|"
    r"percent of|multiply|resuelve|ecuacion|resous|equation|calcule)\b|\d\s*[-+*/^=]\s*\d|\bx\s*[+=]",
    "homework": r"\b(homework|assignment|exam|worksheet|essay for|for (?:my )?(?:class|school|teacher)|solve|equation|"
                r"devoirs|deberes|write my)\b|\bx\s*[+=]",
    "injection": r"\b(ignore|disregard|forget|override)\b.{0,40}\b(instructions?|rules|prompt|previous|above)\b|"
                 r"system prompt|jailbreak|developer mode|"
    r"\b(reveal|print|show|repeat)\b.{0,30}\b(prompt|instructions)\b",
    "personal": r"[\w.+-]+@[\w-]+\.\w+|\b\d{3}-\d{2}-\d{4}\b|\b(?:\d[ -]?){13,16}\b|\+?\d[\d ()-]{7,}\d|\b(social security|"
                r"passport|password|credit card|phone number|home address)\b",
    "phone": r"\+?\(?\d[\d ()-]{7,}\d", "address": r"[\w.+-]+@[\w-]+\.\w+", "link": r"https?://|www\.",
    "harm": r"\b(kill|bomb|weapon|poison|suicide|attack|hurt|murder|explosive|hack|steal|malware|virus)\b",
    "abuse": r"\b(idiot|stupid|moron|hate you|shut up|dumb|damn|hell|crap|fuck|shit|bastard|imbecile|estupido|tonto|idiota)\b",
    "legal": r"\b(lawyer|lawsuit|sue|legal|contract|attorney|court)\b",
    "medical": r"\b(doctor|medicine|symptom|disease|diagnos\w+|pills?|dose|pain|fever|treatment|prescri\w+)\b",
    "political": r"\b(election|president|vote|party|democrat\w*|republican\w*|senator|politic\w+|parliament)\b",
    "greeting": r"^\W*(hi|hello|hey|good (?:morning|evening)|hola|bonjour|salut|buenos dias)\b",
    "question": r"\?|^\W*(who|what|when|where|why|how|which|is|are|do|does|can)\b",
    "code": r"```|\b(def|class|function|import|python|javascript|code|program|script|regex|sql|bug)\b",
    "urgent": r"\b(urgent|asap|immediately|emergency|right now|help!|hurry)\b",
    "weather": r"\b(weather|alerts?|storms?|forecast|rain|snow|wind|hurricane|tornado|flood|heat|cold|temperature|meteo|"
               r"temps qu'il|clima|tormenta)\b",
    "spam": r"\b(win|winner|free money|click here|buy now|lottery|prize|viagra|crypto giveaway)\b|!{3,}",
    "complaint": r"\b(complain|complaint|terrible|awful|unacceptable|angry|disappointed|refund|worst)\b",
}  # fmt: skip
_SIGN_WORDS = {
    "math": "math mathematics mathematical maths algebra arithmetic calculation", "homework": "homework assignment schoolwork",
    "injection": "injection jailbreak prompt attack manipulation override",
    "personal": "pii personal sensitive private data email ssn secret secrets credential",
    "phone": "phone telephone", "address": "email mail", "link": "url link website",
    "harm": "harm harmful dangerous unsafe violent violence illegal weapon",
    "abuse": "abusive offensive profanity insult rude toxic hate harassment inappropriate",
    "legal": "legal law", "medical": "medical health", "political": "political politics", "greeting": "greeting",
    "question": "question",
    "code": "code programming coding", "urgent": "urgent urgency emergency",
    "weather": "weather storm alert alerts forecast", "spam": "spam",
    "complaint": "complaint negative unhappy",
}  # fmt: skip
_GOOD_WORDS = word_set(
    "safe allowed ok valid acceptable appropriate clean permitted passed pass compliant approved legitimate benign"
)
_OFF_WORDS = frozenset(["off", "unrelated", "irrelevant", "out", "outside"])
_RULE_WORDS = word_set(
    "triggered tripwire violation violates flagged blocked block reject rejected forbidden disallowed unsafe suspicious"
)


@dataclass(frozen=True)
class Verdict:
    """A yes or no, with what speaks for it."""

    value: bool
    reason: str


def verdict(field: str, description: str, instructions: str, text: str) -> Verdict:
    """The value of a yes-or-no field about `text`, judged by the field's name and description and the agent's
    instructions.
    """
    parts = {w.casefold() for w in re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", field) if w}
    if (
        parts & {"specific", "clear"}
        or "needs_clarification" in field
        or parts & {"clarification", "clarifications", "clarify", "vague", "ambiguous", "broad"}
    ):
        return _about_specificity(parts, text)
    if {"off", "topic"} <= parts or (parts & _OFF_WORDS and parts & {"topic", "scope"}):
        on_topic = _topic(field, parts, description, instructions, text)
        return Verdict(not on_topic.value, on_topic.reason)
    if parts & _GOOD_WORDS or parts & _RULE_WORDS:
        broken = _breaks_a_rule(f"{description} {instructions}", text)
        return Verdict(broken.value != bool(parts & _GOOD_WORDS), broken.reason)
    found = _topic(field, parts, description, instructions, text)
    if parts & {"not", "no", "non"}:
        return Verdict(not found.value, found.reason)
    return found


def _about_specificity(parts: set[str], text: str) -> Verdict:
    query = main_query(text)
    specific = is_specific(query)
    gaps = what_is_missing(query)
    reason = (
        f"The query names enough to start on: {joined(content_words(query)[:6])}."
        if specific
        else f"“{title_of(query)}” leaves open: {joined(gap.aspect for gap in gaps) or 'everything'}."
    )
    asks_for_clear = bool(parts & {"specific", "clear"}) and not parts & {
        "not",
        "un",
        "needs",
        "need",
        "clarification",
    }
    return Verdict(specific if asks_for_clear else not specific, reason)


def main_query(text: str) -> str:
    """The query in a text that labels it ("Query: …", "Original query: …"); the text where it has no label."""
    match = re.search(
        r"(?:^|\n)\s*(?:[\w ]*\b(?:query|question|topic|request))\s*:\s*(.+?)(?=\n|$)", text, re.IGNORECASE
    )
    return (match.group(1) if match else text).strip().strip('"“”')


def _signs(named: Iterable[str]) -> list[str]:
    roots = {stem(w) for w in named}
    return [sign for sign, listed in _SIGN_WORDS.items() if roots & {stem(w) for w in listed.split()}]


def shows(topic: str, text: str) -> bool:
    """Whether the text bears a sign of a topic: "5*7" of mathematics."""
    return any(
        re.search(_SIGNS[sign], fold(text))
        for sign in _signs(words(topic))
        if sign not in ("question", "greeting")
    )


def _topic(field: str, parts: set[str], description: str, instructions: str, text: str) -> Verdict:
    """Whether the text is about what the field's name says."""
    topic = parts - {"is", "has", "contains", "are", "about", "related", "the", "of", "on", "topic", "a", "an", "asks",
    "asking", "for", "user", "should",
                     "relevant", "question", "request", "be", "was", "did", "does", "detected", "found", "include",
                     "includes"}  # fmt: skip
    plain = fold(text)
    signs = _signs(topic)
    if not signs and not topic - _OFF_WORDS - {"not", "no", "non"}:
        topic = {
            w.casefold() for w in content_words(_subject_of(f"{description} {instructions}"))
        } - _RULE_TALK
        signs = _signs(topic)
    name = (
        " ".join(w for w in words(field.casefold()) if w in topic)
        or joined(sorted(topic)[:3], "or")
        or "the topic"
    )
    hits = [m.group().strip() for sign in signs for m in [re.search(_SIGNS[sign], plain)] if m]
    if len(signs) > 1 and {"math", "homework"} <= set(signs):
        hits = [m.group().strip() for sign in ("math",) for m in [re.search(_SIGNS[sign], plain)] if m]
    shared = concepts(text) & {c for word in topic for c in concepts(word)}
    if hits or shared:
        return Verdict(
            True, f"The text is about {name}: it says “{hits[0] if hits else joined(_spoken(shared))}”."
        )
    return Verdict(False, f"Nothing in the text is about {name}.")


def _spoken(shared: set[str]) -> list[str]:
    return sorted(c.lstrip("#") for c in shared)[:3]


_RULE_TALK = word_set(
    "question questions topic topics message messages input request requests user users guard service check "
    "determine decide detect judge flag whether unrelated related anything agent assistant text"
)


def _subject_of(rules: str) -> str:
    """What the rules are about: "only questions about weather", "related to the course"."""
    match = re.search(
        r"\b(?:about|related to|concerning|regarding|only (?:for|on))\s+([^.\n]+)", rules, re.IGNORECASE
    )
    match = match or re.search(
        r"\b(?:check|determine|decide|detect|judge|flag|whether|if|only)\b([^.\n]*)", rules, re.IGNORECASE
    )
    return match.group(1) if match else rules


def _breaks_a_rule(rules: str, text: str) -> Verdict:
    """Whether the text does what the rules speak of: the signs that their words name; harm and abuse in any
    case.
    """
    named = _signs(content_words(rules))
    plain = fold(text)
    only = re.search(r"\bonly\b[^.\n]*|\babout ([^.\n]+)", fold(rules))
    for sign in dict.fromkeys(
        [
            *(s for s in named if not (only and s in _signs(content_words(only.group())))),
            "harm",
            "abuse",
            "injection",
        ]
    ):
        match = re.search(_SIGNS[sign], plain)
        if match and sign not in ("question", "greeting"):
            return Verdict(True, f"The text says “{match.group().strip()}”.")
    if only:
        wanted = _signs(content_words(only.group()))
        asked = concepts(text) & concepts(only.group())
        if (
            wanted
            and not asked
            and not any(re.search(_SIGNS[sign], plain) for sign in wanted)
            and len(text.split()) > 2
        ):
            return Verdict(True, f"The text is not about {joined(wanted)}.")
    return Verdict(False, "Nothing in the text breaks the rules given.")


def wants_facts(question: str) -> bool:
    """Whether a question is worth a search: more than a greeting, a word of thanks or a question about the
    model itself.
    """
    plain = fold(question)
    if re.search(
        r"^\W*(hi|hello|hey|thanks?|thank you|bye|hola|bonjour|gracias|merci|ok)\b.{0,20}$|\bwho are you\b|"
        r"\bwhat can you do\b|\bmy name\b",
        plain,
    ):
        return False
    return bool(stems(question) - _EMPTY_WORDS)
