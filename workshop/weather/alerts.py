"""Sample weather alerts: invented, plausible for the climate of each state, and the same on every request of a day.

The areas are those that the National Weather Service takes in `/alerts/active/area/{area}` (its OpenAPI description, types
StateTerritoryCode and MarineAreaCode), and so are the fields. Every alert says that it is a sample, and has the status that
the service gives to exercises.
"""
# ruff: noqa: E501  # tables with one row a line are easier to read than wrapped ones

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SENDER = "Workshop sample data"
NOTICE = "SAMPLE FOR A WORKSHOP, NOT A REAL ALERT."

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AS": "American Samoa", "AR": "Arkansas", "AZ": "Arizona", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "GU": "Guam", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah",
    "VT": "Vermont", "VI": "Virgin Islands", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "MP": "Northern Mariana Islands", "PW": "Palau",
    "FM": "Federated States of Micronesia", "MH": "Marshall Islands",
}  # fmt: skip
MARINE = {
    "AM": "Atlantic waters off the Southeast", "AN": "Atlantic waters off the Northeast", "GM": "Gulf waters",
    "LC": "Lake St. Clair", "LE": "Lake Erie", "LH": "Lake Huron", "LM": "Lake Michigan", "LO": "Lake Ontario",
    "LS": "Lake Superior", "PH": "waters around Hawaii", "PK": "waters around Alaska", "PM": "waters around the Marianas",
    "PS": "waters around American Samoa", "PZ": "Pacific waters off the West Coast", "SL": "St. Lawrence River",
}  # fmt: skip
AREAS = STATES | MARINE


@dataclass(frozen=True)
class Event:
    """A kind of alert, with the words of the Common Alerting Protocol for how bad, how sure and how soon."""

    severity: str
    certainty: str
    urgency: str
    response: str
    what: str
    instruction: str


_DRIVE = "Slow down and leave extra time for every journey."
_WATER = "Turn around where water covers a road. Most people who drown in floods drown in their cars."
_SMALL = "Inexperienced sailors, and those with small boats, should stay in port."

EVENTS = {
    "Air Quality Alert": Event("Unknown", "Unknown", "Unknown", "Monitor", "Ozone and smoke reach unhealthy levels in the afternoon.", "People with asthma should stay indoors in the afternoon."),
    "Avalanche Warning": Event("Severe", "Likely", "Expected", "Avoid", "Heavy new snow lies on a weak layer; avalanches are likely on steep slopes.", "Stay off and away from slopes steeper than 30 degrees."),
    "Blizzard Warning": Event("Extreme", "Likely", "Expected", "Prepare", "Wind gusts to 55 mph and 8 to 12 inches of snow bring whiteout conditions.", "Do not travel. If you must, carry a winter survival kit."),
    "Coastal Flood Advisory": Event("Minor", "Likely", "Expected", "Avoid", "Up to one foot of water stands in low places near the shore at high tide.", "Do not drive through salt water of unknown depth."),
    "Dense Fog Advisory": Event("Minor", "Likely", "Expected", "Execute", "Visibility falls to a quarter of a mile in dense fog.", _DRIVE),
    "Dust Storm Warning": Event("Severe", "Observed", "Immediate", "Avoid", "A wall of blowing dust cuts visibility to near zero.", "Pull far off the road, turn the lights off and take the foot from the brake."),
    "Extreme Cold Warning": Event("Severe", "Likely", "Expected", "Avoid", "Wind chills of 35 to 45 below zero freeze skin within 10 minutes.", "Stay indoors. If you must go out, cover all skin."),
    "Extreme Heat Warning": Event("Severe", "Likely", "Expected", "Execute", "Afternoon temperatures reach 110 to 115 degrees.", "Drink water, stay in air-conditioned rooms and look after neighbors."),
    "Fire Weather Watch": Event("Severe", "Possible", "Future", "Prepare", "Gusty winds and very low humidity may let any fire spread fast.", "Be ready to leave if a fire starts nearby."),
    "Flash Flood Warning": Event("Severe", "Likely", "Immediate", "Avoid", "Two to four inches of rain fell in an hour; creeks are rising quickly.", _WATER),
    "Flood Warning": Event("Severe", "Likely", "Expected", "Avoid", "The river is above flood stage and still rising.", _WATER),
    "Flood Watch": Event("Severe", "Possible", "Future", "Monitor", "Repeated heavy rain may send rivers over their banks.", "Watch the forecast and be ready to move to higher ground."),
    "Freeze Warning": Event("Moderate", "Likely", "Expected", "Execute", "Temperatures drop to 28 degrees before dawn.", "Cover tender plants and wrap outdoor pipes."),
    "Gale Warning": Event("Moderate", "Likely", "Expected", "Prepare", "Winds of 35 to 45 knots raise seas of 12 to 18 feet.", "Mariners should stay in port or change their course."),
    "Heat Advisory": Event("Moderate", "Likely", "Expected", "Execute", "The heat index climbs to 105 to 109.", "Drink water, rest in the shade and never leave a child in a car."),
    "High Surf Advisory": Event("Minor", "Likely", "Expected", "Avoid", "Breaking waves of 8 to 12 feet pound beaches that face the swell.", "Stay off rocks and jetties, and never turn your back on the sea."),
    "High Wind Warning": Event("Severe", "Likely", "Expected", "Prepare", "West winds of 35 to 45 mph gust to 70 mph.", "Tie down loose things and keep away from trees."),
    "Hurricane Watch": Event("Extreme", "Possible", "Future", "Prepare", "Hurricane conditions are possible within 48 hours.", "Check your emergency plan and know your evacuation zone."),
    "Lake Effect Snow Warning": Event("Severe", "Likely", "Expected", "Prepare", "Bands of heavy snow off the lake bring 10 to 18 inches.", "Travel could be very difficult; carry a shovel, blankets and food."),
    "Red Flag Warning": Event("Severe", "Likely", "Expected", "Execute", "Dry winds gust to 50 mph with humidity below 10 percent.", "Light nothing outdoors. A fire that starts will spread fast."),
    "Rip Current Statement": Event("Moderate", "Likely", "Expected", "Avoid", "Dangerous rip currents run along the beaches.", "Swim near a lifeguard. If caught, relax and float."),
    "Severe Thunderstorm Warning": Event("Severe", "Observed", "Immediate", "Shelter", "A line of storms brings gusts of 60 mph and hail the size of quarters.", "Move to an inside room on the lowest floor."),
    "Severe Thunderstorm Watch": Event("Severe", "Possible", "Future", "Monitor", "Storms with large hail and damaging gusts may form this afternoon.", "Know where you would take shelter."),
    "Small Craft Advisory": Event("Minor", "Likely", "Expected", "Avoid", "Winds of 20 to 30 knots raise seas of 6 to 9 feet.", _SMALL),
    "Tornado Warning": Event("Extreme", "Observed", "Immediate", "Shelter", "Radar shows rotation that can produce a tornado.", "Take cover now in a basement or an inside room of a sturdy building."),
    "Tornado Watch": Event("Extreme", "Possible", "Future", "Monitor", "Conditions favor tornadoes this afternoon and evening.", "Know where you would take shelter, and watch the sky."),
    "Tropical Storm Warning": Event("Severe", "Likely", "Expected", "Prepare", "Winds of 40 to 60 mph with heavy rain arrive within 36 hours.", "Finish what protects your home before the wind rises."),
    "Wind Advisory": Event("Moderate", "Likely", "Expected", "Execute", "Winds of 25 to 35 mph gust to 50 mph.", "Take care when driving, above all with a trailer or a tall vehicle."),
    "Winter Storm Warning": Event("Severe", "Likely", "Expected", "Prepare", "Heavy snow of 10 to 16 inches falls through tomorrow.", _DRIVE),
    "Winter Storm Watch": Event("Severe", "Possible", "Future", "Prepare", "Six to ten inches of snow are possible by tomorrow night.", "Watch the forecast and plan journeys anew."),
    "Winter Weather Advisory": Event("Moderate", "Likely", "Expected", "Execute", "Two to five inches of snow and a glaze of ice make roads slippery.", _DRIVE),
}  # fmt: skip

ALERTS: dict[str, list[tuple[str, str]]] = {
    "AL": [("Tornado Watch", "Jefferson; Shelby; Tuscaloosa"), ("Flood Watch", "Mobile; Baldwin")],
    "AK": [("Blizzard Warning", "North Slope; Utqiagvik"), ("Gale Warning", "Shelikof Strait")],
    "AR": [("Severe Thunderstorm Watch", "Pulaski; Saline; Garland")],
    "AZ": [("Extreme Heat Warning", "Phoenix; Yuma; Lower Colorado River Valley"), ("Dust Storm Warning", "Pinal")],
    "CA": [("Red Flag Warning", "Los Angeles Mountains; Santa Clarita Valley"), ("Dense Fog Advisory", "San Joaquin Valley"), ("High Surf Advisory", "San Luis Obispo Coast")],
    "CO": [("Winter Storm Warning", "Summit; Mountains of Eagle and Pitkin"), ("Red Flag Warning", "El Paso; Pueblo")],
    "FL": [("Tropical Storm Warning", "Collier; Lee; Charlotte"), ("Rip Current Statement", "Coastal Volusia; Coastal Brevard")],
    "GA": [("Severe Thunderstorm Warning", "Fulton; DeKalb; Cobb")],
    "GU": [("High Surf Advisory", "Guam")],
    "HI": [("High Surf Advisory", "North Shores of Oahu, Maui and Kauai"), ("Flood Watch", "Big Island Windward")],
    "IA": [("Blizzard Warning", "Sioux; O'Brien; Clay")],
    "ID": [("Winter Weather Advisory", "Sawtooth; Wood River Valley")],
    "IL": [("Extreme Cold Warning", "Cook; DuPage; Lake"), ("Winter Storm Watch", "Winnebago; Boone")],
    "KS": [("Tornado Warning", "Sedgwick; Butler"), ("Severe Thunderstorm Watch", "Reno; Harvey; McPherson")],
    "KY": [("Flash Flood Warning", "Breathitt; Perry")],
    "LA": [("Hurricane Watch", "Terrebonne; Lafourche; Plaquemines"), ("Coastal Flood Advisory", "Orleans; St. Bernard")],
    "MA": [("Winter Storm Watch", "Suffolk; Norfolk; Middlesex"), ("Coastal Flood Advisory", "Barnstable; Nantucket")],
    "ME": [("Winter Storm Warning", "Aroostook; Piscataquis")],
    "MI": [("Lake Effect Snow Warning", "Marquette; Alger"), ("Wind Advisory", "Ottawa; Muskegon")],
    "MN": [("Extreme Cold Warning", "Hennepin; Ramsey; St. Louis")],
    "MO": [("Tornado Watch", "Jackson; Clay; Cass"), ("Flood Warning", "St. Charles; Lincoln")],
    "MP": [("Tropical Storm Warning", "Saipan; Tinian")],
    "MS": [("Flood Warning", "Warren; Washington; Issaquena")],
    "MT": [("High Wind Warning", "Glacier; Pondera; Teton"), ("Winter Storm Warning", "Beartooth Foothills")],
    "NC": [("Coastal Flood Advisory", "Dare; Hyde"), ("Dense Fog Advisory", "Buncombe; Henderson")],
    "ND": [("Blizzard Warning", "Cass; Grand Forks; Traill")],
    "NE": [("Severe Thunderstorm Warning", "Douglas; Sarpy")],
    "NJ": [("Coastal Flood Advisory", "Atlantic; Cape May; Ocean")],
    "NM": [("Fire Weather Watch", "Sandia Mountains; Estancia Valley"), ("Flash Flood Warning", "Otero; Lincoln")],
    "NV": [("Extreme Heat Warning", "Clark; Las Vegas Valley"), ("Wind Advisory", "Washoe; Carson City")],
    "NY": [("Lake Effect Snow Warning", "Erie; Chautauqua; Oswego"), ("Winter Weather Advisory", "Albany; Schenectady")],
    "OH": [("Winter Weather Advisory", "Cuyahoga; Lake; Geauga")],
    "OK": [("Tornado Warning", "Oklahoma; Cleveland; McClain"), ("Tornado Watch", "Canadian; Grady; Logan"), ("Flash Flood Warning", "Tulsa")],
    "OR": [("High Wind Warning", "North Oregon Coast"), ("Winter Weather Advisory", "Cascades of Lane County")],
    "PA": [("Winter Weather Advisory", "Erie; Crawford"), ("Flood Watch", "Philadelphia; Delaware; Chester")],
    "PR": [("Flash Flood Warning", "Ponce; Adjuntas; Utuado"), ("High Surf Advisory", "San Juan; Arecibo")],
    "SC": [("Rip Current Statement", "Horry; Georgetown; Charleston")],
    "SD": [("Winter Storm Warning", "Pennington; Lawrence; Meade")],
    "TN": [("Severe Thunderstorm Watch", "Shelby; Fayette; Tipton")],
    "TX": [("Severe Thunderstorm Warning", "Dallas; Tarrant; Collin"), ("Heat Advisory", "Cameron; Hidalgo; Webb"), ("Flood Watch", "Harris; Galveston; Brazoria")],
    "UT": [("Avalanche Warning", "Wasatch Mountains; Uinta Mountains"), ("Air Quality Alert", "Salt Lake; Davis")],
    "VA": [("Flood Watch", "Roanoke; Montgomery")],
    "VI": [("Small Craft Advisory", "St. Thomas; St. John")],
    "VT": [("Winter Storm Watch", "Chittenden; Washington; Lamoille")],
    "WA": [("High Wind Warning", "Everett and Vicinity; Seattle and Vicinity"), ("Flood Watch", "Skagit; Whatcom")],
    "WI": [("Winter Storm Warning", "Milwaukee; Ozaukee; Washington")],
    "WV": [("Flash Flood Warning", "Kanawha; Fayette")],
    "WY": [("High Wind Warning", "Central Laramie Range; Natrona")],
    "FM": [("Small Craft Advisory", "Chuuk; Pohnpei")],
    "AM": [("Small Craft Advisory", "Coastal waters from Savannah to Altamaha Sound")],
    "AN": [("Gale Warning", "Georges Bank; Gulf of Maine")],
    "GM": [("Small Craft Advisory", "Waters from Port O'Connor to Matagorda")],
    "LS": [("Gale Warning", "Western Lake Superior from Duluth to the Apostle Islands")],
    "PZ": [("Small Craft Advisory", "Waters from Point Arena to Point Reyes")],
}  # fmt: skip
"""The alerts of each area as (event, where). Areas not listed have none today."""


def collection(area: str, now: datetime | None = None) -> dict[str, Any]:
    """Return the active alerts of an area as the service's GeoJSON. Times count from today's midnight (UTC).

    Raises KeyError for an area that the service doesn't know.
    """
    name = AREAS[area]
    midnight = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "@context": ["https://geojson.org/geojson-ld/geojson-context.jsonld", {"@version": "1.1"}],
        "type": "FeatureCollection",
        "features": [_feature(area, n, *alert, midnight) for n, alert in enumerate(ALERTS.get(area, []), 1)],
        "title": f"Sample watches, warnings, and advisories for {name} (for a workshop, not real)",
        "updated": midnight.isoformat(),
    }


def _feature(area: str, number: int, event: str, where: str, midnight: datetime) -> dict[str, Any]:
    kind = EVENTS[event]
    urn = f"urn:oid:2.49.0.1.840.0.workshop.{area.lower()}.{number:03d}.1"
    expires = (midnight + timedelta(hours=36)).isoformat()
    properties = {
        "@id": urn,
        "@type": "wx:Alert",
        "id": urn,
        "areaDesc": where,
        "geocode": {"SAME": [], "UGC": []},
        "affectedZones": [],
        "references": [],
        "sent": midnight.isoformat(),
        "effective": midnight.isoformat(),
        "onset": (midnight + timedelta(hours=2 * number)).isoformat(),
        "expires": expires,
        "ends": expires,
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
        "parameters": {},
        "scope": "Public",
        "code": "IPAWSv1.0",
        "language": "en-US",
        "web": "https://www.weather.gov",
        "eventCode": {"SAME": [], "NationalWeatherService": []},
    }
    return {"id": urn, "type": "Feature", "geometry": None, "properties": properties}
