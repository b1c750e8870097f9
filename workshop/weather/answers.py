"""What the calls of the weather service share: GeoJSON, links, and the place of a point."""

from __future__ import annotations

import re
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from workshop.weather import alerts, places
from workshop.weather.places import Place
from workshop.weather.problems import Problem

Json = dict[str, Any]

_POINT = re.compile(r"(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)")


def place_of(point: str, parameter: str) -> Place:
    found = _POINT.fullmatch(point)
    if found is None and parameter.startswith("path"):
        raise Problem(404, f"'/points/{point}' is not a valid resource path")
    latitude, longitude = (float(found[1]), float(found[2])) if found else (99.0, 0.0)
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        message = "Must be a latitude and a longitude, such as 38.8894,-77.0352"
        raise Problem(400, "Bad Request", parameterErrors=[{"parameter": parameter, "message": message}])
    place = places.at(round(latitude, 4), round(longitude, 4))
    if place is None:
        raise Problem(
            404,
            f"Unable to provide data for requested point {point}",
            title="Data Unavailable For Requested Point",
            type=f"{alerts.SERVICE}/problems/InvalidPoint",
        )
    return place


def feature(latitude: float, longitude: float, properties: Json, id: str = "") -> Json:
    geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    return {**({"id": id} if id else {}), "type": "Feature", "geometry": geometry, "properties": properties}


def collection(features: list[Json]) -> Json:
    return {"type": "FeatureCollection", "features": features}


def geo(request: Request, found: Json) -> Response:
    """Answer with GeoJSON, or with JSON-LD for a program that asks for that."""
    context: Json = {"@context": alerts.CONTEXT}
    found = context | found
    head = {"cache-control": "public, max-age=30", "vary": "Accept,Feature-Flags,Accept-Language"}
    if "application/ld+json" not in request.headers.get("accept", ""):
        return JSONResponse(found, headers=head, media_type="application/geo+json")
    if "features" in found:
        listed = [one["properties"] for one in found.pop("features")]
        del found["type"]
        return JSONResponse(found | {"@graph": listed}, headers=head, media_type="application/ld+json")
    linked = {"@context": found["@context"]} | found["properties"]
    return JSONResponse(linked, headers=head, media_type="application/ld+json")


def base_of(request: Request) -> str:
    return str(request.base_url).rstrip("/")
