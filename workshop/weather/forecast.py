"""Sample forecasts and observations: plausible for latitude and season, the same within an hour."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workshop.weather.places import Place

PERIODS, HOURS = 14, 156
"""How many halves of a day, and how many hours, a forecast has."""

_SKIES = (
    ("Sunny", "Clear", "few", 0),
    ("Mostly Sunny", "Mostly Clear", "sct", 0),
    ("Partly Sunny", "Partly Cloudy", "bkn", 10),
    ("Chance Rain Showers", "Chance Rain Showers", "rain_showers", 40),
    ("Rain Likely", "Rain Likely", "rain", 70),
)
_COLD_SKIES = {"Chance Rain Showers": "Chance Snow Showers", "Rain Likely": "Snow Likely"}
_WINDS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


@dataclass(frozen=True)
class Sky:
    """The weather of one moment at one place."""

    temperature_c: float
    says: str
    icon: str
    rain_percent: int
    wind_mph: int
    wind: str
    humidity: int


def sky(place: Place, moment: datetime) -> Sky:
    """Return the weather at a place. `moment` is in the place's own time."""
    seed = zlib.crc32(
        f"{place.office}{place.x // 8},{place.y // 8} {moment.date()} {moment.hour // 12}".encode()
    )
    season = math.cos((moment.timetuple().tm_yday - 200) / 365.25 * math.tau)
    season = season if place.latitude >= 0 else -season
    away = abs(place.latitude)
    daily = math.cos((moment.hour - 15) / 24 * math.tau)
    celsius = 29 - 0.42 * max(0, away - 15) + 0.32 * away * season - 4 + 5 * daily + seed % 7 - 3
    day, night, icon, rain = _SKIES[seed // 7 % len(_SKIES)]
    says = day if 6 <= moment.hour < 18 else night
    says = _COLD_SKIES.get(says, says) if celsius < 0 else says
    wind_mph = 5 + seed // 35 % 4 * 5
    humidity = min(98, 45 + rain // 2 + (10 if not 6 <= moment.hour < 18 else 0))
    return Sky(round(celsius, 1), says, icon, rain, wind_mph, _WINDS[seed // 140 % 16], humidity)


def quantity(value: float | None, unit: str) -> dict[str, Any]:
    return {"unitCode": f"wmoUnit:{unit}", "value": value}


def halves(place: Place, units: str, icons: str, now: datetime | None = None) -> list[dict[str, Any]]:
    """Return the forecast by day and night, from the half of the day that it is now."""
    here = _local(place, now)
    start = here.replace(hour=6 if 6 <= here.hour < 18 else 18, minute=0)
    if here.hour < 6:
        start -= timedelta(days=1)
    periods = []
    for number in range(PERIODS):
        begins = start + timedelta(hours=12 * number)
        by_day = begins.hour == 6
        name = begins.strftime("%A") if by_day else f"{begins.strftime('%A')} Night"
        if number == 0:
            name = "Today" if by_day else "Overnight" if here.hour < 6 else "Tonight"
        found = sky(place, begins + timedelta(hours=9 if by_day else 10))
        period = _period(place, found, number, name, begins, 12, units, icons)
        low = "High" if by_day else "Low"
        wind = f"{found.wind} wind around {found.wind_mph} mph"
        rain = f" Chance of precipitation is {found.rain_percent}%." if found.rain_percent else ""
        degrees = period["temperature"]
        said = f"{found.says}, with a {low.lower()} near {degrees}. {wind}.{rain} (Sample for a workshop.)"
        periods.append(period | {"detailedForecast": said})
    return periods


def hours(place: Place, units: str, icons: str, now: datetime | None = None) -> list[dict[str, Any]]:
    """Return the forecast by the hour."""
    here = _local(place, now).replace(minute=0)
    found = []
    for number in range(HOURS):
        begins = here + timedelta(hours=number)
        period = _period(place, sky(place, begins), number, "", begins, 1, units, icons)
        found.append(period | {"detailedForecast": ""})
    return found


def layers(place: Place) -> dict[str, Any]:
    """Return the raw values of a square, by the hour."""
    here = _local(place).replace(minute=0).astimezone(UTC)

    def layer(unit: str, value: Callable[[Sky], float]) -> dict[str, Any]:
        return {"uom": f"wmoUnit:{unit}", "values": list(values(value))}

    def values(value: Callable[[Sky], float]) -> Iterator[dict[str, Any]]:
        for number in range(48):
            moment = here + timedelta(hours=number)
            local = moment.astimezone(_zone(place))
            yield {"validTime": f"{moment.isoformat()}/PT1H", "value": value(sky(place, local))}

    return {
        "temperature": layer("degC", lambda sky: sky.temperature_c),
        "relativeHumidity": layer("percent", lambda sky: sky.humidity),
        "probabilityOfPrecipitation": layer("percent", lambda sky: sky.rain_percent),
        "windSpeed": layer("km_h-1", lambda sky: round(sky.wind_mph * 1.609, 1)),
        "windDirection": layer("degree_(angle)", lambda sky: _WINDS.index(sky.wind) * 22.5),
    }


def observation(place: Place, icons: str) -> dict[str, Any]:
    """Return what a station reports: the hour's weather."""
    here = _local(place).replace(minute=0)
    found = sky(place, here)
    missing = ("heatIndex", "windChill", "windGust", "precipitationLastHour")
    return {
        "@type": "wx:ObservationStation",
        "elevation": quantity(10, "m"),
        "stationId": place.city.station,
        "stationName": f"{place.city.name} (workshop sample)",
        "timestamp": here.astimezone(UTC).isoformat(),
        "rawMessage": "",
        "textDescription": found.says,
        "icon": _icon(icons, found, here),
        "presentWeather": [],
        "temperature": quantity(found.temperature_c, "degC"),
        "dewpoint": quantity(round(found.temperature_c - (100 - found.humidity) / 5, 1), "degC"),
        "windDirection": quantity(_WINDS.index(found.wind) * 22.5, "degree_(angle)"),
        "windSpeed": quantity(round(found.wind_mph * 1.609, 1), "km_h-1"),
        "barometricPressure": quantity(101_325, "Pa"),
        "visibility": quantity(16_093, "m"),
        "relativeHumidity": quantity(found.humidity, "percent"),
        **{name: quantity(None, "degC" if name[0] in "hw" else "mm") for name in missing},
        "cloudLayers": [],
    }


def _period(
    place: Place, found: Sky, number: int, name: str, begins: datetime, long: int, units: str, icons: str
) -> dict[str, Any]:
    metric = units == "si"
    celsius = found.temperature_c
    return {
        "number": number + 1,
        "name": name,
        "startTime": begins.isoformat(),
        "endTime": (begins + timedelta(hours=long)).isoformat(),
        "isDaytime": 6 <= begins.hour < 18,
        "temperature": round(celsius) if metric else round(celsius * 9 / 5 + 32),
        "temperatureUnit": "C" if metric else "F",
        "temperatureTrend": None,
        "probabilityOfPrecipitation": quantity(found.rain_percent, "percent"),
        "dewpoint": quantity(round(celsius - (100 - found.humidity) / 5, 1), "degC"),
        "relativeHumidity": quantity(found.humidity, "percent"),
        "windSpeed": f"{round(found.wind_mph * 1.609)} km/h" if metric else f"{found.wind_mph} mph",
        "windDirection": found.wind,
        "icon": _icon(icons, found, begins),
        "shortForecast": found.says,
    }


def _icon(icons: str, found: Sky, moment: datetime) -> str:
    return f"{icons}/icons/land/{'day' if 6 <= moment.hour < 18 else 'night'}/{found.icon}?size=medium"


def _zone(place: Place) -> tzinfo:
    try:
        return ZoneInfo(place.city.time_zone)
    except ZoneInfoNotFoundError:  # a machine without a time zone database: the sun's time, more or less
        return timezone(timedelta(hours=round(place.city.longitude / 15)))


def _local(place: Place, now: datetime | None = None) -> datetime:
    moment = now or datetime.now(UTC)
    return moment.astimezone(_zone(place)).replace(second=0, microsecond=0)
