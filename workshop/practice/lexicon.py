"""Words that mean the same to a tool: "storm", "météo" and "alerta" all meet a tool called get_weather."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from functools import cache

from workshop.practice.text import content_words, stem, word_set

_CONCEPTS = {
    "weather": "weather alert alerts alerte alertes alerta alertas storm storms stormy tempête tempêtes tormenta tormentas "
    "météo temps "
    "tiempo clima forecast prévisions pronóstico rain rainy raining snow snowing wind windy hurricane tornado flood "
    "flooding heat hot cold "
    "blizzard thunderstorm thunderstorms warning warnings temperature météorologiques meteorológicas meteorológica orage orages "
    "lluvia nieve neige pluie ouragan huracán wetter unwetter hail fog drought wildfire meteo tempo sunny climate",
    "notify": "notify notice notices notification tell inform warn post send message text alertez avise avisa avisar "
    "préviens prévenir "
    "informe informez envoie envoyez envía enviar manda publica publie let pass ping write remind announce subscriber "
    "subscribers "
    "dites informa notifica notifie avertis avertir dile diles",
    "search": "search find look lookup browse google web internet recherche cherche busca buscar trouve query research",
    "calculate": "calculate compute math calculator arithmetic calcule calcula combien cuánto",
    "add": "sum add plus addition total",
    "multiply": "multiply multiplied multiplication times product",
    "subtract": "subtract minus subtraction difference less",
    "divide": "divide divided division quotient",
    "time": "time clock hour date day now timezone heure hora uhr",
    "translate": "translate translation traduis traduire traduce traducir übersetze",
    "email": "email mail e-mail correo courriel inbox",
    "book": "book reserve reservation booking schedule appointment réserver réservation reservar reserva rendez-vous cita",
    "cancel": "cancel cancellation annuler annule cancelar anula",
    "order": "order orders commande pedido purchase buy shipment package delivery parcel colis paquete",
    "refund": "money refund refunds reimburse money-back remboursement rembourser reembolso",
    "bill": "bill billing invoice charge charged payment pay paid price cost facture factura facturación subscription",
    "technical": "technical tech bug error crash broken support install login password issue troubleshoot computer panne avería",
    "sales": "sales pricing plan upgrade demo quote buy discount",
    "flight": "flight flights airline seat plane baggage luggage vol vuelo airport",
    "hotel": "hotel room lodging stay hôtel",
    "joke": "joke jokes funny blague chiste",
    "story": "story tale histoire historia cuento conte",
    "math": "math mathematics maths algebra geometry calculus equation solve arithmetic theorem mathématiques matemáticas "
    "integral "
    "derivative fraction multiply",
    "history": "president founded first battle revolution treaty history historical war century empire king revolution "
    "histoire historia ancient",
    "science": "science physics chemistry biology",
    "music": "music song songs album artist playlist",
    "code": "code coding program programming python javascript function software debug refactor script",
    "news": "news headlines headline",
    "stock": "stock stocks share price ticker market",
    "remember": "remember save store memorize note notes",
    "list": "list show display enumerate",
    "delete": "delete remove erase clear",
    "weekday": "monday tuesday wednesday thursday friday saturday sunday",
    "legal": "legal law lawyer contract attorney",
    "health": "health medical doctor symptom medicine médecin médico",
    "travel": "travel trip itinerary vacation voyage viaje",
    "food": "recipe cook cooking restaurant food dinner lunch menu",
    "person": "user customer person client subscriber recipient",
}
PERSONAL = frozenset({"notify", "email"})
"""Concepts that need somebody else to be told: "tell me" is not one."""


@cache
def _index() -> dict[str, frozenset[str]]:
    index: dict[str, set[str]] = {}
    for concept, listed in _CONCEPTS.items():
        for word in listed.split():
            index.setdefault(stem(word), set()).add(f"#{concept}")
    return {root: frozenset(found) for root, found in index.items()}


def concepts(text: str) -> set[str]:
    """What the text is about: concepts for the words that have one, stems for the others."""
    index = _index()
    found: set[str] = set()
    for word in [*content_words(text), *(w for w in text.casefold().split() if stem(w) in _VERBS)]:
        root = stem(word)
        found |= index.get(root, frozenset({root}))
    for sign, concept in _SIGNS.items():
        if re.search(rf"\d\s*{sign}\s*\d", text):
            found.add(concept)
    return found


_SIGNS = {r"\+": "#add", r"[*×x]": "#multiply", r"[-−]": "#subtract", r"[/÷]": "#divide"}
"""Arithmetic between two figures."""


_VERBS = frozenset(stem(v) for v in ("tell", "let", "dile", "diles"))
"""Stop words elsewhere, verbs that a tool may answer here."""

_ACTING = frozenset(
    stem(v)
    for v in word_set(
        "post send create notify book add delete remove update write save publish order cancel refund set submit email "
        "call schedule reserve pay buy register assign close open approve store remember announce message file"
    )
)


def acts(tool_name: str) -> bool:
    """Whether the tool's name says that it changes something, rather than reads."""
    first = tool_name.replace("-", "_").split("_")[0]
    return stem(first) in _ACTING
