"""The calls for alerts and zones, as the National Weather Service's API has them.

Form and errors follow https://www.weather.gov/documentation/services-web-api and its OpenAPI description.
Links in an answer lead back to this service, so that a program can follow them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from workshop.weather import alerts, places
from workshop.weather.answers import Json, base_of, collection, geo, place_of
from workshop.weather.problems import Problem, wrong_parameter

routes = APIRouter()

MOST = 500
"""How many alerts one answer has at most."""


def _enumeration(name: str, known: Iterable[str], fold: Callable[[str], str] = str) -> Callable[[str], str]:
    """Return a reader of one value of a query parameter. It refuses what is not known."""
    names = {fold(one): one for one in known}

    def read(value: str) -> str:
        if (found := names.get(fold(value))) is None:
            raise wrong_parameter(f"query.{name}", list(names.values()))
        return found

    return read


_LEVELS = {
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "severity": ("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
    "certainty": ("Observed", "Likely", "Possible", "Unlikely", "Unknown"),
}
_READERS: dict[str, Callable[[str], str]] = {
    "area": _enumeration("area", alerts.AREAS),
    "region": _enumeration("region", alerts.LAND_REGIONS | alerts.MARINE_REGIONS),
    "region_type": _enumeration("region_type", ("land", "marine")),
    "status": _enumeration("status", ("actual", "exercise", "system", "test", "draft"), str.lower),
    "message_type": _enumeration("message_type", ("alert", "update", "cancel"), str.lower),
    **{name: _enumeration(name, known, str.lower) for name, known in _LEVELS.items()},
}
_OTHERS = {"event", "code", "zone", "point", "limit", "active", "start", "end", "cursor"}


@routes.get("/alerts")
@routes.get("/alerts/active")
async def query(request: Request) -> Response:
    """Answer with the alerts that a query asks for. The samples take the place of actual alerts, so a program
    that asks for `status=actual` gets them too.
    """
    for name in request.query_params:
        if name not in _READERS and name not in _OTHERS:
            message = f'Query parameter "{name}" is not recognized'
            raise Problem(
                400, "Bad Request", parameterErrors=[{"parameter": f"query.{name}", "message": message}]
            )
    asked = {name: _values(request, name) for name in (*_READERS, "event", "code", "zone")}
    areas = asked["area"] or [*alerts.AREAS]
    if kinds := asked["region_type"]:
        areas = [area for area in areas if ("land" if area in alerts.STATES else "marine") in kinds]
    if regions := asked["region"]:
        inside = {area for region in regions for area in _areas_of(region)}
        areas = [area for area in areas if area in inside]
    title = ", ".join(alerts.AREAS[area] for area in asked["area"]) or "the United States"
    if point := request.query_params.get("point"):
        place = place_of(point, "query.point")
        areas = [area for area in areas if area == place.city.state]
        title = point
    found = [one for one in _features(request, areas) if _fits(one["properties"], asked)]
    limit = request.query_params.get("limit", str(MOST))
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
        message = f"Must be an integer from 1 to {MOST}"
        raise Problem(400, "Bad Request", parameterErrors=[{"parameter": "query.limit", "message": message}])
    return geo(request, alerts.collection(title, found[: int(limit)]))


@routes.get("/alerts/active/count")
async def count(request: Request) -> Response:
    areas = Counter({area: len(found) for area, found in alerts.ALERTS.items()})
    land = sum(number for area, number in areas.items() if area in alerts.STATES)
    everywhere = alerts.LAND_REGIONS | alerts.MARINE_REGIONS
    regions = {region: sum(areas[area] for area in inside) for region, inside in everywhere.items()}
    zones = Counter(
        zone.id
        for area, found in alerts.ALERTS.items()
        for _, where in found
        for zone in alerts.zones_of(area, where)
    )
    total = areas.total()
    counted = {"regions": {name: number for name, number in regions.items() if number}, "areas": areas}
    return JSONResponse({"total": total, "land": land, "marine": total - land, **counted, "zones": zones})


@routes.get("/alerts/active/area/{area}")
async def of_area(area: str, request: Request) -> Response:
    if area not in alerts.AREAS:
        raise wrong_parameter("path.area", alerts.AREAS)
    return geo(request, alerts.collection(alerts.AREAS[area], _features(request, [area])))


@routes.get("/alerts/active/zone/{zone}")
async def of_zone(zone: str, request: Request) -> Response:
    _zone(zone, "path.zoneId")
    found = [one for one in _features(request, [zone[:2]]) if zone in one["properties"]["geocode"]["UGC"]]
    return geo(request, alerts.collection(zone, found))


@routes.get("/alerts/active/region/{region}")
async def of_region(region: str, request: Request) -> Response:
    if region not in alerts.MARINE_REGIONS:
        raise wrong_parameter("path.region", alerts.MARINE_REGIONS)
    return geo(request, alerts.collection(region, _features(request, alerts.MARINE_REGIONS[region])))


@routes.get("/alerts/types")
async def types() -> Response:
    return JSONResponse({"eventTypes": sorted(alerts.EVENTS)})


@routes.get("/alerts/{id}")
async def alert(id: str, request: Request) -> Response:
    parts = id.split(".")
    area = parts[-3].upper() if len(parts) > 3 else ""
    for one in _features(request, [area]):
        if one["properties"]["id"] == id:
            return geo(request, {"@context": alerts.CONTEXT} | one)
    raise Problem(404, f"Alert {id!r} was not found")


@routes.get("/zones")
@routes.get("/zones/{kind}")
async def zones(request: Request, kind: str = "forecast") -> Response:
    areas = _values(request, "area") or [*alerts.AREAS]
    found = [_zone_feature(request, kind, zone) for zone in alerts.ZONES.values() if zone.area in areas]
    return geo(request, collection(found))


@routes.get("/zones/{kind}/{id}")
async def zone(kind: str, id: str, request: Request) -> Response:
    return geo(request, _zone_feature(request, kind, _zone(id, "path.zoneId")))


def _features(request: Request, areas: Iterable[str]) -> list[Json]:
    base = base_of(request)
    return [one for area in areas for one in alerts.features(area, base, outline=places.center(area))]


def _fits(properties: Json, asked: dict[str, list[str]]) -> bool:
    """Return whether an alert is one of those asked for."""
    status = asked["status"]
    if status and not {"actual", properties["status"].lower()} & set(status):
        return False
    if asked["message_type"] and properties["messageType"].lower() not in asked["message_type"]:
        return False
    if asked["zone"] and not set(asked["zone"]) & set(properties["geocode"]["UGC"]):
        return False
    if asked["code"] and not set(asked["code"]) & set(properties["eventCode"]["SAME"]):
        return False
    if asked["event"] and properties["event"].lower() not in (event.lower() for event in asked["event"]):
        return False
    return all(not asked[name] or properties[name] in asked[name] for name in _LEVELS)


def _values(request: Request, name: str) -> list[str]:
    """Return the values of a query parameter, given as a list with commas, or several times."""
    given = [value for many in request.query_params.getlist(name) for value in many.split(",") if value]
    return [_READERS[name](value) for value in given] if name in _READERS else given


def _areas_of(region: str) -> list[str]:
    # AL and PR name a region on land and one at sea
    return alerts.LAND_REGIONS.get(region, []) + alerts.MARINE_REGIONS.get(region, [])


def _zone(id: str, parameter: str) -> alerts.Zone:
    """Return a zone, also one in which nothing ever happens."""
    if found := alerts.ZONES.get(id):
        return found
    if not re.fullmatch(r"[A-Z]{2}[CZ]\d{3}", id) or id[:2] not in alerts.AREAS:
        message = f"Does not match the pattern of a zone, such as {next(iter(alerts.ZONES))}"
        raise Problem(
            404, f"Zone {id!r} was not found", parameterErrors=[{"parameter": parameter, "message": message}]
        )
    return alerts.Zone(id, f"{alerts.AREAS[id[:2]]}, zone {id[3:]}", id[:2], "")


def _zone_feature(request: Request, kind: str, zone: alerts.Zone) -> Json:
    known = ("land", "marine", "forecast", "public", "coastal", "offshore", "fire", "county")
    if kind not in known:
        raise wrong_parameter("path.type", known)
    url = f"{base_of(request)}/zones/{kind}/{zone.id}"
    state = zone.area if zone.area in alerts.STATES else ""
    found = {"@id": url, "@type": "wx:Zone", "id": zone.id, "type": kind, "name": zone.name, "state": state}
    return {"id": url, "type": "Feature", "geometry": None, "properties": found}
