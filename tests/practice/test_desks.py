"""What agents that a learner writes do with instructions, results and handoffs: whole turns, by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import desks_figures
import desks_lists
import desks_results
import desks_words
import pytest
from playing import Desk, Turn

from workshop.practice.types import Item


@dataclass
class Case:
    """A conversation, and what its last turn must call and say."""

    desk: Desk
    questions: list[str]
    calls: list[tuple[str, dict[str, Any]]] | None = None
    names: list[str] | None = None
    last: dict[str, Any] = field(default_factory=dict)
    """Arguments of the last call."""
    has: list[str] = field(default_factory=list)
    hasnt: list[str] = field(default_factory=list)


CASES = {
    "limits": [
        Case(
            desks_figures.AQUARIUM,
            ["Does any tank need a water change?"],
            names=["nitrate_levels"],
            has=["Amazon"],
            hasnt=["Reef", "Shrimp"],
        ),
        Case(
            desks_figures.ACCOUNTS,
            ["Please pay INV-31, it is 2000 euros."],
            names=["convert_to_dollars"],
            has=["finance director"],
        ),
        Case(
            desks_figures.ACCOUNTS,
            ["Please pay INV-32, it is 300 GBP."],
            calls=[
                ("convert_to_dollars", {"amount": 300, "currency": "GBP"}),
                ("pay_invoice", {"invoice": "INV-32", "amount_usd": 390.0}),
            ],
            has=["INV-32 is paid"],
        ),
        Case(
            desks_figures.FLEET,
            ["Which scooters do we have to collect?"],
            names=["battery_levels"],
            has=["S2", "S3"],
            hasnt=["S1"],
        ),
        Case(
            desks_figures.MUSEUM_CLIMATE,
            ["Is the vault too humid?"],
            names=["room_humidity"],
            has=["71", "conservator"],
        ),
        Case(
            desks_figures.MUSEUM_CLIMATE,
            ["How humid is the gallery?"],
            names=["room_humidity"],
            has=["52"],
            hasnt=["conservator"],
        ),
        Case(desks_figures.SUPPLIES, ["Please order 250 pens."], names=[], has=["purchasing"]),
        Case(
            desks_figures.SUPPLIES,
            ["Please order 40 pens."],
            names=["order_pens"],
            has=["40 pens are ordered"],
        ),
    ],
    "chains": [
        Case(
            desks_figures.FLOOR_GUIDE,
            ["I want to visit the head of marketing. Where is their desk?"],
            names=["head_of", "desk_of"],
            last={"person": "Olga"},
            has=["4-17"],
        ),
        Case(
            desks_figures.HOTEL_DESK,
            ["My booking is BK-552, is my room ready?"],
            names=["find_booking", "room_status"],
            last={"room": "214"},
            has=["ready since noon"],
        ),
        Case(
            desks_figures.TRIP_PLANNER,
            ["What does the fuel from Graz to Vienna cost?"],
            names=["distance_km", "fuel_cost"],
            last={"distance_km": 310.0},
            has=["34.1"],
        ),
        Case(
            desks_figures.SCHOOL_OFFICE,
            ["Locker 12 is open and full of water. What is the parents' e-mail address?"],
            names=["student_of_locker", "parent_email"],
            last={"student": "Priya Nair"},
            has=["nair.family@example.org"],
        ),
        Case(
            desks_figures.POST_ROOM,
            ["How much is the postage for PA-77?"],
            names=["weigh_parcel", "postage"],
            last={"weight_kg": 4.2},
            has=["6.9"],
        ),
        Case(
            desks_figures.PARK_KEEPER,
            ["In which month do we prune tree 31?"],
            names=["species_of", "pruning_month"],
            last={"species": "silver birch"},
            has=["November"],
        ),
    ],
    "situations": [
        Case(
            desks_words.RECEPTION,
            ["Help, I'm stuck in the elevator between two floors!"],
            names=[],
            has=["yellow button"],
            hasnt=["tell them"],
        ),
        Case(
            desks_words.LIBRARY_RULES,
            ["I lost a book that I borrowed from you, what do I do?"],
            names=[],
            has=["desk 2"],
            hasnt=["ten books"],
        ),
        Case(
            desks_words.COMPLAINTS,
            ["The neighbor upstairs plays drums every night and it drives me mad."],
            names=[],
            has=["thank", "two days", "555-0190"],
            hasnt=["the caller"],
        ),
        Case(
            desks_words.POOL,
            ["My son slipped and hurt his knee, where can we go?"],
            names=[],
            has=["first aid room"],
            hasnt=["Lane 1"],
        ),
        Case(
            desks_words.HOSPITAL_DESK,
            ["My father has a strong pain in his chest, what should we do?"],
            names=[],
            has=["building A"],
            hasnt=["tell them"],
        ),
        Case(
            desks_words.PARKING,
            ["I can't find my ticket anymore, I think I lost it."],
            names=[],
            has=["help button"],
            hasnt=["2 euros"],
        ),
    ],
    "reports": [
        Case(
            desks_words.NETWORK_DESK,
            ["Nobody in building B2 has had internet since this morning, nothing works."],
            calls=[("report_outage", {"building": "B2", "urgent": True})],
            has=["within an hour"],
        ),
        Case(
            desks_words.CARD_SERVICE,
            ["I think I left my card C-418 on the bus."],
            calls=[("report_lost_card", {"card": "C-418"})],
            has=["blocked"],
        ),
        Case(
            desks_words.SWIM_SCHOOL,
            ["When is the next lesson?", "Mia can't come then, she has a fever."],
            names=["cancel_place"],
            last={"date": "2026-12-08", "child": "Mia"},
            has=["excused"],
        ),
        Case(
            desks_words.SWIM_SCHOOL,
            ["When is the next lesson?", "And how many places are free on that day?"],
            calls=[("free_places", {"date": "2026-12-08"})],
            has=["3"],
        ),
        Case(
            desks_words.FOOD_BANK,
            ["When is the next shift?", "I won't be able to make it, my car broke down. It's Ada speaking."],
            names=["excuse_helper"],
            last={"date": "2027-01-14", "helper": "Ada"},
            has=["excused"],
        ),
        Case(
            desks_words.FOOD_BANK,
            ["When is the next shift?", "Who else helps that morning?"],
            calls=[("helpers_on", {"date": "2027-01-14"})],
            has=["Tim"],
        ),
        Case(
            desks_words.CAMPUS_REPAIRS,
            ["Water is running down the wall in room 310!"],
            calls=[("report_leak", {"room": "310", "urgent": True})],
            has=["today"],
        ),
        Case(
            desks_words.PHONE_DESK,
            ["Somebody stole my phone P-77 at the station."],
            calls=[("block_phone", {"phone": "P-77"})],
            has=["blocked"],
        ),
    ],
    "colleagues": [
        Case(
            desks_results.SERVICE_LINE,
            ["Has my transfer for R-77 reached you?"],
            names=["transfer_to_bookkeeping", "invoice_status"],
            last={"invoice": "R-77"},
            has=["5 May"],
        ),
        Case(
            desks_results.FOOD_BLOG,
            ["Have we ever published anything with lentils, and who cooked it?"],
            names=["search_recipes"],
            has=["M. Ode"],
        ),
        Case(
            desks_results.CAMPUS_DESK,
            ["How did Jonas do in maths? Did he pass?"],
            names=["transfer_to_exams", "grade_of"],
            has=["B+"],
        ),
        Case(
            desks_results.SHOP_DESK,
            ["My order O-55 still isn't here, when will it come?"],
            names=["transfer_to_shipping", "delivery_day"],
            last={"order": "O-55"},
            has=["Thursday"],
        ),
        Case(desks_results.WEDDING_HELPER, ["Where does Aunt Rosa sit?"], names=["table_plan"], has=["7"]),
        Case(
            desks_results.CLUB_OFFICE,
            ["What did we decide about the fence?"],
            names=["find_minutes"],
            has=["renew the fence"],
        ),
        Case(
            desks_results.SERVICE_LINE,
            ["I paid twice for R-12 by mistake, did you get both?"],
            names=["transfer_to_bookkeeping", "invoice_status"],
            last={"invoice": "R-12"},
            has=["5 May"],
        ),
    ],
    "failures_as_data": [
        Case(
            desks_results.ELEVATORS,
            ["How did the inspection of E4 go?"],
            has=["the door sensor does not react"],
            hasnt=["could not"],
        ),
        Case(
            desks_results.EXAMS_F,
            ["What is the exam result of student 4410?"],
            has=["31 of 100"],
            hasnt=["could not"],
        ),
        Case(desks_results.BACKUPS, ["How did the backup of web1 go?"], has=["0.2 %"], hasnt=["could not"]),
        Case(
            desks_results.VISA_DESK,
            ["How did the visa application V-9 go?"],
            has=["photo was too old"],
            hasnt=["could not"],
        ),
        Case(
            desks_results.SITE_CHECKS,
            ["Run the checks of the site shop, please."],
            has=["login, cart, search"],
            hasnt=["could not"],
        ),
        Case(
            desks_results.LOANS,
            ["What is the decision on loan application L-7?"],
            has=["income is too low"],
            hasnt=["could not"],
        ),
    ],
    "lists of options": [
        Case(
            desks_lists.FLAGS,
            [question],
            calls=[
                ("flag_state", {"flag": "beta_export", "environment": "dev"}),
                ("flag_state", {"flag": "beta_export", "environment": "staging"}),
            ],
            has=["Dev: on", "Staging: off"],
        )
        for question in (
            "What is the state of beta_export in dev and in staging?",
            "Is beta_export on in dev or in staging?",
            "Is beta_export on in dev and staging?",
        )
    ]
    + [
        Case(
            desks_lists.FLAGS,
            ["Switch beta_export on in dev and in staging."],
            calls=[
                ("set_flag", {"flag": "beta_export", "environment": "dev", "on": True}),
                ("set_flag", {"flag": "beta_export", "environment": "staging", "on": True}),
            ],
        ),
        Case(
            desks_lists.FLAGS,
            ["Switch beta_export on in dev or in staging."],
            calls=[("set_flag", {"flag": "beta_export", "environment": "dev", "on": True})],
        ),
        Case(
            desks_lists.LENGTHS,
            ["Convert 5 inch to cm."],
            calls=[("convert_length", {"value": 5, "source": "inch", "target": "cm"})],
        ),
    ],
    "the same": [
        Case(
            desks_words.TIMESHEET,
            ["Log 3 hours on Atlas for the API review.", question],
            calls=[("log_hours", {"project": "Atlas", "hours": 1.5, "note": "bug fixes"})],
        )
        for question in (
            "Another 1.5 hours on the same project, for bug fixes.",
            "Log 1.5 hours on that one for bug fixes.",
            "And 1.5 hours on the same one for bug fixes.",
        )
    ]
    + [
        Case(
            desks_words.TIMESHEET,
            ["Log 3 hours on Atlas for the API review.", "What's the total of the same project?"],
            calls=[("total_hours", {"project": "Atlas"})],
        ),
    ],
    "records": [
        Case(
            desks_lists.LOGS,
            ["Which errors are in the log of checkout?"],
            has=["2 lines: card reader timed out (12 minutes ago); retry failed (25 minutes ago)."],
            hasnt=["count"],
        ),
        Case(
            desks_lists.LOGS,
            ["Which errors are in the log of auth?"],
            has=["Retry failed (25 minutes ago)."],
            hasnt=["count", "lines"],
        ),
    ],
    "sentences": [
        Case(
            desks_results.BIKES,
            ["Where is bike B-31?"],
            has=["city bike", "Harbor", "80"],
            hasnt=["bike id", "Bike (", "find"],
        ),
        Case(
            desks_results.TRAINS,
            ["When does the next train to the airport leave?"],
            has=["10:42", "3", "5"],
            hasnt=["departure 10:42", "Next train:"],
        ),
        Case(
            desks_results.CLINIC,
            ["Tell me about visit V-12."],
            has=["Dr. Lind", "4 May"],
            hasnt=["visit no", "Patient visit (", "Visit ("],
        ),
        Case(
            desks_results.TRACKING,
            ["Where is my shipment ZX81250099?"],
            has=["out for delivery", "Hull depot", "17:00"],
            hasnt=["tracking number", "Track", "status out"],
        ),
        Case(
            desks_results.FLIGHTS,
            ["What is the cheapest flight from Oslo to Rome?"],
            has=["Nordair", "89"],
            hasnt=["Cheapest flight (", "(Oslo", "airline Nordair"],
        ),
        Case(
            desks_results.ROOMS,
            ["Which rooms have at least 10 seats?"],
            has=["Oak", "Elm", "12", "20"],
            hasnt=["min seats", "(10"],
        ),
    ],
}


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{kind}: {case.questions[-1]}") for kind in CASES for case in CASES[kind]]
)
def test_the_last_turn(case: Case) -> None:
    before: list[Item] = []
    for question in case.questions:
        turn = Turn(case.desk, question, before)
        before = turn.items
    if case.calls is not None:
        assert turn.calls == case.calls
    if case.names is not None:
        assert [name for name, _ in turn.calls] == case.names
    if case.last:
        assert turn.calls[-1][1].items() >= case.last.items()
    assert [each for each in case.has if each.casefold() not in turn.text.casefold()] == [], turn.text
    assert [each for each in case.hasnt if each in turn.text] == [], turn.text
