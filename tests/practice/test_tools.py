"""Function tools: the choice, the arguments, the order, the end, and the answer."""

from __future__ import annotations

import json

import pytest
from asking import ALERTS, GET_WEATHER, POST_NOTICE, STRING, Played, calls_of, parameters, reply_to, text_of

from workshop.practice import model, types
from workshop.practice.types import Item, Message, Tool, ToolCall, ToolResult

BOTH = [GET_WEATHER, POST_NOTICE]


def test_one_state() -> None:
    played = Played("What are the alerts in California?", [GET_WEATHER])
    assert played.calls == [("get_weather", {"state": "CA"})]
    assert "California" in played.text and "Heat Advisory" in played.text and "Moderate" in played.text


def test_a_code_that_no_state_has_is_asked_for_as_it_was_said() -> None:
    played = Played("Are there weather alerts in the state ZZ?", [GET_WEATHER])
    assert played.calls == [("get_weather", {"state": "ZZ"})]


def test_several_states_at_once_then_one_answer() -> None:
    played = Played("Compare the alerts in Texas, California and Ohio", [GET_WEATHER])
    assert [sorted(a["state"] for _, a in calls) for calls in played.rounds] == [["CA", "OH", "TX"]]
    for word in ("Texas", "Flood Watch", "Severe", "California", "Ohio", "no active"):
        assert word in played.text
    assert played.text.index("Flood Watch") < played.text.index("Wind Advisory"), (
        "the worst alert comes first"
    )


def test_calls_one_after_the_other_where_parallel_calls_are_switched_off() -> None:
    played = Played("Alerts in Texas and California?", [GET_WEATHER], parallel_tool_calls=False)
    assert played.rounds == [[("get_weather", {"state": "TX"})], [("get_weather", {"state": "CA"})]]


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ('{"state": "TX", "alerts": []}', ["no active", "Texas"]),
        ("[]", ["no active", "Texas"]),
        ('{"error": "the weather service is away"}', ["could not", "the weather service is away"]),
        ("An error occurred while running the tool: 503", ["could not", "503"]),
        (json.dumps(ALERTS["TX"]), ["Texas", "Flood Watch", "Severe", "Wind Advisory", "Minor"]),
        (
            json.dumps({"features": [{"properties": alert} for alert in ALERTS["TX"]]}),
            ["Texas", "Flood Watch", "Severe"],
        ),
        (str({"state": "TX", "alerts": ALERTS["TX"]}), ["Texas", "Flood Watch", "Severe"]),
        ("It is raining cats and dogs in Texas.", ["It is raining cats and dogs in Texas."]),
        ('{"temperature": 31, "sky": "clear"}', ["31", "clear"]),
        ("42", ["42"]),
        ("", ["nothing found"]),
    ],
)
def test_the_answer_is_made_of_what_the_tool_returned(output: str, told: list[str]) -> None:
    played = Played("Weather alerts for Texas?", [GET_WEATHER], run=lambda name, arguments: output)
    assert len(played.calls) == 1, "a failed call is not made again"
    for words in told:
        assert words in played.text


@pytest.mark.parametrize("place", ["Birmingham, England", "Cambridge, UK", "Athens, Greece", "Paris"])
def test_a_town_abroad_is_no_state(place: str) -> None:
    assert not calls_of(reply_to(f"How is the weather in {place}?", [GET_WEATHER]))


def test_no_state_draws_a_question_and_no_call() -> None:
    reply = reply_to("What's the weather like?", [GET_WEATHER])
    assert not calls_of(reply)
    assert "state" in text_of(reply)


@pytest.mark.parametrize(
    "question",
    [
        "hello",
        "Tell me a joke about Texas",
        "What is the capital of Texas?",
        "Write a haiku about Ohio",
        "thanks!",
    ],
)
def test_a_question_about_something_else_draws_no_call(question: str) -> None:
    assert not calls_of(reply_to(question, BOTH))


def test_alerts_are_read_before_notices_are_posted() -> None:
    played = Played("tell Ana and Ben about alerts in Texas and Ohio", BOTH)
    read, posted = played.rounds
    assert sorted(read, key=str) == [("get_weather", {"state": "OH"}), ("get_weather", {"state": "TX"})]
    assert sorted((a["subscriber"], a["state"]) for _, a in posted) == [
        ("Ana", "OH"),
        ("Ana", "TX"),
        ("Ben", "OH"),
        ("Ben", "TX"),
    ]
    assert all("Flood Watch" in a["text"] for _, a in posted if a["state"] == "TX")
    assert all("no active" in a["text"] for _, a in posted if a["state"] == "OH")
    assert not any("Ohio" in a["text"] for _, a in posted if a["state"] == "TX"), (
        "a notice is about its own state"
    )
    assert "4 notices" in played.text and "Ana (Texas)" in played.text


def test_each_subscriber_gets_the_state_beside_the_name() -> None:
    played = Played("Tell Ana about Texas and Ben about California", BOTH)
    assert [(a["subscriber"], a["state"]) for _, a in played.rounds[1]] == [("Ana", "TX"), ("Ben", "CA")]


@pytest.mark.parametrize(
    ("question", "posted"),
    [
        (
            "Notify Ana about Texas, and Ben about Ohio and California.",
            [("Ana", "TX"), ("Ben", "OH"), ("Ben", "CA")],
        ),
        ("Check Texas and Ohio and tell Ana.", [("Ana", "TX"), ("Ana", "OH")]),
        ("Are there severe alerts in Texas? If so, notify Ana and Ben.", [("Ana", "TX"), ("Ben", "TX")]),
        ("Are there severe alerts in California? If so, notify Ana and Ben.", []),
        (
            "Please warn all subscribers in Texas: Ana, Ben and Carla.",
            [("Ana", "TX"), ("Ben", "TX"), ("Carla", "TX")],
        ),
        ("Post notices for subscribers Ana (TX) and Ben (OH).", [("Ana", "TX"), ("Ben", "OH")]),
        ("For each subscriber (Ana, Ben) post a notice about alerts in TX", [("Ana", "TX"), ("Ben", "TX")]),
        (
            "Read the alerts for TX and CA. Then post a notice for Ana about each.",
            [("Ana", "TX"), ("Ana", "CA")],
        ),
        ("Tell ana and ben about alerts in texas", [("Ana", "TX"), ("Ben", "TX")]),
        ("Let Ana know about the weather in Ohio", [("Ana", "OH")]),
        ("Send Ana the alerts for California", [("Ana", "CA")]),
        (
            "Ana lives in Texas and Ben lives in California. Tell them about their alerts.",
            [("Ana", "TX"), ("Ben", "CA")],
        ),
        ("Avise a Ana de las alertas en Texas", [("Ana", "TX")]),
        ("Préviens Ana des alertes au Texas", [("Ana", "TX")]),
        ("Tell me about alerts in Texas", []),
        ("Let me know whether Ohio has alerts", []),
    ],
)
def test_who_is_told_about_what(question: str, posted: list[tuple[str, str]]) -> None:
    played = Played(question, BOTH)
    assert [(a["subscriber"], a["state"]) for name, a in played.calls if name == "post_notice"] == posted
    assert played.rounds[0][0][0] == "get_weather", "alerts are read first"
    assert all(
        "alert" in a["text"]
        for name, a in played.calls
        if name == "post_notice" and question.isascii() and "Avise" not in question
    )


def test_only_severe_alerts_are_told_where_only_they_are_asked_for() -> None:
    played = Played("Only tell Ana about severe alerts in Texas", BOTH)
    assert "Flood Watch" in played.calls[-1][1]["text"] and "Wind Advisory" not in played.calls[-1][1]["text"]
    assert "none of the severity" in Played("Only severe alerts in California, please", [GET_WEATHER]).text


def test_nothing_is_posted_where_the_condition_is_not_met() -> None:
    played = Played("Warn Ana if there are alerts in Ohio", BOTH)
    assert played.calls == [("get_weather", {"state": "OH"})]
    assert "Nothing was posted" in played.text


def test_nothing_is_posted_about_a_state_that_could_not_be_read() -> None:
    played = Played("Tell Ana about alerts in Guam", BOTH)
    assert [name for name, _ in played.calls] == ["get_weather"]
    assert "unknown state" in played.text


def test_a_board_without_states_gets_one_notice_about_all() -> None:
    board = Tool("post_notice", "Post a notice for a subscriber.", parameters(subscriber=STRING, text=STRING))
    played = Played("Tell Ana about alerts in Texas and California", [GET_WEATHER, board])
    (_, posted) = played.rounds[1][0]
    assert (
        len(played.rounds[1]) == 1 and "Flood Watch" in posted["text"] and "Heat Advisory" in posted["text"]
    )


def test_a_text_that_is_given_is_posted_as_it_is() -> None:
    played = Played('Post a notice for Ana in Texas: "Bring the boats in."', BOTH)
    assert played.calls == [
        ("post_notice", {"state": "TX", "subscriber": "Ana", "text": "Bring the boats in."})
    ]


def test_notices_are_posted_one_by_one_and_never_twice() -> None:
    played = Played("tell Ana and Ben about alerts in Texas and Ohio", BOTH, parallel_tool_calls=False)
    assert len(played.rounds) == 6 and len({json.dumps(call) for call in played.calls}) == 6


def test_subscribers_may_stand_in_the_instructions() -> None:
    rules = "You are the storm notifier. Read the alerts first.\nSubscribers: Ana in Texas, Ben in Ohio."
    played = Played("Notify all subscribers about the alerts", BOTH, instructions=rules)
    assert [(a["subscriber"], a["state"]) for name, a in played.calls if name == "post_notice"] == [
        ("Ana", "TX"),
        ("Ben", "OH"),
    ]


def test_a_new_question_may_call_again_for_the_same_thing() -> None:
    first = Played("Alerts in Texas?", [GET_WEATHER])
    again = Played("And now? Alerts in Texas again, please.", [GET_WEATHER], history=first.items)
    assert again.calls == [("get_weather", {"state": "TX"})]


def test_a_short_addition_goes_to_the_same_tool() -> None:
    first = Played("Alerts in Texas?", [GET_WEATHER])
    assert Played("And in Ohio?", [GET_WEATHER], history=first.items).calls == [
        ("get_weather", {"state": "OH"})
    ]


def test_there_means_the_state_named_before() -> None:
    history = [Message("user", "My sister lives in Texas."), Message("assistant", "Noted.")]
    assert calls_of(reply_to("Any storms there?", [GET_WEATHER], history=history)) == [
        ("get_weather", {"state": "TX"})
    ]


def test_tool_choice_none_calls_nothing() -> None:
    assert not calls_of(reply_to("Alerts in Texas?", [GET_WEATHER], tool_choice="none"))


def test_tool_choice_required_calls_something_for_any_question() -> None:
    assert calls_of(reply_to("hello", [GET_WEATHER], tool_choice="required"))[0][0] == "get_weather"


def test_tool_choice_by_name_calls_that_tool() -> None:
    calls = calls_of(reply_to("Alerts in Texas?", BOTH, tool_choice="post_notice"))
    assert [name for name, _ in calls] == ["post_notice"]
    assert set(calls[0][1]) == {"state", "subscriber", "text"} and calls[0][1]["state"] == "TX"


def test_an_answered_call_is_not_made_again() -> None:
    items: list[Item] = [
        Message("user", "Alerts in Texas?"),
        ToolCall("1", "get_weather", '{"state":"TX"}'),
        ToolResult("1", "[]"),
    ]
    from workshop.practice.model import answer
    from workshop.practice.types import Request

    assert not calls_of(answer(Request("practice", "", tuple(items), (GET_WEATHER,))))


ADD = Tool("add", "Add two numbers.", parameters(a={"type": "number"}, b={"type": "number"}))
MULTIPLY = Tool("multiply", "Multiply two numbers.", parameters(a={"type": "integer"}, b={"type": "integer"}))
CITY = Tool(
    "get_forecast",
    "Get the weather forecast for a city.",
    parameters(city=STRING, days={"type": "integer", "minimum": 1, "maximum": 7}),
)
MAIL = Tool(
    "send_email",
    "Send an email.",
    parameters(to={"type": "string", "description": "email address"}, subject=STRING, body=STRING),
)
ORDER = Tool("get_order", "Look up an order.", parameters(order_id=STRING))
NOW = Tool("current_time", "Get the current time.", parameters())
UNIT = Tool(
    "set_thermostat",
    "Set the temperature of a room.",
    parameters(
        room={"type": "string", "enum": ["kitchen", "bedroom"]},
        degrees={"type": "number"},
        unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
    ),
)
TAGS = Tool(
    "find_articles",
    "Search articles by tags.",
    parameters(tags={"type": "array", "items": {"type": "string", "enum": ["ai", "weather", "sport"]}}),
)
SPANISH = Tool("translate_to_spanish", "Translate the user's message to Spanish", parameters(input=STRING))


ARGUMENTS: list[tuple[str, list[Tool], list[tuple[str, dict[str, object]]]]] = [
    ("What is 12 plus 30?", [ADD, MULTIPLY], [("add", {"a": 12, "b": 30})]),
    ("What is 6 times 7?", [ADD, MULTIPLY], [("multiply", {"a": 6, "b": 7})]),
    (
        "What's the forecast for Tokyo for the next 3 days?",
        [CITY],
        [("get_forecast", {"city": "Tokyo", "days": 3})],
    ),
    ("Where is my order A-1234?", [ORDER, MAIL], [("get_order", {"order_id": "A-1234"})]),
    ("What time is it?", [NOW, ORDER], [("current_time", {})]),
    (
        "Set the bedroom to 21 degrees celsius",
        [UNIT],
        [("set_thermostat", {"room": "bedroom", "degrees": 21, "unit": "celsius"})],
    ),
    (
        "Search for articles about weather and sport",
        [TAGS],
        [("find_articles", {"tags": ["weather", "sport"]})],
    ),
    (
        "Translate 'Good morning' to Spanish",
        [SPANISH],
        [("translate_to_spanish", {"input": "Good morning"})],
    ),
]
"""A question, the tools on offer, and what is called."""


@pytest.mark.parametrize(("question", "tools", "expected"), ARGUMENTS)
def test_arguments_by_the_schema(
    question: str, tools: list[Tool], expected: list[tuple[str, dict[str, object]]]
) -> None:
    assert calls_of(reply_to(question, tools)) == expected


def test_a_mail_with_its_text() -> None:
    ((name, arguments),) = calls_of(
        reply_to("Send an email to ana@example.com saying the bridge is closed", [MAIL, GET_WEATHER])
    )
    assert (
        name == "send_email"
        and arguments["to"] == "ana@example.com"
        and arguments["body"] == "The bridge is closed"
    )


def test_a_state_by_name_where_the_tool_wants_a_name() -> None:
    tool = Tool(
        "get_weather",
        "Weather alerts.",
        parameters(state={"type": "string", "description": "Full name of the state"}),
    )
    assert calls_of(reply_to("alerts in TX?", [tool])) == [("get_weather", {"state": "Texas"})]


def test_optional_parameters_are_null_where_the_question_says_nothing() -> None:
    nullable = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    tool = Tool("get_weather", "Weather alerts for a US state.", parameters(state=STATE_ONLY, limit=nullable))
    assert calls_of(reply_to("alerts in Texas?", [tool])) == [("get_weather", {"state": "TX", "limit": None})]
    assert calls_of(reply_to("alerts in Texas, limit 5?", [tool])) == [
        ("get_weather", {"state": "TX", "limit": 5})
    ]


STATE_ONLY = {"type": "string", "pattern": "^[A-Z]{2}$"}


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Y a-t-il des alertes météo au Texas ?", ["alertes", "Flood Watch", "gravité"]),
        ("¿Hay alertas en Texas?", ["alertas", "Flood Watch", "gravedad"]),
    ],
)
def test_the_answer_is_in_the_users_language(question: str, words: list[str]) -> None:
    played = Played(question, [GET_WEATHER])
    assert all(word in played.text for word in words)


def test_the_language_of_the_instructions_comes_first() -> None:
    assert (
        "alertes"
        in Played("Any alerts in Texas?", [GET_WEATHER], instructions="You only respond in French.").text
    )


def test_haiku_instructions_give_three_lines_with_the_facts() -> None:
    text = Played(
        "Any alerts in California?",
        [GET_WEATHER],
        instructions="You are helpful. You only respond in haikus.",
    ).text
    assert len(text.splitlines()) == 3 and "Heat Advisory" in text


DELETE = Tool("delete_account", "Delete a user account.", parameters(username=STRING))
SAVE = Tool("save_note", "Save a note.", parameters(text=STRING))
READ = Tool("read_notes", "Read all saved notes.", parameters())
LIGHT = Tool(
    "turn_light", "Turn the light of a room on or off.", parameters(room=STRING, on={"type": "boolean"})
)


def test_a_question_changes_nothing() -> None:
    rules = "You administer accounts."
    assert calls_of(reply_to("What does Mr. Weber earn?", [DELETE], rules)) == []
    assert calls_of(reply_to("Delete the account of mweber", [DELETE], rules)) == [
        ("delete_account", {"username": "mweber"})
    ]
    assert calls_of(reply_to("What are my notes?", [SAVE, READ])) == [("read_notes", {})]


def test_what_is_given_is_not_read_first() -> None:
    called = calls_of(reply_to("Save a note: buy candles for the party", [SAVE, READ]))
    assert called == [("save_note", {"text": "buy candles for the party"})]


def test_several_things_in_a_list_make_several_calls() -> None:
    called = calls_of(reply_to("Turn the lights on in the hall and the bathroom", [LIGHT]))
    assert called == [("turn_light", {"room": room, "on": True}) for room in ("hall", "bathroom")]
    assert calls_of(reply_to("Turn on the light in the living room", [LIGHT])) == [
        ("turn_light", {"room": "living room", "on": True})
    ]


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            '{"what": "yeast strain", "owner": "Haddad", "shelf": 5}',
            "Yeast strain, the owner is Haddad, the shelf is 5.",
        ),
        (
            "{'departure': '10:42', 'delay_minutes': 5, 'express': True}",
            "The departure is 10:42, the delay is 5 minutes, express: yes.",
        ),
        (
            '{"tenant": "Ms. Duarte", "paid_until": "May", "owes_eur": 640}',
            "The tenant is Ms. Duarte, paid until May, owes 640 euros.",
        ),
        ('{"F1": -79.5, "F3": -62.3}', "F1: -79.5, F3: -62.3."),
        ('[{"title": "Moon", "minutes": 97}]', "Moon (minutes 97)."),
        ("FAILED: 2 of 210 tests failed", "FAILED: 2 of 210 tests failed"),
        ("Rejected on 4 March because the photo was too old.",) * 2,
    ],
)
def test_a_result_is_told_without_the_names_of_tools_and_arguments(output: str, told: str) -> None:
    find = Tool(
        "find_entry",
        "Find an entry of the list by its number.",
        parameters(entry_id={"type": "string", "description": "Number on the label, such as S-1001."}),
    )
    assert Played("Please find the entry S-1190.", [find], lambda *_: output).text == told


def test_what_tells_several_calls_apart_leads_their_results() -> None:
    flag = Tool(
        "get_flag",
        "Get the state of a feature flag in an environment.",
        parameters(name=STRING, environment={"type": "string", "enum": ["dev", "staging"]}),
    )
    found = {"dev": '{"enabled": true, "owner": "Ada"}', "staging": '{"enabled": false, "owner": "Ben"}'}
    history: list[Item] = [Message("user", "How is the flag beta in dev and in staging?")]
    for number, (environment, output) in enumerate(found.items()):
        call = json.dumps({"name": "beta", "environment": environment})
        history += [ToolCall(f"c{number}", "get_flag", call), ToolResult(f"c{number}", output)]
    reply = model.answer(types.Request("practice", "", tuple(history), (flag,)))
    assert text_of(reply) == ("Dev: enabled, the owner is Ada.\nStaging: not enabled, the owner is Ben.")


BOOK = Tool("book_table", "Book a table.", parameters(name=STRING, people={"type": "integer"}, time=STRING))
TEXT = Tool("send_sms", "Send a text message to a phone number.", parameters(number=STRING, text=STRING))
ADD = Tool("add_task", "Add a task to the list.", parameters(title=STRING, due=STRING))
SPEND = Tool(
    "add_expense", "Add an expense.", parameters(paid_by=STRING, amount={"type": "number"}, what=STRING)
)
SPEAK = Tool("translate", "Translate a text.", parameters(text=STRING, target_language=STRING))


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        (
            "A table for six at 19:30 under the name Novak, outside if possible.",
            BOOK,
            {"name": "Novak", "people": 6, "time": "19:30"},
        ),
        (
            "Text +49 170 1234567 that I'll be ten minutes late.",
            TEXT,
            {"number": "+49 170 1234567", "text": "I'll be ten minutes late"},
        ),
        ("Put buying milk on my list for tomorrow.", ADD, {"title": "buying milk", "due": "tomorrow"}),
        (
            "Remind me to water the plants on Friday, it's important.",
            ADD,
            {"title": "water the plants", "due": "Friday"},
        ),
        (
            "Priya spent 9.50 on coffee, please note it.",
            SPEND,
            {"paid_by": "Priya", "amount": 9.5, "what": "coffee"},
        ),
        ("How do you say thank you in Greek?", SPEAK, {"text": "thank you", "target_language": "Greek"}),
    ],
    ids=lambda each: each.name if isinstance(each, Tool) else None,
)
def test_what_is_said_in_so_many_words_is_given(
    question: str, tool: Tool, arguments: dict[str, object]
) -> None:
    assert calls_of(reply_to(question, [tool])) == [(tool.name, arguments)]


def test_a_name_that_is_told_waits_for_no_other_tool() -> None:
    balance = Tool("get_balance", "How much a flatmate owes.", parameters(name=STRING))
    called = calls_of(reply_to("Mia paid 32 euros for the gas bill.", [SPEND, balance]))
    assert called == [("add_expense", {"paid_by": "Mia", "amount": 32, "what": "gas bill"})]


def test_what_is_compared_with_or_is_looked_up_for_both() -> None:
    forecast = Tool("forecast", "The weather forecast for a city.", parameters(city=STRING))
    called = calls_of(reply_to("Where is it warmer, Lisbon or Bergen?", [forecast]))
    assert called == [("forecast", {"city": "Lisbon"}), ("forecast", {"city": "Bergen"})]


def test_what_is_open_is_looked_up() -> None:
    tickets = Tool("open_tickets", "The open tickets of a team.", parameters(team=STRING))
    called = calls_of(reply_to("How many tickets does the web team have open?", [tickets]))
    assert called == [("open_tickets", {"team": "web"})]


def test_a_line_is_told_by_its_number_and_an_answer_keeps_its_unit() -> None:
    buses = Tool("next_bus", "The next buses at a stop.", parameters(stop=STRING, line=STRING))
    played = Played(
        "When does the next 42 leave from Mill Lane?",
        [buses],
        run=lambda name, arguments: '[{"line": "42", "in_minutes": 4}, {"line": "42", "in_minutes": 19}]',
    )
    assert played.calls == [("next_bus", {"stop": "Mill Lane", "line": "42"})]
    assert "4 minutes" in played.text and "19 minutes" in played.text
