"""A little general knowledge: states and capitals, landmarks, and a phrase book."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

from workshop.practice.conversation import Conversation
from workshop.practice.phrases import say
from workshop.practice.reading import places
from workshop.practice.reading.text import fold, words

_CAPITALS = {
    "Italy": "Rome", "France": "Paris", "Spain": "Madrid", "Germany": "Berlin", "Portugal": "Lisbon",
    "United Kingdom": "London", "England": "London",
    "Ireland": "Dublin", "Netherlands": "Amsterdam", "Belgium": "Brussels", "Switzerland": "Bern", "Austria": "Vienna",
    "Greece": "Athens",
    "Poland": "Warsaw", "Sweden": "Stockholm", "Norway": "Oslo", "Denmark": "Copenhagen", "Finland": "Helsinki",
    "Canada": "Ottawa",
    "Mexico": "Mexico City", "Brazil": "Brasília", "Argentina": "Buenos Aires", "Japan": "Tokyo", "China": "Beijing",
    "India": "New Delhi",
    "Australia": "Canberra", "Egypt": "Cairo", "Kenya": "Nairobi", "South Africa": "Pretoria",
    "United States": "Washington, D.C.",
    "USA": "Washington, D.C.", "Italie": "Rome", "Espagne": "Madrid", "Allemagne": "Berlin", "Italia": "Roma",
    "Francia": "París", "España": "Madrid",
    "Alemania": "Berlín",
}  # fmt: skip
_LANDMARKS = {
    "Golden Gate Bridge": ("San Francisco", "CA"), "Alcatraz": ("San Francisco", "CA"),
    "Statue of Liberty": ("New York City", "NY"),
    "Empire State Building": ("New York City", "NY"), "Space Needle": ("Seattle", "WA"), "Gateway Arch": ("St. Louis", "MO"),
    "White House": ("Washington, D.C.", "DC"), "Liberty Bell": ("Philadelphia", "PA"), "Grand Canyon": ("", "AZ"),
    "Alamo": ("San Antonio", "TX"),
    "French Quarter": ("New Orleans", "LA"), "Disney World": ("Orlando", "FL"), "Willis Tower": ("Chicago", "IL"),
    "Fenway Park": ("Boston", "MA"),
}  # fmt: skip
_PHRASE_BOOK: tuple[dict[str, str], ...] = (
    {"en": "Hello", "fr": "Bonjour", "es": "Hola", "de": "Hallo", "it": "Ciao", "pt": "Olá"},
    {"en": "Hi", "fr": "Salut", "es": "Hola", "de": "Hallo", "it": "Ciao", "pt": "Oi"},
    {"en": "Good morning", "fr": "Bonjour", "es": "Buenos días", "de": "Guten Morgen", "it": "Buongiorno", "pt": "Bom dia"},
    {"en": "Good evening", "fr": "Bonsoir", "es": "Buenas noches", "de": "Guten Abend", "it": "Buonasera", "pt": "Boa noite"},
    {"en": "Good night", "fr": "Bonne nuit", "es": "Buenas noches", "de": "Gute Nacht", "it": "Buona notte", "pt": "Boa noite"},
    {"en": "How are you?", "fr": "Comment allez-vous ?", "es": "¿Cómo está?", "de": "Wie geht es Ihnen?", "it": "Come sta?",
    "pt": "Como está?"},
    {"en": "Hello, how are you?", "fr": "Bonjour, comment allez-vous ?", "es": "Hola, ¿cómo está?",
    "de": "Hallo, wie geht es Ihnen?",
     "it": "Ciao, come sta?", "pt": "Olá, como está?"},
    {"en": "Thank you", "fr": "Merci", "es": "Gracias", "de": "Danke", "it": "Grazie", "pt": "Obrigado"},
    {"en": "Thanks", "fr": "Merci", "es": "Gracias", "de": "Danke", "it": "Grazie", "pt": "Obrigado"},
    {"en": "Goodbye", "fr": "Au revoir", "es": "Adiós", "de": "Auf Wiedersehen", "it": "Arrivederci", "pt": "Adeus"},
    {"en": "Please", "fr": "S'il vous plaît", "es": "Por favor", "de": "Bitte", "it": "Per favore", "pt": "Por favor"},
    {"en": "Yes", "fr": "Oui", "es": "Sí", "de": "Ja", "it": "Sì", "pt": "Sim"},
    {"en": "No", "fr": "Non", "es": "No", "de": "Nein", "it": "No", "pt": "Não"},
    {"en": "Where is the library?", "fr": "Où est la bibliothèque ?", "es": "¿Dónde está la biblioteca?",
    "de": "Wo ist die Bibliothek?",
     "it": "Dov'è la biblioteca?", "pt": "Onde fica a biblioteca?"},
    {"en": "Where is the train station?", "fr": "Où est la gare ?", "es": "¿Dónde está la estación de tren?",
    "de": "Wo ist der Bahnhof?",
     "it": "Dov'è la stazione?", "pt": "Onde fica a estação de trem?"},
    {"en": "I love you", "fr": "Je t'aime", "es": "Te quiero", "de": "Ich liebe dich", "it": "Ti amo", "pt": "Eu te amo"},
    {"en": "Enjoy your meal", "fr": "Bon appétit", "es": "Buen provecho", "de": "Guten Appetit", "it": "Buon appetito",
    "pt": "Bom apetite"},
    {"en": "See you later", "fr": "À plus tard", "es": "Hasta luego", "de": "Bis später", "it": "A dopo", "pt": "Até logo"},
    {"en": "Help", "fr": "Au secours", "es": "Socorro", "de": "Hilfe", "it": "Aiuto", "pt": "Socorro"},
    {"en": "retry", "fr": "nouvelle tentative", "es": "reintento", "de": "erneuter Versuch", "it": "nuovo tentativo",
    "pt": "nova tentativa"},
    {"en": "deadline", "fr": "date limite", "es": "fecha límite", "de": "Frist", "it": "scadenza", "pt": "prazo"},
)  # fmt: skip


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Mod: operator.mod,
}  # fmt: skip
_SPOKEN_OPERATORS = (
    (r"\b(?:plus|added to|mas)\b", "+"), (r"\b(?:minus|less|moins|menos)\b", "-"),
    (r"\b(?:times|multiplied by|fois|por|x)\b|×", "*"),
    (r"\b(?:divided by|over|divise par|entre)\b|÷", "/"), (r"\b(?:squared)\b", "* 1"),
)  # fmt: skip


def sum_in(question: str) -> tuple[str, str]:
    """A sum in a text and its value, both as texts: figures, + - * / and brackets, "15% of 80". Empty where
    there is none.
    """
    plain = re.sub(r"(\d+(?:\.\d+)?)\s*(?:%|percent) of (?=[\d(])", r"\1 / 100 * ", fold(question))
    for pattern, sign in _SPOKEN_OPERATORS:
        plain = re.sub(rf"(?<=[\d)\s]){pattern}(?=[\s\d(])", sign, plain)
    match = re.search(r"(?<![\w.])[(\s]*-?\d[\d\s.()]*(?:[-+*/%][\s(]*-?[\d.]+[\s)]*)+", plain)
    if not match or len(match.group()) > 80:
        return "", ""
    expression = " ".join(match.group().split())
    try:
        value = _value(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError):
        return "", ""
    shown = int(value) if float(value).is_integer() else round(value, 6)
    return expression, str(shown)


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left), _value(right))
    raise ValueError("not a sum")


_EQUATION = re.compile(
    r"(?P<a>-?\d*\.?\d*)\s*\*?\s*(?P<x>[a-z])\s*(?:(?P<sign>[-+])\s*(?P<b>\d+(?:\.\d+)?))?\s*=\s*(?P<c>-?\d+(?:\.\d+)?)"
)


def steps_of(question: str) -> list[tuple[str, str]]:
    """The way to the solution of a linear equation, or to the value of a sum: (what is done, what comes out),
    the answer last.
    """
    match = _EQUATION.search(question)
    if not match:
        expression, value = sum_in(question)
        return [(f"Compute {expression}.", value)] if value else []
    a = float(match["a"] + "1" if match["a"] in ("", "-") else match["a"])
    b = float((match["sign"] or "") + match["b"]) if match["b"] else 0.0
    c, x = float(match["c"]), match["x"]
    steps = []
    if b:
        done = "Subtract" if b > 0 else "Add"
        steps.append(
            (
                f"{done} {shown(abs(b))} {'from' if b > 0 else 'to'} both sides.",
                f"{shown(a)}{x} = {shown(c - b)}",
            )
        )
    return [*steps, (f"Divide both sides by {shown(a)}.", f"{x} = {shown((c - b) / a)}")] if a else []


def shown(value: float) -> str:
    """A number without needless zeros."""
    return str(int(value)) if value.is_integer() else str(round(value, 6))


def reckoned(question: str) -> str:
    """The value of the sum in a text; empty where there is none."""
    return sum_in(question)[1]


def translated(text: str, target: str) -> str | None:
    """The text in that language, where the phrase book has it."""
    wanted = " ".join(fold(word) for word in words(text))
    for row in _PHRASE_BOOK:
        if target in row and any(
            " ".join(fold(word) for word in words(phrase)) == wanted for phrase in row.values()
        ):
            return row[target]
    return None


def fact(conversation: Conversation) -> str | None:
    """The state of a city, a capital, the place of a landmark, the meaning of a phrase in the book; None for
    all else.
    """
    question, language = conversation.question, conversation.reply_language
    plain = fold(question)
    landmark = _landmark(conversation)
    if re.search(r"\b(?:which|what) (?:us |u\.s\. )?state\b|\bin welchem|quel etat|que estado", plain):
        if landmark:
            state = places.by_code(_LANDMARKS[landmark][1])
            assert state is not None  # each landmark names a state
            return say("state_of", language, place=f"The {landmark}", state=state.name)
        mention = next((m for m in places.mentions(question) if m.kind == "city"), None)
        if mention:
            return say(
                "state_of",
                language,
                place=question[mention.start : mention.end],
                state=places.local_name(mention.state, language),
            )
    if (
        landmark
        and re.search(r"\b(?:which|what) (?:city|town)\b|\bwhere(?:'s| is)\b", plain)
        and _LANDMARKS[landmark][0]
    ):
        return say("state_of", language, place=f"The {landmark}", state=_LANDMARKS[landmark][0])
    if re.search(r"\b(capital|capitale)\b", plain):
        return _capital(conversation)
    if re.search(r"\b(mean|meaning|signifie|significa|quiere decir)\b", plain):
        return _meaning(question, language)
    return None


def _landmark(conversation: Conversation) -> str | None:
    texts = [conversation.question, *(conversation.earlier if conversation.refers_back else [])]
    return next((name for text in texts for name in _LANDMARKS if fold(name) in fold(text)), None)


def _capital(conversation: Conversation) -> str | None:
    language = conversation.reply_language
    for country, capital in _CAPITALS.items():
        if re.search(rf"\b{re.escape(fold(country))}\b", fold(conversation.question)):
            return say("capital_of", language, place=country, capital=capital)
    if conversation.states:
        state = conversation.states[0]
        return say("capital_of", language, place=places.local_name(state, language), capital=state.capital)
    return None


def _meaning(question: str, language: str) -> str | None:
    from workshop.practice.reading.text import quoted

    target = language if language in ("en", "fr", "es", "de", "it", "pt") else "en"
    phrase = next(iter(quoted(question)), None)
    meaning = translated(phrase, target) if phrase else None
    return f"“{phrase}”: {meaning}" if meaning and fold(meaning) != fold(phrase or "") else None
