"""Agents whose instructions say what to do in a case, and desks to which things are reported."""

from __future__ import annotations

from typing import Any

from playing import Desk

MAINTENANCE = Desk("Maintenance", "You arrange repairs.", about="Arranges repairs in the building.")
LEASING = Desk("Leasing", "You explain contracts.", about="Explains rental contracts.")
RECEPTION = Desk(
    "Reception",
    "You are the reception of an office building. Send repairs to Maintenance and contracts to Leasing. If somebody is stuck in an elevator, do not hand over: tell them to press the yellow button and to stay calm.",
    handoffs=[MAINTENANCE, LEASING],
)
LIBRARY_RULES = Desk(
    "Library Rules",
    """You answer questions about the rules of a library.

- You can borrow ten books at a time.
- A loan lasts four weeks and can be extended twice.
- If you have lost a book, fill in the form at desk 2.
- Eating is not allowed in the reading rooms.

If a question is about something else, say that you only know the library's rules.""",
)
COMPLAINTS = Desk(
    "Complaints",
    "You handle complaints about noise. Thank the caller, promise a visit within two days and give them the case line, 555-0190. Do not discuss the neighbor.",
)
POOL = Desk(
    "Pool",
    "You help swimmers of a public pool. Lane 1 is for fast swimmers. Children under eight need an adult. If somebody is hurt, tell them to go to the first aid room next to the entrance.",
)
WARD = Desk("Ward", "You find beds.", about="Finds beds for patients.")
BILLING = Desk("Billing", "You explain bills.", about="Explains hospital bills.")
HOSPITAL_DESK = Desk(
    "Hospital Desk",
    "You are the front desk of a hospital. Hand questions about beds to Ward and questions about bills to Billing. When someone has chest pain, don't hand over; tell them to go straight to the emergency room in building A.",
    handoffs=[WARD, BILLING],
)
PARKING = Desk(
    "Parking",
    """You answer questions about our car park.

- The first hour is free, every further hour costs 2 euros.
- The car park closes at 23:00.
- If your ticket is lost, press the help button at the exit.""",
)


def report_outage(building: str, urgent: bool) -> dict[str, Any]:
    """Report an internet outage to the technicians.

    Args:
        building: Letter and number of the building, such as B2.
        urgent: Whether nobody there can work.
    """
    return {"case": "N-77", "arrival": "within an hour" if urgent else "tomorrow"}


def log_hours(project: str, hours: float, note: str) -> str:
    """Write hours of work into the timesheet.

    Args:
        project: Name of the project.
        hours: How many hours, such as 2 or 0.5.
        note: What the time was spent on.
    """
    return f"Logged {hours} h on {project}: {note}"


def total_hours(project: str) -> str:
    """Add up all the hours logged on a project.

    Args:
        project: Name of the project.
    """
    return f"4.5 h on {project}"


TIMESHEET = Desk("Timesheet", "You keep a timesheet.", [log_hours, total_hours])


NETWORK_DESK = Desk(
    "Network Desk",
    "You receive problems with the network. Report the outage. A whole building without internet is urgent. Tell the caller when a technician comes.",
    [report_outage],
)


def report_lost_card(card: str) -> str:
    """Report a lost card, so that it gets blocked.

    Args:
        card: Number of the card, such as C-100.
    """
    return f"Card {card} is blocked."


CARD_SERVICE = Desk(
    "Card Service",
    "You help with access cards. Report lost cards. A lost card must be blocked at once.",
    [report_lost_card],
)


def next_lesson() -> dict[str, Any]:
    """When the next swimming lesson is."""
    return {"date": "2026-12-08", "time": "17:00", "pool": "north pool"}


def cancel_place(child: str, date: str, reason: str = "") -> str:
    """Cancel the place of a child in a lesson.

    Args:
        child: First name of the child.
        date: Date of the lesson, YYYY-MM-DD.
        reason: Why, if they said so.
    """
    return f"{child} is excused on {date}."


def free_places(date: str) -> dict[str, Any]:
    """How many places are free in a lesson.

    Args:
        date: Date of the lesson, YYYY-MM-DD.
    """
    return {"date": date, "free": 3}


SWIM_SCHOOL = Desk(
    "Swim School", "You help parents of a swim school.", [next_lesson, cancel_place, free_places]
)


def next_shift() -> dict[str, Any]:
    """When the next shift at the food bank is."""
    return {"date": "2027-01-14", "start": "09:00", "place": "Mill Street"}


def excuse_helper(helper: str, date: str) -> str:
    """Note that a helper cannot come to a shift.

    Args:
        helper: First name of the helper.
        date: Date of the shift, YYYY-MM-DD.
    """
    return f"{helper} is excused on {date}."


def helpers_on(date: str) -> dict[str, Any]:
    """Who helps on a day.

    Args:
        date: The day, YYYY-MM-DD.
    """
    return {"date": date, "helpers": ["Ada", "Tim"]}


FOOD_BANK = Desk(
    "Food Bank",
    "You plan the helpers of a food bank and note who cannot come.",
    [next_shift, excuse_helper, helpers_on],
)


def report_leak(room: str, urgent: bool) -> dict[str, Any]:
    """Report water damage to the plumber.

    Args:
        room: Number of the room, such as 101.
        urgent: Whether the plumber has to come today.
    """
    return {"job": "W-9", "visit": "today" if urgent else "next week"}


CAMPUS_REPAIRS = Desk(
    "Campus Repairs",
    "You take reports of water damage. Report it. Running water is urgent, a damp spot is not. Say when the plumber comes.",
    [report_leak],
)


def block_phone(phone: str) -> str:
    """Block a stolen company phone.

    Args:
        phone: Tag of the phone, such as P-10.
    """
    return f"Phone {phone} is blocked now."


PHONE_DESK = Desk(
    "Phone Desk", "You look after company phones. A stolen phone has to be blocked at once.", [block_phone]
)
