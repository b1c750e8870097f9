"""Agents with limits, and with tools of which one needs what another returns."""

from __future__ import annotations

import json
from typing import Any

from playing import Desk


def nitrate_levels() -> dict[str, Any]:
    """The nitrate in each of our tanks, in mg per liter."""
    return {"Reef": 12, "Amazon": 61, "Shrimp": 8}


AQUARIUM = Desk(
    "Aquarium",
    "You watch the tanks of a pet shop. A tank needs a water change if its nitrate is above 40; name the tanks that need one.",
    [nitrate_levels],
)


def battery_levels() -> str:
    """The charge of each scooter, in percent."""
    return json.dumps(
        [{"scooter": "S1", "charge": 80}, {"scooter": "S2", "charge": 14}, {"scooter": "S3", "charge": 9}]
    )


FLEET = Desk(
    "Fleet",
    "You look after rental scooters. Scooters below 20 percent have to be collected. Say which ones.",
    [battery_levels],
)


def room_humidity(room: str) -> dict[str, Any]:
    """Measure how humid a room of the museum is.

    Args:
        room: Name of the room.
    """
    return {"humidity": {"vault": 71, "gallery": 52}.get(room.lower(), 50)}


MUSEUM_CLIMATE = Desk(
    "Museum Climate",
    "You watch over the climate of a museum. Humidity over 60 is too high and the conservator must be called; otherwise everything is fine.",
    [room_humidity],
)


def convert_to_dollars(amount: float, currency: str) -> dict[str, Any]:
    """Convert an amount to US dollars.

    Args:
        amount: The amount.
        currency: Three-letter code of the currency.
    """
    return {"amount_usd": round(amount * {"EUR": 1.1, "JPY": 0.0067, "GBP": 1.3}[currency], 2)}


def pay_invoice(invoice: str, amount_usd: float) -> str:
    """Pay an invoice.

    Args:
        invoice: Number of the invoice, such as INV-1.
        amount_usd: The amount in US dollars.
    """
    return f"{invoice} is paid: {amount_usd} US dollars."


ACCOUNTS = Desk(
    "Accounts",
    "You pay invoices. They are paid in US dollars, so convert other currencies first. Amounts over 1000 dollars must not be paid by you: say that the finance director has to sign.",
    [convert_to_dollars, pay_invoice],
)


def stock_of(item: str) -> int:
    """How many pieces of an item are in the store.

    Args:
        item: Name of the item.
    """
    return {"gloves": 35, "masks": 400}.get(item.lower(), 0)


STORE = Desk(
    "Store",
    "You keep the store of a clinic. If fewer than 50 pieces are left, say that it has to be reordered.",
    [stock_of],
)


def order_pens(count: int) -> str:
    """Order pens for the office.

    Args:
        count: How many pens.
    """
    return f"{count} pens are ordered."


SUPPLIES = Desk(
    "Supplies",
    "You order pens for the office. Never order more than 100 pens at once: tell them to write to purchasing.",
    [order_pens],
)


def head_of(department: str) -> str:
    """Tell who leads a department.

    Args:
        department: Name of the department, such as marketing.
    """
    return {"marketing": "Olga", "sales": "Bram"}.get(department.lower(), "nobody")


def desk_of(person: str) -> str:
    """Find the desk of a colleague.

    Args:
        person: First name of the colleague.
    """
    return {"Olga": "desk 4-17", "Bram": "desk 2-03"}.get(person, "no desk known")


FLOOR_GUIDE = Desk(
    "Floor Guide",
    "You help visitors in the office. If somebody wants to visit the head of a department, find out who it is first and then say where they sit.",
    [head_of, desk_of],
)


def find_booking(booking_code: str) -> dict[str, Any]:
    """Look up a booking.

    Args:
        booking_code: Code of the booking, such as BK-100.
    """
    return {"guest": "Ilse Maas", "room": "214", "nights": 3}


def room_status(room: str) -> str:
    """Say whether a room is ready.

    Args:
        room: Number of the room.
    """
    return {"214": "Room 214 is ready since noon."}.get(room, "No such room.")


HOTEL_DESK = Desk(
    "Hotel Desk",
    "You help guests of a hotel. To tell a guest whether the room is ready, look up the booking and then the room.",
    [find_booking, room_status],
)


def distance_km(start: str, destination: str) -> float:
    """The distance between two cities, in kilometers.

    Args:
        start: City of departure.
        destination: City of arrival.
    """
    return 310.0


def fuel_cost(distance_km: float) -> dict[str, Any]:
    """What the fuel for a distance costs, in euros.

    Args:
        distance_km: The distance in kilometers.
    """
    return {"cost_eur": round(distance_km * 0.11, 2)}


TRIP_PLANNER = Desk("Trip Planner", "You plan car trips.", [distance_km, fuel_cost])


def student_of_locker(locker: int) -> str:
    """Tell which student has a locker.

    Args:
        locker: Number of the locker.
    """
    return {12: "Priya Nair"}.get(locker, "nobody")


def parent_email(student: str) -> str:
    """Get the e-mail address of a student's parents.

    Args:
        student: Name of the student.
    """
    return {"Priya Nair": "nair.family@example.org"}.get(student, "no address")


SCHOOL_OFFICE = Desk(
    "School Office",
    "You work in the office of a school. When the parents have to be written to, find out the student first, then the address of the parents.",
    [student_of_locker, parent_email],
)


def weigh_parcel(parcel: str) -> dict[str, Any]:
    """Weigh a parcel.

    Args:
        parcel: Code of the parcel, such as PA-1.
    """
    return {"weight_kg": 4.2}


def postage(weight_kg: float) -> dict[str, Any]:
    """The postage for a weight, in euros.

    Args:
        weight_kg: The weight in kilograms.
    """
    return {"postage_eur": 6.9 if weight_kg == 4.2 else 99}


POST_ROOM = Desk(
    "Post Room",
    "You work in the post room. Postage depends on the weight, so weigh a parcel first.",
    [weigh_parcel, postage],
)


def species_of(tree: int) -> str:
    """Tell the species of a tree in the park.

    Args:
        tree: Number on the tree's tag.
    """
    return {31: "silver birch"}.get(tree, "unknown")


def pruning_month(species: str) -> str:
    """Tell in which month a species is pruned.

    Args:
        species: Name of the species, such as oak.
    """
    return {"silver birch": "November"}.get(species, "no month known")


PARK_KEEPER = Desk("Park Keeper", "You look after the trees of a park.", [species_of, pruning_month])
