"""Where a point is: its nearest city, its state, its forecast office and its square in the grid."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

CELL_KM = 2.5
"""The side of a square, in km."""
ORIGIN = 300
"""The square in which an office's first city is, in both directions."""
FARTHEST_KM = 900.0
"""How far from the nearest city a point may be, in km. Beyond, nobody makes a forecast."""
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class City:
    name: str
    state: str
    latitude: float
    longitude: float
    office: str
    station: str
    time_zone: str


@dataclass(frozen=True)
class Place:
    """A square of the grid."""

    latitude: float
    longitude: float
    city: City
    """The nearest one."""
    distance_m: int
    bearing: int
    """From the city to the place, in degrees."""
    office: str
    x: int
    y: int


CITIES = [
    City(*row)
    for row in tomllib.loads((Path(__file__).parent / "places.toml").read_text(encoding="utf-8"))["places"]
]
STATIONS = {city.station: city for city in CITIES}
OFFICES: dict[str, City] = {}
for _city in CITIES:
    OFFICES.setdefault(_city.office, _city)


def center(state: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a state's first city; None for waters."""
    return next(((city.latitude, city.longitude) for city in CITIES if city.state == state), None)


def at(latitude: float, longitude: float) -> Place | None:
    """Return where a point is; None if it is too far from everywhere."""
    km, city = min((_km(latitude, longitude, city), city.name, city) for city in CITIES)[::2]
    if km > FARTHEST_KM:
        return None
    office = OFFICES[city.office]
    north, east = _offset(office, latitude, longitude)
    x, y = ORIGIN + round(east / CELL_KM), ORIGIN + round(north / CELL_KM)
    north, east = _offset(city, latitude, longitude)
    bearing = round(math.degrees(math.atan2(east, north))) % 360
    return Place(latitude, longitude, city, round(km * 1000), bearing, city.office, max(0, x), max(0, y))


def square(office: str, x: int, y: int) -> Place | None:
    """Return a square of an office's grid; None if the office or the square does not exist."""
    if office not in OFFICES or max(x, y) > 2 * ORIGIN:
        return None
    city = OFFICES[office]
    latitude = city.latitude + (y - ORIGIN) * CELL_KM / KM_PER_DEGREE
    longitude = city.longitude + (x - ORIGIN) * CELL_KM / (
        KM_PER_DEGREE * math.cos(math.radians(city.latitude))
    )
    return at(round(latitude, 4), round((longitude + 180) % 360 - 180, 4))


def _offset(city: City, latitude: float, longitude: float) -> tuple[float, float]:
    """Return how far north and east of a city a point is, in km."""
    east = (longitude - city.longitude + 180) % 360 - 180
    scale = KM_PER_DEGREE * math.cos(math.radians(city.latitude))
    return (latitude - city.latitude) * KM_PER_DEGREE, east * scale


def _km(latitude: float, longitude: float, city: City) -> float:
    return math.hypot(*_offset(city, latitude, longitude))
