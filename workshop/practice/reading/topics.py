"""The subject of a question, apart from the words that ask for it."""

# texts as people write them, with the punctuation of their language

from __future__ import annotations

import re

_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|please|ok|so|well)[,!.]?\s+)*"
    r"(?:(?:can|could|would|will) you (?:please )?|please |i (?:want|need|would like|'d like) (?:you )?to |i(?:'d|"
    r" would) like to know |"
    r"peux-tu |pouvez-vous |puedes |podrías )?"
    r"(?:(?:search|look|google|browse)(?: the web| online| up)?(?: for| on| about)?|find(?: out)?(?: me)?(?: about)?|"
    r"research|plan|"
    r"tell me(?: more)?(?: about)?|explain(?: to me)?|describe|compare|"
    r"what (?:should|must|do|can) (?:i|we|you|one) (?:need to )?know (?:about|of)|"
    r"what (?:is|are) (?:the )?(?:best|right|easiest|safest) ways? (?:to|of)|"
    r"what (?:is|are)|who is|"
    r"write (?:me )?(?:a|an) \w+ (?:report |article |essay )?(?:about|on)|"
    r"give me (?:information|info|details|a summary|an overview) (?:about|on|of)|summari[sz]e|cherche|recherche|busca|"
    r"explique(?:-moi)?|"
    r"explícame|qu'est-ce que|c'est quoi,?|qué es|"
    r"(?:how|why|when) (?:do|does|did|can|could|should|would|is|are)(?: i| we| you| one)?|how to|what (?:happens|makes)|"
    r"which)?\s+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\s+(?:in (?:one|two|a few|\d+) (?:short )?sentences?|in a (?:sentence|nutshell)|"
    r"in (?:plain|simple) (?:english|words|terms|language)|in detail|in your own words|to a (?:child|beginner)|briefly|for me|please)\s*$",
    re.IGNORECASE,
)


def topic_of(text: str) -> str:
    """The subject of a question, without the words that ask for it."""
    first = text.strip().split("\n")[0].strip(" ?!.:")
    bare = _OPENING.sub("", f"{first} ", count=1).strip()
    bare = re.sub(
        r",? and (?:how|what|why|when|which|who|where)\b.*$|\s+works?$", "", bare, flags=re.IGNORECASE
    )
    bare = re.sub(r" be (?:used|done|made|applied|handled)\b", "", bare)
    bare = re.sub(
        r"^(?:the|a|an|le|la|les|el|los|las|un|une|una)\s+", "", _CLOSING.sub("", bare), flags=re.IGNORECASE
    ).strip(" ?!.:,")
    return bare or first


def title_of(text: str) -> str:
    """The question as a heading: as it was asked where it asks how or why, else its subject."""
    first = text.strip().split("\n")[0].strip()
    asked = re.match(
        r"(?:how|why|when|where|who|does|do|is|are|can|should|comment|pourquoi|cómo|por qué)\b",
        first,
        re.IGNORECASE,
    )
    return first.rstrip(" .!") if asked else topic_of(text)
