"""Sample weather alerts: invented, plausible for the climate of each state, and the same on every request of
a day.

The areas are those that the National Weather Service takes (its OpenAPI description), and so are the fields.
Every alert says that it is a sample, and has the status that the service gives to exercises.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SENDER = "Workshop sample data"
NOTICE = "SAMPLE FOR A WORKSHOP, NOT A REAL ALERT."
SERVICE = "https://api.weather.gov"

_TABLES = tomllib.loads((Path(__file__).parent / "alerts.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Event:
    """A kind of alert, with the words of the Common Alerting Protocol for how bad, how sure and how soon."""

    code: str
    """The service's product for it."""
    severity: str
    certainty: str
    urgency: str
    response: str
    what: str
    instruction: str
    open_end: bool = False
    """Whether nobody says when it ends."""
    polygon: bool = False
    """Whether it has a shape of its own, and not only zones."""


STATES: dict[str, str] = {code: name for code, (name, _) in _TABLES["states"].items()}
MARINE: dict[str, str] = {code: name for code, (name, _) in _TABLES["marine"].items()}
AREAS = STATES | MARINE
LAND_REGIONS: dict[str, list[str]] = _TABLES["land_regions"]
MARINE_REGIONS: dict[str, list[str]] = _TABLES["marine_regions"]
EVENTS = {name: Event(**values) for name, values in _TABLES["events"].items()}
ALERTS: dict[str, list[list[str]]] = _TABLES["alerts"]
"""The alerts of each area as [event, where]. Areas not listed have none today."""

_SAME: dict[str, str] = {
    code: digits for part in ("states", "marine") for code, (_, digits) in _TABLES[part].items()
}


@dataclass(frozen=True)
class Zone:
    """A forecast zone: the smallest place for which an alert is issued."""

    id: str
    name: str
    area: str
    same: str


def _zones() -> Iterator[Zone]:
    for area, alerts in ALERTS.items():
        names = dict.fromkeys(name for _, where in alerts for name in where.split("; "))
        for number, name in enumerate(names, 1):
            yield Zone(f"{area}Z{number:03d}", name, area, f"0{_SAME[area]}{2 * number - 1:03d}")


ZONES = {zone.id: zone for zone in _zones()}
_BY_NAME = {(zone.area, zone.name): zone for zone in ZONES.values()}


def zones_of(area: str, where: str) -> list[Zone]:
    return [_BY_NAME[area, name] for name in where.split("; ")]


def features(
    area: str, base: str = SERVICE, now: datetime | None = None, outline: tuple[float, float] | None = None
) -> list[dict[str, Any]]:
    """Return the active alerts of an area. Times count from today's midnight (UTC). Links begin with `base`.
    `outline` is the latitude and longitude around which an alert with a shape of its own is drawn.
    """
    midnight = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        _feature(area, number, event, where, midnight, base, outline)
        for number, (event, where) in enumerate(ALERTS.get(area, []), 1)
    ]


def collection(title: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return alerts as the service's GeoJSON."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "@context": CONTEXT,
        "type": "FeatureCollection",
        "features": found,
        "title": f"Sample watches, warnings, and advisories for {title} (for a workshop, not real)",
        "updated": midnight.isoformat(),
    }


CONTEXT = [
    "https://geojson.org/geojson-ld/geojson-context.jsonld",
    {"@version": "1.1", "wx": f"{SERVICE}/ontology#", "@vocab": f"{SERVICE}/ontology#"},
]


def _feature(
    area: str,
    number: int,
    event: str,
    where: str,
    midnight: datetime,
    base: str,
    outline: tuple[float, float] | None,
) -> dict[str, Any]:
    kind = EVENTS[event]
    urn = f"urn:oid:2.49.0.1.840.0.workshop.{area.lower()}.{number:03d}.1"
    url = f"{base}/alerts/{urn}"
    expires = (midnight + timedelta(hours=36)).isoformat()
    zones = zones_of(area, where)
    sent = midnight.isoformat()
    properties = {
        "@id": url,
        "@type": "wx:Alert",
        "id": urn,
        "areaDesc": where,
        "geocode": {"SAME": [zone.same for zone in zones], "UGC": [zone.id for zone in zones]},
        "affectedZones": [f"{base}/zones/forecast/{zone.id}" for zone in zones],
        "references": [],
        "sent": sent,
        "effective": sent,
        "onset": (midnight + timedelta(hours=2 * number)).isoformat(),
        "expires": expires,
        "ends": None if kind.open_end else expires,
        "status": "Exercise",
        "messageType": "Alert",
        "category": "Met",
        "severity": kind.severity,
        "certainty": kind.certainty,
        "urgency": kind.urgency,
        "event": event,
        "sender": "workshop@example.org",
        "senderName": SENDER,
        "headline": f"{event} for {where} (workshop sample)",
        "description": f"{NOTICE}\n\nWHAT: {kind.what}\n\nWHERE: {where}, {AREAS[area]}.",
        "instruction": f"{kind.instruction} (Sample: nothing to do.)",
        "response": kind.response,
        "parameters": {
            "AWIPSidentifier": [f"{kind.code}{area}"],
            "NWSheadline": [f"{event.upper()} IN EFFECT"],
            "BLOCKCHANNEL": ["EAS", "NWEM", "CMAS"],
            **({} if kind.open_end else {"eventEndingTime": [expires]}),
        },
        "scope": "Public",
        "code": "IPAWSv1.0",
        "language": "en-US",
        "web": "https://www.weather.gov",
        "eventCode": {"SAME": [kind.code], "NationalWeatherService": [kind.code]},
    }
    return {
        "id": url,
        "type": "Feature",
        "geometry": _shape(outline, urn) if outline and kind.polygon else None,
        "properties": properties,
    }


def _shape(center: tuple[float, float], name: str) -> Mapping[str, Any]:
    """Return a small polygon near a place, always the same for a name."""
    latitude, longitude = center
    shift = (zlib.crc32(name.encode()) % 100) / 500 - 0.1
    corners = [(-0.2, -0.3), (-0.25, 0.2), (0.2, 0.3), (0.15, -0.25), (-0.2, -0.3)]
    ring = [[round(longitude + east, 2), round(latitude + shift + north, 2)] for north, east in corners]
    return {"type": "Polygon", "coordinates": [ring]}
