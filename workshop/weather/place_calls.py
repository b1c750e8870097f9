"""The calls for points, forecasts and stations, as the National Weather Service's API has them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from workshop.weather import forecast, places
from workshop.weather.answers import Json, base_of, collection, feature, geo, place_of
from workshop.weather.places import Place
from workshop.weather.problems import Problem, wrong_parameter

routes = APIRouter()


@routes.get("/points/{point}")
async def of_point(point: str, request: Request) -> Response:
    place = place_of(point, "path.point")
    exact = f"{_short(place.latitude)},{_short(place.longitude)}"
    if exact != point:
        return RedirectResponse(request.url.replace(path=f"/points/{exact}", query=""), 301)
    base, city = base_of(request), place.city
    grid = f"{base}/gridpoints/{place.office}/{place.x},{place.y}"
    zones = [f"{base}/zones/{kind}/{city.state}Z001" for kind in ("forecast", "fire")]
    near = {
        "city": city.name,
        "state": city.state,
        "distance": forecast.quantity(place.distance_m, "m"),
        "bearing": forecast.quantity(place.bearing, "degree_(angle)"),
    }
    properties = {
        "@id": f"{base}/points/{exact}",
        "@type": "wx:Point",
        "cwa": place.office,
        "type": "land",
        "forecastOffice": f"{base}/offices/{place.office}",
        "gridId": place.office,
        "gridX": place.x,
        "gridY": place.y,
        "forecast": f"{grid}/forecast",
        "forecastHourly": f"{grid}/forecast/hourly",
        "forecastGridData": grid,
        "observationStations": f"{grid}/stations",
        "relativeLocation": feature(city.latitude, city.longitude, near),
        "forecastZone": zones[0],
        "county": f"{base}/zones/county/{city.state}C001",
        "fireWeatherZone": zones[1],
        "timeZone": city.time_zone,
        "radarStation": city.station,
    }
    return geo(request, feature(place.latitude, place.longitude, properties, f"{base}/points/{exact}"))


@routes.get("/points/{point}/stations")
async def stations_of_point(point: str, request: Request) -> Response:
    return _stations(request, place_of(point, "path.point"))


@routes.get("/gridpoints/{office}/{x},{y}")
async def raw(office: str, x: str, y: str, request: Request) -> Response:
    place = _square(office, x, y)
    path = f"{base_of(request)}/gridpoints/{office}/{x},{y}"
    properties = {"@id": path, "@type": "wx:Gridpoint", "gridId": office, "gridX": place.x, "gridY": place.y}
    times = _times(place)
    return geo(request, _cell(place, properties | times | forecast.layers(place), path))


@routes.get("/gridpoints/{office}/{x},{y}/forecast")
async def by_half(office: str, x: str, y: str, request: Request, units: str = "us") -> Response:
    return _forecast(request, _square(office, x, y), units, forecast.halves, "BaselineForecastGenerator")


@routes.get("/gridpoints/{office}/{x},{y}/forecast/hourly")
async def by_hour(office: str, x: str, y: str, request: Request, units: str = "us") -> Response:
    return _forecast(request, _square(office, x, y), units, forecast.hours, "HourlyForecastGenerator")


@routes.get("/gridpoints/{office}/{x},{y}/stations")
async def stations_of_square(office: str, x: str, y: str, request: Request) -> Response:
    return _stations(request, _square(office, x, y))


@routes.get("/stations/{id}")
async def station(id: str, request: Request) -> Response:
    return geo(request, _station(request, _city(id)))


@routes.get("/stations/{id}/observations/latest")
async def latest(id: str, request: Request) -> Response:
    return geo(request, _observation(request, id))


@routes.get("/stations/{id}/observations")
async def observations(id: str, request: Request) -> Response:
    return geo(request, collection([_observation(request, id)]))


@routes.get("/offices/{id}")
async def office(id: str, request: Request) -> Response:
    if id not in places.OFFICES:
        raise wrong_parameter("path.officeId", places.OFFICES)
    city = places.OFFICES[id]
    url = f"{base_of(request)}/offices/{id}"
    address = {"@type": "PostalAddress", "addressLocality": city.name, "addressRegion": city.state}
    return JSONResponse(
        {"@type": "GovernmentOrganization", "@id": url, "id": id, "name": city.name, "address": address}
    )


def _square(office: str, x: str, y: str) -> Place:
    if office not in places.OFFICES:
        raise wrong_parameter("path.wfo", places.OFFICES)
    numbers = x.isdecimal() and y.isdecimal() and len(x) < 5 and len(y) < 5
    place = places.square(office, int(x), int(y)) if numbers else None
    if place is None:
        raise Problem(404, f"Gridpoint {office}/{x},{y} was not found")
    return place


def _city(station: str) -> places.City:
    if station not in places.STATIONS:
        raise Problem(404, f"Station {station!r} was not found")
    return places.STATIONS[station]


def _forecast(
    request: Request, place: Place, units: str, periods: Callable[..., list[Json]], generator: str
) -> Response:
    if units not in ("us", "si"):
        raise wrong_parameter("query.units", ("us", "si"))
    made = periods(place, units, base_of(request))
    head = {"units": units, "forecastGenerator": generator, "generatedAt": datetime.now(UTC).isoformat()}
    return geo(request, _cell(place, head | _times(place) | {"periods": made}))


def _times(place: Place) -> Json:
    """Return since when, and how long, data are good."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat()
    elevation = forecast.quantity(10, "m")
    return {"updateTime": start, "validTimes": f"{start}/P7DT12H", "elevation": elevation}


def _cell(place: Place, properties: Json, id: str = "") -> Json:
    """Return properties with the outline of a square."""
    y, x = place.latitude, place.longitude
    half = places.CELL_KM / places.KM_PER_DEGREE / 2
    ring = [[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
    corners = [[round(one, 4) for one in corner] for corner in [*ring, ring[0]]]
    return feature(y, x, properties, id) | {"geometry": {"type": "Polygon", "coordinates": [corners]}}


def _stations(request: Request, place: Place) -> Response:
    near = sorted(
        places.CITIES,
        key=lambda city: abs(city.latitude - place.latitude) + abs(city.longitude - place.longitude),
    )
    found = [_station(request, city) for city in near[:5]]
    return geo(request, collection(found) | {"observationStations": [one["id"] for one in found]})


def _station(request: Request, city: places.City) -> Json:
    url = f"{base_of(request)}/stations/{city.station}"
    properties = {
        "@id": url,
        "@type": "wx:ObservationStation",
        "elevation": forecast.quantity(10, "m"),
        "stationIdentifier": city.station,
        "name": city.name,
        "timeZone": city.time_zone,
    }
    return feature(city.latitude, city.longitude, properties, url)


def _observation(request: Request, id: str) -> Json:
    city, base = _city(id), base_of(request)
    place = places.at(city.latitude, city.longitude)
    assert place is not None  # a city is near itself
    seen = forecast.observation(place, base)
    url = f"{base}/stations/{id}/observations/{seen['timestamp']}"
    seen |= {"@id": url, "station": f"{base}/stations/{id}"}
    return feature(city.latitude, city.longitude, seen, url)


def _short(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")
