"""Agents with colleagues, and tools whose results are to be told."""

from __future__ import annotations

import json
from typing import Any

from playing import Desk


def invoice_status(invoice: str) -> dict[str, Any]:
    """Look up whether an invoice is paid.

    Args:
        invoice: Number of the invoice, such as R-10.
    """
    return {"paid": False, "due": "5 May"}


def book_technician(problem: str) -> dict[str, Any]:
    """Send a technician.

    Args:
        problem: What is wrong.
    """
    return {"visit": "Monday"}


TECHNICIANS = Desk(
    "Technicians",
    "Send a technician and say when they come.",
    [book_technician],
    about="Comes when something does not work.",
)
BOOKKEEPING = Desk(
    "Bookkeeping",
    "Look up the invoice and tell the customer whether it is paid.",
    [invoice_status],
    about="Answers questions about invoices and money.",
)
SERVICE_LINE = Desk(
    "Service Line",
    "You answer the phone of an internet provider. Pass faults to Technicians and money questions to Bookkeeping.",
    handoffs=[TECHNICIANS, BOOKKEEPING],
)


def grade_of(student: str) -> dict[str, Any]:
    """Look up the grade of a student.

    Args:
        student: First name of the student.
    """
    return {"grade": "B+"}


EXAMS = Desk("Exams", "Look up the grade.", [grade_of], about="Answers questions about exams and grades.")
SPORTS = Desk("Sports", "You help with sports.", about="Organizes courses in the gym.")
CAMPUS_DESK = Desk("Campus Desk", "Send people to the right office.", handoffs=[SPORTS, EXAMS])


def search_recipes(ingredient: str) -> list[dict[str, Any]]:
    """Search the recipes that we published.

    Args:
        ingredient: What to look for.
    """
    return [{"title": "Lentil soup", "cook": "M. Ode"}]


def write_caption(input: str) -> str:
    """Write a caption for a photo."""
    return "CAPTION"


FOOD_BLOG = Desk(
    "Food Blog",
    "You help the editors of a food blog. Use the caption tool for captions. Use the search for what we published before.",
    [search_recipes, write_caption],
)


def table_plan(guest: str) -> dict[str, Any]:
    """Look up at which table a guest sits.

    Args:
        guest: Name of the guest.
    """
    return {"table": 7}


def write_toast(input: str) -> str:
    """Write a toast for a couple."""
    return "TOAST"


WEDDING_HELPER = Desk(
    "Wedding Helper",
    "You help at a wedding. Use the toast tool for speeches and the table plan for seats.",
    [write_toast, table_plan],
)


def delivery_day(order: str) -> dict[str, Any]:
    """Look up when an order is delivered.

    Args:
        order: Number of the order, such as O-1.
    """
    return {"day": "Thursday"}


RETURNS = Desk(
    "Returns", "You explain how to send things back.", about="Takes back what customers don't want."
)
SHIPPING = Desk(
    "Shipping",
    "Look up the order and tell the customer the day.",
    [delivery_day],
    about="Answers questions about orders and deliveries.",
)
SHOP_DESK = Desk(
    "Shop Desk", "Send returns to Returns and delivery questions to Shipping.", handoffs=[RETURNS, SHIPPING]
)


def find_minutes(topic: str) -> str:
    """Find what the board decided in earlier meetings.

    Args:
        topic: What to look for.
    """
    return "On 3 May the board decided to renew the fence."


def draft_invitation(input: str) -> str:
    """Draft an invitation to a meeting."""
    return "INVITATION"


CLUB_OFFICE = Desk(
    "Club Office",
    "You help the board of a garden club. Use the invitation tool for invitations. Use the minutes for earlier decisions.",
    [draft_invitation, find_minutes],
)


def inspection(elevator: str) -> str:
    """Get the result of an elevator's latest inspection.

    Args:
        elevator: Name of the elevator, such as E1.
    """
    return {
        "E4": "FAILED: the door sensor does not react",
        "E5": "Failed inspection on 2 May, repaired on 4 May.",
    }.get(elevator, "passed")


ELEVATORS = Desk("Elevators", "You tell the janitor how the inspections went.", [inspection])


def exam_result(student_number: int) -> str:
    """Get the result of an exam.

    Args:
        student_number: Number of the student.
    """
    return "Failed with 31 of 100 points"


EXAMS_F = Desk("Exams", "You tell students their results.", [exam_result])


def backup_log(server: str) -> str:
    """Read the last line of a server's backup log.

    Args:
        server: Name of the server, such as web1.
    """
    return "Error rate 0.2 %, 5 files skipped"


BACKUPS = Desk("Backups", "You tell how the backups went.", [backup_log])


def visa_status(case: str) -> str:
    """Look up how a visa application went.

    Args:
        case: Number of the case, such as V-1.
    """
    return "Rejected on 4 March because the photo was too old."


VISA_DESK = Desk("Visa Desk", "You tell people how their application went.", [visa_status])


def smoke_test(site: str) -> str:
    """Run the quick checks of a web site.

    Args:
        site: Name of the site, such as shop.
    """
    return "FAILED 3 of 12 checks: login, cart, search"


SITE_CHECKS = Desk("Site Checks", "You check web sites.", [smoke_test])


def loan_decision(application: str) -> str:
    """Look up the decision on a loan.

    Args:
        application: Number of the application, such as L-1.
    """
    return "Declined: the income is too low."


LOANS = Desk("Loans", "You tell applicants about the decision.", [loan_decision])


def find_bike(bike_id: str) -> str:
    """Find a bike of the fleet.

    Args:
        bike_id: Number on the frame, such as B-10.
    """
    return json.dumps({"model": "city bike", "station": "Harbor", "battery": 80})


BIKES = Desk("Bikes", "You know where our bikes are.", [find_bike])


def next_train() -> dict[str, Any]:
    """The next train to the airport."""
    return {"departure": "10:42", "platform": 3, "delay_minutes": 5}


TRAINS = Desk("Trains", "You know the trains.", [next_train])


def get_patient_visit(visit_no: str) -> dict[str, Any]:
    """Look up a visit.

    Args:
        visit_no: Number of the visit, such as V-10.
    """
    return {"doctor": "Dr. Lind", "date": "4 May", "arrived": True}


CLINIC = Desk("Clinic", "You help at a clinic.", [get_patient_visit])


def track_shipment(tracking_number: str) -> dict[str, Any]:
    """Track a shipment.

    Args:
        tracking_number: The tracking number.
    """
    return {"status": "out for delivery", "location": "Hull depot", "eta": "today 17:00"}


TRACKING = Desk("Tracking", "You track shipments.", [track_shipment])


def cheapest_flight(origin: str, destination: str) -> dict[str, Any]:
    """Find the cheapest flight between two cities.

    Args:
        origin: City of departure.
        destination: City of arrival.
    """
    return {"airline": "Nordair", "price_eur": 89, "stops": 0}


FLIGHTS = Desk("Flights", "You find flights.", [cheapest_flight])


def list_rooms(min_seats: int) -> list[dict[str, Any]]:
    """List the rooms with at least so many seats.

    Args:
        min_seats: How many seats.
    """
    return [{"name": "Oak", "seats": 12, "floor": 2}, {"name": "Elm", "seats": 20, "floor": 1}]


ROOMS = Desk("Rooms", "You know our meeting rooms.", [list_rooms])
