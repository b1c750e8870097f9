"""Plain conversation, its thread and its language, and handoffs beyond the set."""

from __future__ import annotations

import pytest
from asking import GET_WEATHER, calls_of, handoff_to, reply_to, text_of

from workshop.practice.model import answer
from workshop.practice.reading.language import detect
from workshop.practice.reading.text import syllables
from workshop.practice.types import Item, Message, Request, ToolCall, ToolResult


def talk(*said: str, instructions: str = "You are helpful.") -> str:
    """The last answer of a conversation."""
    history: list[Item] = []
    text = ""
    for words in said:
        text = text_of(reply_to(words, (), instructions, history))
        history += [Message("user", words), Message("assistant", text)]
    return text


def test_it_says_what_it_is() -> None:
    for question in ("Who are you?", "Are you a real model?", "What model is this?"):
        assert "practice model" in talk(question) and "no neural network" in talk(question)
    assert "modèle d'entraînement" in talk("Qui êtes-vous ?") and "modelo de práctica" in talk("¿Quién eres?")


def test_it_says_what_it_can_do() -> None:
    assert "get_weather" in text_of(reply_to("What can you do?", [GET_WEATHER]))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (("Hi, my name is Ana and I live in Texas.", "What is my name?"), "Ana"),
        (("I'm Ben.", "Thanks!", "Who am I?"), "Ben"),
        (("Remember the number 4711.", "hello", "What number did I tell you?"), "4711"),
        (("My favourite colour is blue.", "ok", "What is my favourite colour?"), "blue"),
        (("I live in Kansas City.", "Where do I live?"), "Missouri"),
        (("Me llamo Ana", "¿Cómo me llamo?"), "Ana"),
        (("Je m'appelle Zoé", "Comment je m'appelle ?"), "Zoé"),
    ],
)
def test_the_thread_is_kept(said: tuple[str, ...], wanted: str) -> None:
    assert wanted in talk(*said)


def test_what_was_not_said_is_not_made_up() -> None:
    assert "not told" in talk("What is my name?")


def test_a_haiku_has_three_lines_of_five_seven_and_five() -> None:
    lines = talk("Write a haiku about recursion in programming.").splitlines()
    assert [syllables(line) for line in lines] == [5, 7, 5] and "recursion" in lines[0].casefold()


@pytest.mark.parametrize(
    "topic", ["Ohio", "the sea", "durable execution", "cats", "coffee", "autumn leaves", "Temporal"]
)
def test_haiku_on_many_topics(topic: str) -> None:
    assert [syllables(line) for line in talk(f"Write a haiku about {topic}").splitlines()] == [5, 7, 5]


@pytest.mark.parametrize(
    ("instructions", "question", "language"),
    [
        ("You only speak French.", "Bonjour, raconte-moi une histoire courte", "fr"),
        ("You only speak Spanish", "Hola, cuéntame un cuento sobre el mar", "es"),
        ("You speak English.", "Guten Tag, erzählen Sie mir eine Geschichte", "en"),
        ("Always answer in Spanish.", "Tell me a story about the sea", "es"),
        ("Tu réponds toujours en français.", "Who are you?", "fr"),
        ("You only speak French.", "Explique l'exécution durable en une phrase", "fr"),
        ("You only speak Spanish.", "¿Qué es un flujo de trabajo duradero?", "es"),
        ("You only speak French.", "hello", "fr"),
        ("You only speak Spanish.", "merci", "es"),
    ],
)
def test_the_language_that_the_instructions_ask_for(instructions: str, question: str, language: str) -> None:
    assert detect(talk(question, instructions=instructions)) == language


def test_an_explanation_comes_from_the_library() -> None:
    text = talk("Explain durable execution in one sentence.")
    assert "progress" in text and text.count(". ") == 0


def test_what_it_does_not_know_it_says() -> None:
    assert "has nothing on" in talk("Who won the 1987 chess olympiad?")


def test_arithmetic() -> None:
    assert "14" in talk("What is 2 + 3*4?") and "42" in talk("what is 6 times 7")
    assert "has nothing" in talk("What is 1 / 0?")


@pytest.mark.parametrize(
    ("question", "x"),
    [
        ("Can you help me solve for x: 4x + 6 = 30?", "x = 6"),
        ("Solve 3y - 4 = 20", "y = 8"),
        ("z + 2 = 9, what is z?", "z = 7"),
    ],
)
def test_a_linear_equation_is_solved_with_the_way_to_it(question: str, x: str) -> None:
    said = talk(question)
    assert said.startswith(f"{x}. ")
    assert "both sides" in said
    assert "both sides" not in talk("5 - x = 2")


TUTORS = [
    handoff_to("History Tutor", "Specialist for historical questions"),
    handoff_to("Math Tutor", "Specialist for math questions"),
]
DESKS = [
    handoff_to("Billing Agent", "Handles invoices and refunds"),
    handoff_to("Technical Support Agent", "Fixes problems"),
    handoff_to("Sales"),
]


@pytest.mark.parametrize(
    ("question", "agents", "name"),
    [
        ("who was the first president of the united states?", TUTORS, "history_tutor"),
        ("can you help me solve for x: 2x + 3 = 11", TUTORS, "math_tutor"),
        ("I want my money back", DESKS, "billing_agent"),
        ("The app crashes when I log in", DESKS, "technical_support_agent"),
        ("I'd like a quote for the pro plan", DESKS, "sales"),
    ],
)
def test_handoff_by_topic(question: str, agents: list, name: str) -> None:  # type: ignore[type-arg]
    assert calls_of(reply_to(question, agents, "Pick the right agent.")) == [(f"transfer_to_{name}", {})]


def test_small_talk_is_not_handed_over_by_topic() -> None:
    assert not calls_of(reply_to("hello", DESKS, "Pick the right agent."))


def test_a_fourth_language_when_its_agent_is_there() -> None:
    agents = [handoff_to(f"{language} Agent") for language in ("French", "Spanish", "English", "German")]
    assert calls_of(reply_to("Guten Tag, können Sie mir helfen?", agents)) == [
        ("transfer_to_german_agent", {})
    ]
    assert calls_of(reply_to("Ciao, come stai?", agents)) == [("transfer_to_english_agent", {})]


def test_handed_over_is_answered_and_not_handed_back() -> None:
    items = (
        Message("user", "Bonjour !"),
        ToolCall("1", "transfer_to_french_agent", "{}"),
        ToolResult("1", '{"assistant": "French Agent"}'),
    )
    back = (handoff_to("Triage Agent"), handoff_to("French Agent"))
    reply = answer(Request("practice", "You only speak French.", items, back))
    assert not calls_of(reply) and "Bonjour" in text_of(reply)


def test_a_specialist_is_not_called_twice_for_one_question() -> None:
    items = (
        Message("user", "I want my money back"),
        ToolCall("1", "transfer_to_billing_agent", "{}"),
        ToolResult("1", "{}"),
    )
    assert not calls_of(answer(Request("practice", "You handle refunds.", items, tuple(DESKS))))


def test_what_a_colleague_gives_back_goes_to_another() -> None:
    items = (
        Message("user", "I want my money back"),
        ToolCall("1", "transfer_to_billing_agent", "{}"),
        ToolResult("1", "{}"),
        Message("assistant", "Done."),
        Message("user", "The app crashes when I log in"),
        ToolCall("2", "transfer_to_front_desk", "{}"),
        ToolResult("2", "{}"),
    )
    desk = Request("practice", "Pick the right agent.", items, tuple(DESKS))
    assert calls_of(answer(desk)) == [("transfer_to_technical_support_agent", {})]


def test_what_has_to_be_known_before_a_handoff_is_asked_for_once() -> None:
    rules = (
        "To book a course we need the level and the day. Ask if one is missing, then hand over to Courses."
    )
    courses = [handoff_to("Courses", "Books language courses")]
    asked = reply_to("I'd like to join a course for beginners.", courses, rules)
    assert not calls_of(asked) and "the day" in text_of(asked) and "level" not in text_of(asked)
    history = (
        Message("user", "I'd like to join a course for beginners."),
        Message("assistant", text_of(asked)),
    )
    assert calls_of(reply_to("Monday, please.", courses, rules, history)) == [("transfer_to_courses", {})]


def test_an_own_tool_is_used_after_a_handoff() -> None:
    items = (
        Message("user", "¿Hay alertas en Texas?"),
        ToolCall("1", "transfer_to_spanish_agent", "{}"),
        ToolResult("1", "{}"),
    )
    assert calls_of(answer(Request("practice", "Hablas español.", items, (GET_WEATHER,)))) == [
        ("get_weather", {"state": "TX"})
    ]


def test_a_research_triage_hands_vague_queries_to_the_one_who_asks() -> None:
    agents = [handoff_to("Clarifying Questions Agent"), handoff_to("Instruction Agent")]
    assert calls_of(reply_to("caching", agents)) == [("transfer_to_clarifying_questions_agent", {})]
    specific = "How does Temporal recover a workflow after a worker crash, and what does replay do?"
    assert calls_of(reply_to(specific, agents)) == [("transfer_to_instruction_agent", {})]


@pytest.mark.parametrize(
    ("target", "word"), [("Spanish", "Hola"), ("French", "Bonjour"), ("German", "Hallo"), ("Italian", "Ciao")]
)
def test_a_translating_agent(target: str, word: str) -> None:
    assert word in talk("Hello, how are you?", instructions=f"You translate the user's message to {target}")


@pytest.mark.parametrize(
    ("target", "question", "said"),
    [
        ("Spanish", "Good evening, how are you?", "Buenas noches, ¿cómo está?"),
        ("Spanish", "Hello, world! How are you today?", "¡Hola, mundo! ¿Cómo está hoy?"),
        ("Spanish", "Thank you! See you tomorrow, Ana.", "¡Gracias! Hasta mañana, Ana."),
        ("French", "Hi Ben, where is the train station?", "Salut Ben, où est la gare ?"),
        ("Italian", "Good morning! Good luck.", "Buongiorno! Buona fortuna."),
    ],
)
def test_a_translation_of_several_phrases(target: str, question: str, said: str) -> None:
    assert talk(question, instructions=f"You translate the user's message to {target}") == said


def test_a_sentence_is_not_translated_by_half() -> None:
    assert "Good morning" in talk("Good morning, the cows are out.", instructions="Translate to French.")


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What is the square root of 1369?", "= 37"),
        ("What's 2 to the power of 12?", "= 4096"),
        ("12 squared plus 6", "= 150"),
        ("How much is 5^3?", "= 125"),
        ("What is the cube root of 64?", "= 4"),
    ],
)
def test_roots_and_powers(question: str, value: str) -> None:
    assert value in talk(question)
    assert "= 9" not in talk("What is 9^999999999?")


def test_a_manner_of_speaking() -> None:
    assert talk("hello", instructions="You talk like a pirate.").startswith("Arr!")
    assert talk("hello", instructions="Answer in ALL CAPS.").isupper()
    robot = talk("What is a workflow?", instructions="Respond as a robot and say 'bzzt' a lot.")
    assert robot.count("Bzzt.") == robot.count(". Bzzt.") > 1
    assert talk("hello", instructions='End each answer with "Over and out."').endswith("Over and out.")


def test_an_empty_request_is_answered() -> None:
    assert text_of(answer(Request("practice", "", ())))
    assert text_of(answer(Request("practice", "", (Message("assistant", "What now?"),))))


def test_odd_input_is_answered() -> None:
    for text in ("\x00", "?" * 500, "🙂", "a" * 5000, "]]}{", "Ignore me\n\n\n", "12345", "\ud83d"):
        assert text_of(reply_to(text, [GET_WEATHER])) or calls_of(reply_to(text, [GET_WEATHER]))


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("C'est quoi, un workflow durable ?", "L'exécution durable note"),
        ("Explícame qué es un flujo de trabajo duradero.", "La ejecución duradera anota"),
        ("Explain durable execution in one sentence.", "Durable execution records"),
    ],
)
def test_the_courses_terms_are_explained_in_three_languages(question: str, wanted: str) -> None:
    assert talk(question).startswith(wanted)


def test_what_nobody_ordered_is_not_written() -> None:
    assert "nothing" in text_of(reply_to("How do I cook risotto?", instructions="You help with recipes."))


def test_what_the_user_tells_is_kept_in_mind() -> None:
    history = [Message("user", "Today I met Paula at the Blue Cafe."), Message("assistant", "Nice.")]
    assert "Paula" in text_of(reply_to("Who did I meet today?", history=history))


@pytest.mark.parametrize(
    ("instructions", "question", "said"),
    [
        ("Classify the message as spam or ham.", "You have won a prize, click here", "spam"),
        ("Say GOOD if the text is polite, otherwise say BAD.", "This is stupid.", "BAD"),
    ],
)
def test_what_the_instructions_do_with_each_message(instructions: str, question: str, said: str) -> None:
    assert text_of(reply_to(question, instructions=instructions)) == said


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("A class of 27 children needs 3 pencils each. How many pencils is that?", "27 × 3 = 81 pencils"),  # noqa: RUF001
        (
            "A farm sold 14 crates at 9 euros and 6 crates at 5 euros. What did it earn?",
            "126 + 30 = 156 euros",
        ),
        ("If I save 15 euros a week, how much do I have after 8 weeks?", "= 120 euros"),
        ("Each of the 8 tables seats 6 guests. How many guests can come?", "= 48 guests"),
        ("There were 23 people on the bus, 5 got off and 9 got on. How many are on it now?", "= 27"),
        ("48 cookies are shared equally among 6 children. How many does each get?", "48 / 6 = 8"),
        ("A box holds 12 eggs. How many boxes do I need for 60 eggs?", "60 / 12 = 5 boxes"),
        ("A jacket costs 80 euros and is 25% off. What does it cost now?", "= 60 euros"),
        ("A film starts at 19:40 and takes 95 minutes. When does it end?", "= 21:15"),
        ("How many weeks are 56 days?", "56 / 7 = 8 weeks"),
        ("Write down the even numbers from 4 to 14.", "4, 6, 8, 10, 12, 14"),
        ("Count down from 5 to 1.", "5, 4, 3, 2, 1"),
        ("What are the multiples of 7 up to 35?", "7, 14, 21, 28, 35"),
        ("List the days of the week.", "Monday, Tuesday"),
    ],
)
def test_a_little_story_is_reckoned_and_a_row_is_listed(question: str, told: str) -> None:
    assert told in talk(question)


@pytest.mark.parametrize(
    "question",
    [
        "Tom has 20 marbles. He buys 5 apples. How many marbles does he have left?",
        "A snail climbs 3 metres a day and slips 2 metres a night. How many days does it need for 10 metres?",
        "If three cats catch three mice in three minutes, how many cats catch 100 mice in 100 minutes?",
        "A tank is filled by one pipe in 3 hours and by another in 5 hours. How long do both take together?",
        "How many retries are there with 3 attempts of 5 seconds?",
    ],
)
def test_a_story_that_no_rule_can_tell_gets_no_figure(question: str) -> None:
    assert "can't work that out" in talk(question)


def test_a_question_orders_no_song() -> None:
    assert "library has nothing on" in text_of(reply_to("Who won the Eurovision Song Contest in 1988?"))


def test_a_term_inside_of_another_is_explained() -> None:
    said = text_of(reply_to("What is the point of a heartbeat in a long-running activity?"))
    assert said.startswith("A heartbeat is")
