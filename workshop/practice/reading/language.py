"""The language of a text: rules for what is short or quoted, py3langid for the rest.

py3langid is right about whole sentences and guesses at single words, so that a greeting is looked up first,
quoted parts are left out, and the commonest little words of a language count beside the library's verdict. It
is restricted to seven languages and drops the tables of the others: 45 MB resident instead of 78, loaded on
first need in 0.6 s.
"""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from array import array
from functools import cache
from typing import Any

from workshop.practice.reading.text import fold, without_quotes, words

LANGUAGES = ("en", "fr", "es", "de", "it", "pt", "nl")
"""What is told apart in Latin script. Anything else is `OTHER` or the code of its script's main language."""
OTHER = "other"

NAMES = {
    "en": ("English", "anglais", "inglés", "inglesa", "anglaise", "Englisch"),
    "fr": ("French", "français", "française", "francés", "francesa", "Französisch"),
    "es": ("Spanish", "espagnol", "espagnole", "español", "española", "castellano", "Spanisch"),
    "de": ("German", "allemand", "allemande", "alemán", "alemana", "Deutsch"),
    "it": ("Italian", "italien", "italienne", "italiano", "italiana"),
    "pt": ("Portuguese", "portugais", "portugaise", "portugués", "portuguesa", "português"),
    "nl": ("Dutch", "néerlandais", "neerlandés", "holandés", "Nederlands"),
    "ja": ("Japanese", "japonais", "japonés"),
    "zh": ("Chinese", "Mandarin", "chinois", "chino"),
    "ko": ("Korean", "coréen", "coreano"),
    "ru": ("Russian", "russe", "ruso"),
    "ar": ("Arabic", "arabe", "árabe"),
    "hi": ("Hindi",),
    "el": ("Greek", "grec", "griego"),
    "he": ("Hebrew", "hébreu", "hebreo"),
    "th": ("Thai",),
    "pl": ("Polish", "polonais", "polaco"),
    "sv": ("Swedish", "suédois", "sueco"),
    "tr": ("Turkish", "turc", "turco"),
    "uk": ("Ukrainian", "ukrainien", "ucraniano"),
}
"""Each language's names, the English one first."""

_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[іїєґ]", re.IGNORECASE), "uk"),
    (re.compile(r"[\u0400-\u04ff]"), "ru"),
    (re.compile(r"[\u0600-\u06ff]"), "ar"),
    (re.compile(r"[\u0900-\u097f]"), "hi"),
    (re.compile(r"[\u0370-\u03ff]"), "el"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
)
_LETTERS = ((re.compile(r"[ąćęłńśźż]"), "pl"), (re.compile(r"[ğış]"), "tr"), (re.compile(r"[åø]"), "sv"))

_GREETINGS = {
    "en": "hi hello hey no thanks bye goodbye help yes please ok okay cheers morning evening welcome sorry howdy",
    "fr": "bonjour salut bonsoir merci oui non coucou allo adieu pardon revoir aide voila bienvenue svp desole aidez",
    "es": "hola gracias adios buenos buenas si saludos ayuda perdon vale bienvenido bienvenida amigo socorro ayudame",
    "de": "hallo danke tschuss guten ja nein bitte hilfe servus moin entschuldigung",
    "it": "ciao grazie buongiorno buonasera prego arrivederci salve aiuto scusa",
    "pt": "ola obrigado obrigada bom boa tchau ajuda",
    "nl": "hoi dank bedankt goedemorgen dag alsjeblieft goedemiddag doei",
    "sv": "hej tack god morgon",
    "pl": "czesc dziekuje dzien dobry prosze",
    "tr": "merhaba tesekkurler",
}
_LITTLE_WORDS = {
    "en": "the is are am what's who's where's how's let's don't was were be been do does did can could would will what "
    "when where who how why which my your i'd i'm it's in on "
    "of to for and with not please about any there this that from have has i you we they he she it a an tell write explain",
    "fr": "le la les des un une est sont suis es a ai as avez et ou où dans sur pour avec sans pas ne je tu il elle nous "
    "vous ils mon ma "
    "mes votre vos ton qui que quoi quel quelle quels quelles comment pourquoi quand combien au aux du ce cette c'est j'ai "
    "y qu'est "
    "d'un d'une l'on raconte explique dis donne fait veux peux voudrais peut dit-on",
    "es": "el la los las un una es son soy eres está esta están y o en sobre para por con sin no yo tú él ella nosotros mi "
    "mis su sus tu "
    "quien que qué cuál cual cómo como cuando cuándo dónde donde cuánto cuanto al del este hay tengo quiero puede puedo necesito "
    "cuéntame cuentame dime se me ha he hace muy hoy mañana ayuda favor escribe explica",
    "de": "der die das ein eine ist sind bin und oder nicht ich du er sie wir ihr mein was wie wo wer wann warum welche in "
    "auf für mit "
    "mir mich können kannst wird morgen bitte zu von den dem",
    "it": "il lo gli un una è sono e o di che non io tu lui lei noi mio mia cosa come dove quando chi perché quale per con "
    "vorrei "
    "puoi può stai sto della del due mi",
    "pt": "o os as um uma é são e ou de que não eu tu ele ela nós você voce meu minha como onde quando quem porque qual para com "
    "pode em no na estou está",
    "nl": "de het een is zijn ben en of niet ik jij je hij wij u uw mijn wat hoe waar wie wanneer waarom welke kunt voor met "
    "kan helpen op aan",
    "sv": "och är jag du det att en ett inte så mycket hur mår",
    "pl": "czy jest nie mi pomóc się na to jak możesz",
    "tr": "ve bir bu nasılsın mi ben sen var",
}
_MARKS = {
    "es": re.compile(r"[¿¡ñ]"),
    "fr": re.compile(r"[œçêûîôâë]|\b[dlcjnmst]['’](?=[a-zéèêh])"),
    "de": re.compile(r"ß"),
    "pt": re.compile(r"[ãõ]"),
}


@cache
def _tables() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    return (
        {k: set(v.split()) for k, v in _GREETINGS.items()},
        {k: set(v.split()) for k, v in _LITTLE_WORDS.items()},
    )


@cache
def _identifier() -> Any:
    """py3langid's model, for our seven languages only."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it has no annotations

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    identifier._full_model = None  # the tables of 90 other languages: 28 MB
    identifier.tk_output = array("i", identifier.tk_output)
    return identifier


def prepare() -> None:
    """Load the model ahead of the first sentence that needs it."""
    _identifier()


@cache
def _named(language: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(fold(name)) for name in NAMES[language]) + r")\b")


def languages_named(text: str) -> list[str]:
    """Codes of the languages that the text names ("French", "en español"), in the order in which they stand."""
    plain = fold(text)
    found = [(match.start(), code) for code in NAMES if (match := _named(code).search(plain))]
    return [code for _, code in sorted(found)]


def detect(text: str) -> str:
    """The language that the text is written in: one of `LANGUAGES`, a script's language, or `OTHER`. Empty:
    `OTHER`.
    """
    bare = without_quotes(text)
    if not words(bare):
        bare = text
    for pattern, code in _SCRIPTS:
        if pattern.search(bare):
            return code
    if not re.search(r"[^\W\d_]", bare):
        return OTHER
    votes = _votes(bare)
    best, runner_up = sorted(votes.items(), key=lambda vote: -vote[1])[:2]
    if best[1] - runner_up[1] >= 1.5:
        return best[0]
    for code, chance in _identifier().rank(bare):
        votes[code] += 3 * chance
    leader = max(votes, key=lambda code: votes[code])
    return leader if votes[leader] >= 0.9 else OTHER


def _votes(bare: str) -> dict[str, float]:
    greetings, little = _tables()
    tokens = [word.casefold().replace("’", "'") for word in words(bare)]
    votes: dict[str, float] = dict.fromkeys([*LANGUAGES, "sv", "pl", "tr"], 0.0)
    for code in votes:
        for token in tokens:
            plain = fold(token)
            if token in little[code] or plain in little[code]:
                votes[code] += 1.0 if len(token) > 1 else 0.4
            if plain in greetings[code]:
                votes[code] += 2.0 if len(tokens) <= 3 else 0.7
    for code, pattern in _MARKS.items():
        votes[code] += 1.5 * bool(pattern.search(bare.casefold()))
    for pattern, code in _LETTERS:
        votes[code] += 1.6 * bool(pattern.search(bare.casefold()))
    return votes
