"""What a program written for api.weather.gov asks and reads, against the local service, unchanged."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from workshop.weather import alerts, forecast, places


def found(client: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Return the properties of the features in an answer."""
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    features: list[dict[str, Any]] = answer.json()["features"]
    return [one["properties"] for one in features]


def test_a_forecast_is_found_by_following_the_links_of_a_point(client: httpx.Client) -> None:
    """The first program that everybody writes: point, forecast, print."""
    point = client.get("/points/39.7456,-97.0892", headers={"User-Agent": "(myapp.com, me@myapp.com)"}).json()
    properties = point["properties"]
    assert properties["relativeLocation"]["properties"]["state"] == "KS"
    assert re.fullmatch(r"[A-Z]{3}", properties["gridId"]) and properties["timeZone"] == "America/Chicago"
    assert properties["forecast"].startswith(str(client.base_url).rstrip("/"))
    days = client.get(properties["forecast"]).json()["properties"]
    assert days["units"] == "us" and len(days["periods"]) == 14
    for period in days["periods"]:
        line = (
            f"{period['name']}: {period['temperature']}°{period['temperatureUnit']}, "
            f"{period['windSpeed']} {period['windDirection']}"
        )
        assert "None" not in line and period["detailedForecast"] and period["shortForecast"]
    assert [p["isDaytime"] for p in days["periods"][:2]] in ([True, False], [False, True])
    hours = client.get(properties["forecastHourly"], params={"units": "si"}).json()["properties"]["periods"]
    assert len(hours) == 156 and {hour["temperatureUnit"] for hour in hours} == {"C"}
    assert "temperature" in client.get(properties["forecastGridData"]).json()["properties"]
    stations = client.get(properties["observationStations"]).json()["features"]
    latest = client.get(
        f"/stations/{stations[0]['properties']['stationIdentifier']}/observations/latest"
    ).json()
    assert isinstance(latest["properties"]["temperature"]["value"], float)
    assert latest["properties"]["temperature"]["unitCode"] == "wmoUnit:degC"


@pytest.mark.parametrize(
    ("params", "area"),
    [
        ({"area": "CA"}, {"CA"}),
        ({"area": "CA,OR"}, {"CA", "OR"}),
        ({"area": ["CA", "OR"]}, {"CA", "OR"}),
        ({"area": "GM"}, {"GM"}),
        ({"area": "CA", "status": "actual", "message_type": "alert"}, {"CA"}),
        ({"point": "37.7749,-122.4194"}, {"CA"}),
        ({"zone": "CAZ001,TXZ001"}, {"CA", "TX"}),
        ({"region": "AR"}, {"AK"}),
        ({"region_type": "marine"}, set(alerts.MARINE) & set(alerts.ALERTS)),
        ({"event": "Blizzard Warning"}, {"AK", "IA", "ND"}),
        ({"event": "tornado warning,Tornado Watch", "severity": "extreme"}, {"AL", "KS", "MO", "OK"}),
        ({"area": "CA", "urgency": "Future"}, set()),
        ({"status": "test"}, set()),
        ({"area": "NH"}, set()),
        ({}, set(alerts.ALERTS)),
    ],
)
def test_active_alerts_are_chosen_by_what_is_asked(
    client: httpx.Client, params: dict[str, Any], area: set[str]
) -> None:
    areas = {one["geocode"]["UGC"][0][:2] for one in found(client, "/alerts/active", **params)}
    assert areas == area


def test_the_limit_is_kept_and_the_area_in_the_path_is_the_same_as_in_the_query(client: httpx.Client) -> None:
    assert len(found(client, "/alerts/active", limit=5)) == 5
    assert found(client, "/alerts/active", area="TX") == found(client, "/alerts/active/area/TX")
    assert found(client, "/alerts", active="true", area="TX") == found(client, "/alerts/active/area/TX")
    assert found(client, "/alerts/active/zone/TXZ001") == found(client, "/alerts/active", zone="TXZ001")
    assert found(client, "/alerts/active/region/GM") == found(client, "/alerts/active/area/GM")


def test_an_alert_is_complete(client: httpx.Client) -> None:
    everything = client.get("/alerts/active").json()["features"]
    for feature in everything:
        alert = feature["properties"]
        assert client.get(feature["id"]).json()["properties"] == alert, "its id is an address"
        assert feature["id"] == alert["@id"] and alert["id"].startswith("urn:oid:")
        zones = alert["geocode"]["UGC"]
        assert [url.rpartition("/")[2] for url in alert["affectedZones"]] == zones
        assert len(zones) == len(alert["areaDesc"].split("; ")) == len(alert["geocode"]["SAME"])
        assert all(re.fullmatch(r"[A-Z]{2}Z\d{3}", zone) for zone in zones)
        assert all(re.fullmatch(r"\d{6}", code) for code in alert["geocode"]["SAME"])
        assert all(isinstance(values, list) and values for values in alert["parameters"].values())
        assert alert["ends"] is None or datetime.fromisoformat(alert["ends"]) > datetime.now(UTC)
    assert {None} < {feature["properties"]["ends"] for feature in everything}
    shapes = [feature["geometry"] for feature in everything if feature["geometry"]]
    assert shapes and all(shape["coordinates"][0][0] == shape["coordinates"][0][-1] for shape in shapes)
    name = client.get(everything[0]["properties"]["affectedZones"][0]).json()["properties"]["name"]
    assert name == everything[0]["properties"]["areaDesc"].split("; ")[0]


def test_counts_and_types_agree_with_the_alerts(client: httpx.Client) -> None:
    counted = client.get("/alerts/active/count").json()
    everything = found(client, "/alerts/active")
    assert counted["total"] == len(everything) == counted["land"] + counted["marine"]
    assert counted["areas"]["TX"] == len(found(client, "/alerts/active/area/TX"))
    assert counted["zones"]["TXZ001"] == len(found(client, "/alerts/active/zone/TXZ001"))
    assert {one["event"] for one in everything} <= set(client.get("/alerts/types").json()["eventTypes"])


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/alerts/active?area=ca", 400, "query.area"),
        ("/alerts/active?area=CA,XX", 400, "query.area"),
        ("/alerts/active?state=CA", 400, "query.state"),
        ("/alerts/active?severity=awful", 400, "query.severity"),
        ("/alerts/active?limit=0", 400, "query.limit"),
        ("/alerts/active?limit=many", 400, "query.limit"),
        ("/alerts/active?point=here", 400, "query.point"),
        ("/alerts/active/region/XX", 400, "path.region"),
        ("/alerts/active/zone/TX1", 404, "path.zoneId"),
        ("/points/95,200", 400, "path.point"),
        ("/points/51.5,-0.12", 404, None),
        ("/points/somewhere", 404, None),
        ("/gridpoints/XXX/1,1/forecast", 400, "path.wfo"),
        ("/gridpoints/MTR/999,1/forecast", 404, None),
        ("/gridpoints/MTR/99999999999999999999999,1/forecast", 404, None),
        ("/gridpoints/MTR/²,1/forecast", 404, None),
        ("/gridpoints/MTR/300,300/forecast?units=feet", 400, "query.units"),
        ("/stations/NONE/observations/latest", 404, None),
        ("/alerts/urn:oid:nothing", 404, None),
        ("/zones/planet/TXZ001", 400, "path.type"),
        ("/offices/XXX", 400, "path.officeId"),
        ("/nothing", 404, None),
    ],
)
def test_a_mistake_is_a_problem_in_the_services_form(
    client: httpx.Client, path: str, status: int, parameter: str | None
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"title", "type", "status", "detail", "instance", "correlationId"} <= problem.keys()
    assert problem["status"] == status and problem["type"].startswith("https://api.weather.gov/problems/")
    assert [one["parameter"] for one in problem.get("parameterErrors", [])] == (
        [parameter] if parameter else []
    )


def test_a_point_with_too_many_digits_is_redirected(client: httpx.Client) -> None:
    for point in ("39.745612345,-97.08921111", "39.7500,-97.1000"):
        answer = client.get(f"/points/{point}")
        assert answer.status_code == 301
        assert client.get(answer.headers["location"]).status_code == 200
    assert (
        client.get("/points/39.745612345,-97.08921111")
        .headers["location"]
        .endswith("/points/39.7456,-97.0892")
    )


def test_a_program_without_a_name_is_refused_and_only_there(client: httpx.Client) -> None:
    agent = ""
    answer = client.get("/alerts/active/area/TX", headers={"User-Agent": agent})
    assert answer.status_code == 403 and "User-Agent" in answer.json()["detail"]
    assert client.get("/bench/health", headers={"User-Agent": agent}).status_code == 200


def test_json_ld_is_given_to_those_who_ask_for_it(client: httpx.Client) -> None:
    head = {"Accept": "application/ld+json"}
    listed = client.get("/alerts/active", params={"area": "TX"}, headers=head)
    assert listed.headers["content-type"] == "application/ld+json"
    assert [one["event"] for one in listed.json()["@graph"]] == [
        one["event"] for one in found(client, "/alerts/active", area="TX")
    ]
    point = client.get("/points/37.77,-122.42", headers=head).json()
    assert point["gridId"] == "MTR" and "properties" not in point
    for accept in ("application/geo+json", "application/json", "*/*"):
        assert "features" in client.get("/alerts/active", headers={"Accept": accept}).json()


def test_every_city_is_where_it_says_and_its_square_leads_back(client: httpx.Client) -> None:
    assert {city.state for city in places.CITIES} == set(alerts.STATES)
    for city in places.CITIES:
        place = places.at(city.latitude, city.longitude)
        assert place is not None and place.city == city and place.distance_m == 0
        square = places.square(place.office, place.x, place.y)
        assert square is not None and (square.office, square.x, square.y) == (place.office, place.x, place.y)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_a_forecast_starts_now_and_has_no_gaps(hour: int) -> None:
    place = places.at(61.22, -149.9)
    assert place is not None
    now = datetime(2026, 3, 8, hour, 30, tzinfo=UTC)
    for periods in (forecast.halves(place, "us", "", now), forecast.hours(place, "us", "", now)):
        starts = [datetime.fromisoformat(period["startTime"]) for period in periods]
        ends = [datetime.fromisoformat(period["endTime"]) for period in periods]
        assert starts[0] <= now < ends[0]
        local = [
            (end.replace(tzinfo=None), start.replace(tzinfo=None))
            for end, start in zip(ends, starts[1:], strict=False)
        ]
        assert all(end == start for end, start in local)
        assert ends[-1] - starts[0] > timedelta(days=6)
