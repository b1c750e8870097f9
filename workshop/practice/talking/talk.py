"""Plain conversation: greetings, what was said earlier, verse, stories, explanations from the library."""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re

from workshop.practice.conversation import Conversation
from workshop.practice.reading import places
from workshop.practice.reading.entities import numbers
from workshop.practice.reading.language import OTHER, languages_named
from workshop.practice.reading.text import content_words, fold, joined, quoted, sentences, shorten, stems
from workshop.practice.reading.topics import topic_of
from workshop.practice.research import library
from workshop.practice.talking import briefing, drafts, facts, manner, terms, verse
from workshop.practice.talking.phrases import say, speaks
from workshop.practice.types import Reply, Text

_IDENTITY = re.compile(
    r"\b(who are you|what are you|are you (?:a |an )?(?:real|human|robot|ai|bot|person|llm|gpt|chatgpt|model)|(?:what|"
    r"which) (?:llm |language |ai )?model|your name|"
    r"introduce yourself|qui es-tu|qui etes-vous|es-tu (?:un|une)|quien eres|que eres|quien es usted|wer bist du)\b"
)
_ABILITIES = re.compile(
    r"\b(what can you do|what do you do|how can you help|what are your (?:skills|abilities)|que peux-tu faire|"
    r"que pouvez-vous|que puedes hacer)\b"
)
_SMALL_TALK: tuple[tuple[str, str], ...] = (
    ("how_are_you", r"\b(how are you|how's it going|how do you do|ca va\b.{0,3}\?|comment (?:ca va|allez-vous|vas-tu)|"
                    r"que tal|como estas|como esta usted)"),
    ("thanks", r"^\W*(?:ok,? |great,? |perfect,? )?(thanks?|thank you|merci|gracias|danke|grazie|obrigad[oa]|cheers)\b.{0,40}$"),
    ("bye", r"^\W*(bye|goodbye|see you|au revoir|adios|hasta luego|tschuss|ciao ciao|good night)\b.{0,25}$"),
    ("hello", r"^\W*(hi|hello|hey|howdy|good (?:morning|evening|afternoon)|bonjour|bonsoir|salut|coucou|hola|"
              r"buen[oa]s(?: dias| tardes| noches)?|hallo|guten tag|"
     r"ciao|buongiorno|ola|bom dia)\b(?:\W+(?:there|everyone|all|world|again|amigo|le monde|mundo|practice model|agent))?\W*$"),
)  # fmt: skip


def reply(conversation: Conversation) -> Reply:
    """An answer in words to anything."""
    return Reply((Text(manner.exact(conversation) or manner.styled(_said(conversation), conversation)),))


def _said(conversation: Conversation) -> str:
    for speak in (
        drafts.picked,
        drafts.improved,
        drafts.summed_up,
        briefing.answer,
        _echoed,
        _about_itself,
        _translation,
        _told_before,
        _small_talk,
        _creative,
        _reckoned,
        _looked_up,
        _explained,
    ):
        text = speak(conversation)
        if text:
            return text
    return _unknown(conversation)


def _about_itself(conversation: Conversation) -> str | None:
    plain, language = fold(conversation.question), conversation.reply_language
    if _IDENTITY.search(plain):
        return say("identity", language)
    if _ABILITIES.search(plain):
        offered = [tool.name for tool in conversation.functions]
        can = (
            say("abilities_tools", language, tools=joined(offered, say("and", language)))
            if offered
            else say("abilities_none", language)
        )
        return say("abilities", language, tools=can)
    return None


def _small_talk(conversation: Conversation) -> str | None:
    plain, language = fold(conversation.question), conversation.reply_language
    if not plain:
        return say("hello", language, name="")
    name = f", {conversation.user_name}" if conversation.user_name else ""
    for key, pattern in _SMALL_TALK:
        if re.search(pattern, plain):
            return say(key, language, name=name)
    return None


_ECHO = re.compile(
    r"^\W*(?:please )?(?:say|repeat(?: after me)?|echo)\b(?:\s*[:,]\s*|\s+(?:the words? |exactly )?)(?P<text>.+)$",
    re.IGNORECASE,
)
_GREET = re.compile(
    r"^(?P<word>hello|hi|goodbye|good (?:morning|evening|night)) to (?P<who>.+?)[.!?]*$", re.IGNORECASE
)
_COUNTING = re.compile(r"\bcount (?:up |down )?from (-?\d+) to (-?\d+)\b", re.IGNORECASE)
_BACKWARDS = re.compile(
    r"\b(?:spell|write|say|reverse)\b[^\n]*?[\"'“‘](?P<text>[^\"'”’]+)[\"'”’](?: backwards?| in reverse| reversed)?",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    r"\bhow many (?P<what>letters|characters|words|vowels)\b[^\n]*?(?:[\"'“‘](?P<quoted>[^\"'”’]+)[\"'”’]|\bword (?P<bare>\w+))",
    re.IGNORECASE,
)


def _echoed(conversation: Conversation) -> str | None:
    """What can be done with the question's own words: repeat them, count, spell backwards."""
    question = conversation.question
    if counting := _COUNTING.search(question):
        first, last = int(counting[1]), int(counting[2])
        step = 1 if last >= first else -1
        return ", ".join(map(str, range(first, last + step, step))) if abs(last - first) <= 200 else None
    if counted := _LETTERS.search(question):
        text = counted["quoted"] or counted["bare"]
        sizes = {
            "words": len(text.split()),
            "vowels": len(re.findall(r"[aeiou]", fold(text))),
            "characters": len(text),
        }
        return f"“{text}” has {sizes.get(fold(counted['what']), sum(map(str.isalpha, text)))} {fold(counted['what'])}."
    if (turned := _BACKWARDS.search(question)) and re.search(
        r"\b(?:backwards?|reversed?|in reverse)\b", fold(question)
    ):
        return turned["text"][::-1]
    said = _ECHO.match(question)
    if (
        not said
        or len(said["text"].split()) > 40
        or re.match(r"(?:something|anything|more|it|that again|again)\b", fold(said["text"]))
    ):
        return None
    greeted = _GREET.match(said["text"])
    if greeted:
        return f"{greeted['word'].capitalize()}, {greeted['who']}!"
    return said["text"].strip(" \"'“”")


_MY_FACT = re.compile(r"\b[Mm]y ([\w -]{3,40}?) (?:is|are|was) ([^.?!\n]+)")
_WHAT_IS_MY = re.compile(
    r"\b(?:what(?:'s| is| was| are)|which is|tell me|who is|remember) my ([\w -]{3,40}?)\s*(?:again)?\s*(?:\?|$)",
    re.IGNORECASE,
)
_MINE = re.compile(r"\b(?:am|was|do|did|have|had|is|are) (?:i|we|my|our)\b")
_FIRST = re.compile(
    r"\b(?:i|we) (?:ask|say|tell|said|asked|told)\b[^?]*\b(?:first|at the beginning|to begin with)\b|"
    r"\bmy first (?:question|message)\b"
)
_ASKS_BACK = re.compile(
    r"\b(did i (?:say|tell|mention|ask|give)|i (?:said|told|mentioned|asked|gave)|do you remember|remind me|earlier|before|"
    r"what was (?:the|my)|you know about me|"
    r"ai-je dit|te dije|he dicho)\b"
)


def _told_before(conversation: Conversation) -> str | None:
    """What the user said earlier, when asked for it; a word of thanks for what they say now."""
    question, plain, language = (
        conversation.question,
        fold(conversation.question),
        conversation.reply_language,
    )
    if re.search(
        r"\b(what(?:'s| is) my name|who am i|comment je m'appelle|quel est mon nom|como me llamo|cual es mi nombre|"
        r"(?:do you )?(?:remember|know) my name)\b",
        plain,
    ):
        name = conversation.user_name
        return say("your_name", language, name=name) if name else say("no_name", language)
    asked = _WHAT_IS_MY.search(question)
    told = "\n".join(conversation.earlier)
    if asked:
        for match in _MY_FACT.finditer(told):
            if stems(asked.group(1)) & stems(match.group(1)):
                return f"Your {match.group(1)} is {match.group(2).strip()}."
    if re.search(r"\bwhere (?:do|did) i (?:live|say i live)|my home|where am i\b", plain):
        state = next((s for text in conversation.earlier for s in places.states(text)), None)
        if state:
            return say("in_conversation", language, text=places.local_name(state, language))
    if conversation.earlier and _FIRST.search(plain):
        return say("in_conversation", language, text=conversation.earlier[-1])
    mine = _MINE.search(plain) and "?" in question and stems(question) & stems(told)
    if conversation.earlier and (asked or mine or _ASKS_BACK.search(plain)):
        return _recalled(conversation)
    if (
        "?" not in question
        and conversation.user_name
        and re.search(r"\b(my name is|call me|i am|i'm|je m'appelle|me llamo|mon nom|mi nombre)\b", plain)
    ):
        return say("name_noted", language, name=conversation.user_name)
    fact = _MY_FACT.search(question) or re.search(r"\b[Rr]emember (?:that )?([^.?!\n]+)()", question)
    if fact and "?" not in question:
        return say(
            "noted", language, fact=fact.group().strip().removeprefix("Remember ").removeprefix("remember ")
        )
    return None


def _recalled(conversation: Conversation) -> str | None:
    wanted = stems(conversation.question)
    if re.search(r"\bnumbers?\b", fold(conversation.question)):
        said = [found.value for text in reversed(conversation.earlier) for found in numbers(text)]
        if said:
            return say(
                "in_conversation",
                conversation.reply_language,
                text=joined(said, say("and", conversation.reply_language)),
            )
    scored = [(len(wanted & stems(text)), text) for text in conversation.earlier]
    score, best = max(scores_with_order(scored), default=(0, ""))
    return (
        say("in_conversation", conversation.reply_language, text=best)
        if best and (score or len(scored) == 1)
        else None
    )


def scores_with_order(scored: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The pairs, the newest text first among equals."""
    return sorted(scored, key=lambda pair: -pair[0])[:1]


def _translation(conversation: Conversation) -> str | None:
    """A phrase from the phrase book, for an agent that translates or a question that asks for it."""
    question, rules = conversation.question, conversation.instructions
    standing = re.search(r"\btranslat\w*\b[^.\n]*", rules, re.IGNORECASE)
    asked = re.search(
        r"\b(translate|say|how do you say|comment dit-on|como se dice|traduis|traduce)\b", fold(question)
    )
    targets = languages_named(standing.group()) if standing else []
    target = next(iter(targets), None)
    text = question
    if asked and (phrases := quoted(question)):
        text = phrases[0]
    elif asked and (
        match := re.search(r"\b(?:translate|say)\s+(.+?)\s+(?:in|into|to)\s+\w+", question, re.IGNORECASE)
    ):
        text = match.group(1)
    if target is None and asked:
        outside = question.replace(text, " ")
        target = next(iter(languages_named(outside)), None)
    if target is None or not (standing or asked):
        return None
    found = facts.translated(text, target)
    return found or say(
        "language_only", target if speaks(target) else conversation.reply_language, text=shorten(text, 80)
    )


def _creative(conversation: Conversation) -> str | None:
    plain, language = fold(conversation.question), conversation.reply_language
    topic = _creative_topic(conversation.question)
    if "haiku" in plain or (
        "haiku" in fold(conversation.instructions) and re.search(r"\b(poem|verse)\b", plain)
    ):
        return verse.haiku(topic or "practice", language)
    if re.search(r"\b(poem|poeme|poema|verse|song|limerick)\b", plain):
        return verse.poem(topic or "rain", language)
    if re.search(r"\b(joke|blague|chiste|witz)\b", plain):
        return say("joke", language)
    if re.search(r"\b(story|tale|histoire|conte|historia|cuento)\b", plain) and re.search(
        r"\b(tell|write|short|raconte\w*|ecri\w+|cuenta\w*|cuentame|escrib\w+|courte|corta|once|a story|une|una)\b",
        plain,
    ):
        topic = topic or {"fr": "mémoire", "es": "memoria"}.get(language, "lighthouse")
        return say("story", language, topic=topic, article="an" if topic[:1].lower() in "aeiou" else "a")
    return None


def _creative_topic(question: str) -> str:
    match = re.search(
        r"\b(?:about|on|of|sur|sobre|de|d['’])\s+(?:a |an |the |le |la |les |l['’]|el |los |las |un |une |una )?([^.,?!\n]+)",
        question,
        re.IGNORECASE,
    )
    if not match:
        return ""
    return re.sub(
        r"\s+(?:in|en|with|avec|please|pour|para)\b.*$", "", match.group(1).strip(), flags=re.IGNORECASE
    )


def _reckoned(conversation: Conversation) -> str | None:
    """The value of a sum in the question."""
    expression, value = facts.sum_in(conversation.question)
    return say("sum", conversation.reply_language, expression=expression, value=value) if value else None


def _looked_up(conversation: Conversation) -> str | None:
    return facts.fact(conversation)


def _explained(conversation: Conversation) -> str | None:
    """The best sentences of the library on the question's topic."""
    topic = topic_of(conversation.question)
    if not any(word.isalpha() for word in content_words(topic)):
        return None
    known = terms.definition(conversation.question, topic, conversation.reply_language) or terms.package(
        topic
    )
    if known:
        return sentences(known)[0] if _wants_one_sentence(conversation) else known
    best = next((found for found in library.search(topic, 3) if _is_about(found, topic)), None)
    if best is None:
        return None
    limit = 1 if _wants_one_sentence(conversation) else 3
    text = " ".join(best_sentences(best.text, topic, limit))
    if conversation.reply_language in ("en", OTHER):
        return text
    return say("read", conversation.reply_language, title=best.title, text=text)


def _is_about(passage: library.Passage, topic: str) -> bool:
    """Whether a passage answers: a package's where it is asked about by name, an article's where a sentence
    nearly covers it.
    """
    if not passage.is_article:
        name = passage.title.split(" ")[0].casefold()
        return (
            bool(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", topic.casefold()))
            and passage.coverage >= 0.6
        )
    covered = max((library.covers(topic, sentence) for sentence in sentences(passage.text)), default=0.0)
    return passage.coverage >= 0.75 and covered >= 0.6


def best_sentences(text: str, topic: str, limit: int) -> list[str]:
    """The sentences that meet the topic best, in the order of the text."""
    wanted = stems(topic)
    listed = sentences(text)
    ranked = sorted(range(len(listed)), key=lambda i: (-len(wanted & stems(listed[i])), i))[:limit]
    return [listed[i] for i in sorted(ranked)]


def _wants_one_sentence(conversation: Conversation) -> bool:
    both = fold(f"{conversation.instructions} {conversation.question}")
    return bool(
        re.search(
            r"\b(one|single|a|une?|una) (?:short |seule )?(?:sentence|phrase|frase|line)\b|\b(?:concise|brief|terse|"
            r"short)(?:ly)?\b",
            both,
        )
    )


def _unknown(conversation: Conversation) -> str:
    language = conversation.reply_language
    return say("unknown", language, topic=shorten(topic_of(conversation.question), 80))
