"""US states in a text: by name, code, nickname or city, in English, French and Spanish.

One table a line: code | name | capital | names in other languages and nicknames | cities. A city's name that
several states share stands with the state that most people mean.
"""

# ruff: noqa: RUF001  # texts as people write them, with the punctuation of their language

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest

from workshop.practice.reading.text import fold, word_set

_TABLE = """
AL|Alabama|Montgomery|Heart of Dixie,Yellowhammer State|Birmingham,Mobile,Huntsville,Tuscaloosa
AK|Alaska|Juneau|Last Frontier|Anchorage,Fairbanks,Nome,Ketchikan
AZ|Arizona|Phoenix|Grand Canyon State|Tucson,Mesa,Scottsdale,Flagstaff,Tempe,Yuma,Sedona
AR|Arkansas|Little Rock|Natural State|Fayetteville,Fort Smith,Bentonville,Hot Springs
CA|California|Sacramento|Californie,Golden State|Los Angeles,San Francisco,San Diego,San Jose,Oakland,Fresno,Long Beach,\
Santa Barbara,Palo Alto,Berkeley,Anaheim,Bakersfield,Santa Monica,Hollywood,Silicon Valley,Bay Area,Malibu,Pasadena,L.A.,SF
CO|Colorado|Denver|Centennial State,Mile High City|Colorado Springs,Boulder,Aspen,Fort Collins,Vail,Aurora
CT|Connecticut|Hartford|Constitution State,Nutmeg State|New Haven,Stamford,Bridgeport,Greenwich
DE|Delaware|Dover|First State,Diamond State|Wilmington,Rehoboth Beach
DC|District of Columbia|Washington|Washington DC,Washington D.C.,Washington D.C,D.C.,District de Columbia,\
Distrito de Columbia,Capitol Hill|Georgetown
FL|Florida|Tallahassee|Floride,Sunshine State|Miami,Orlando,Tampa,Jacksonville,Key West,Fort Lauderdale,Pensacola,St. Petersburg,\
Naples,Sarasota,Daytona Beach,Gainesville,Magic City
GA|Georgia|Atlanta|Géorgie,Peach State|Savannah,Augusta,Macon,Athens
HI|Hawaii|Honolulu|Hawaï,Hawái,Hawai,Hawaiʻi,Hawai'i,Aloha State|Maui,Hilo,Waikiki,Oahu,Kauai,Pearl Harbor
ID|Idaho|Boise|Gem State|Idaho Falls,Pocatello,Coeur d'Alene,Sun Valley
IL|Illinois|Springfield|Prairie State,Land of Lincoln,Windy City|Chicago,Peoria,Naperville,Rockford,Champaign,Urbana
IN|Indiana|Indianapolis|Hoosier State|Fort Wayne,South Bend,Bloomington,Evansville,Gary
IA|Iowa|Des Moines|Hawkeye State|Cedar Rapids,Davenport,Iowa City,Sioux City,Dubuque
KS|Kansas|Topeka|Sunflower State|Wichita,Overland Park,Lawrence,Dodge City,Kansas City Kansas
KY|Kentucky|Frankfort|Bluegrass State|Louisville,Lexington,Bowling Green,Paducah
LA|Louisiana|Baton Rouge|Louisiane,Luisiana,Pelican State,Bayou State|New Orleans,Shreveport,Lafayette,La Nouvelle-Orléans,\
Nouvelle-Orléans,Nueva Orleans,NOLA,Big Easy
ME|Maine|Augusta Maine|Pine Tree State|Bangor,Bar Harbor,Lewiston,Portland Maine
MD|Maryland|Annapolis|Old Line State|Baltimore,Bethesda,Rockville,Ocean City,Silver Spring
MA|Massachusetts|Boston|Bay State|Cambridge,Worcester,Cape Cod,Salem,Nantucket,Lowell,Beantown
MI|Michigan|Lansing|Great Lakes State,Wolverine State,Motor City|Detroit,Grand Rapids,Ann Arbor,Flint,Kalamazoo,Traverse City
MN|Minnesota|Saint Paul|Land of 10000 Lakes,North Star State,Gopher State,Twin Cities|Minneapolis,Duluth,Rochester,St. Paul
MS|Mississippi|Jackson|Misisipi,Magnolia State|Biloxi,Gulfport,Tupelo,Hattiesburg,Natchez
MO|Missouri|Jefferson City|Misuri,Show-Me State,Show Me State|St. Louis,Saint Louis,St Louis,Kansas City,Branson,Joplin
MT|Montana|Helena|Treasure State,Big Sky Country|Billings,Missoula,Bozeman,Butte,Great Falls
NE|Nebraska|Lincoln|Cornhusker State|Omaha,Grand Island,Kearney,North Platte
NV|Nevada|Carson City|Silver State,Sin City|Las Vegas,Reno,Henderson,Elko,Vegas
NH|New Hampshire|Concord|Nouveau-Hampshire,Nuevo Hampshire,Nueva Hampshire,Granite State|Nashua,Portsmouth
NJ|New Jersey|Trenton|Nueva Jersey,Garden State|Newark,Jersey City,Hoboken,Atlantic City,Princeton
NM|New Mexico|Santa Fe|Nouveau-Mexique,Nuevo México,Nuevo Méjico,Land of Enchantment|Albuquerque,Roswell,Las Cruces,Taos
NY|New York|Albany|Nueva York,New York State,New York City,Empire State,Big Apple,Grosse Pomme,Gran Manzana|NYC,Buffalo,Brooklyn,\
Manhattan,Syracuse,Queens,Long Island,Bronx,Niagara Falls,Rochester New York,Ithaca,Staten Island
NC|North Carolina|Raleigh|Caroline du Nord,Carolina del Norte,Tar Heel State,Old North State|Charlotte,Durham,Asheville,\
Greensboro,Outer Banks,Winston-Salem,Chapel Hill
ND|North Dakota|Bismarck|Dakota du Nord,Dakota del Norte,Peace Garden State,Roughrider State|Fargo,Grand Forks,Minot
OH|Ohio|Columbus|Buckeye State|Cleveland,Cincinnati,Toledo,Akron,Dayton
OK|Oklahoma|Oklahoma City|Sooner State|Tulsa,Norman,Stillwater
OR|Oregon|Salem Oregon|Orégon,Oregón,Beaver State|Portland,Eugene,Bend,Medford,Crater Lake
PA|Pennsylvania|Harrisburg|Pennsylvanie,Pensilvania,Keystone State,Philly,City of Brotherly Love|Philadelphia,Philadelphie,\
Filadelfia,Pittsburgh,Scranton,Allentown,Erie,Gettysburg,Hershey
RI|Rhode Island|Providence|Ocean State|Newport,Warwick
SC|South Carolina|Columbia|Caroline du Sud,Carolina del Sur,Palmetto State|Charleston,Myrtle Beach,Greenville,Hilton Head
SD|South Dakota|Pierre|Dakota du Sud,Dakota del Sur,Mount Rushmore State|Sioux Falls,Rapid City,Deadwood,Mount Rushmore
TN|Tennessee|Nashville|Tennesse,Volunteer State,Music City|Memphis,Knoxville,Chattanooga,Graceland
TX|Texas|Austin|Tejas,Lone Star State|Houston,Dallas,San Antonio,Fort Worth,El Paso,Lubbock,Amarillo,Galveston,Corpus Christi,\
Waco,Plano,Laredo,Arlington,Midland
UT|Utah|Salt Lake City|Beehive State|Provo,Moab,Park City,Ogden,St. George
VT|Vermont|Montpelier|Green Mountain State|Burlington,Stowe,Rutland
VA|Virginia|Richmond|Virginie,Old Dominion|Norfolk,Virginia Beach,Alexandria,Roanoke,Charlottesville
WA|Washington|Olympia|Washington State,State of Washington,État de Washington,Estado de Washington,Evergreen State,Emerald City|\
Seattle,Spokane,Tacoma,Bellevue,Redmond
WV|West Virginia|Charleston West Virginia|Virginie-Occidentale,Virginie Occidentale,Virginia Occidental,Mountain State|\
Morgantown,Huntington
WI|Wisconsin|Madison|Badger State,Dairy State,Wisconsín|Milwaukee,Green Bay,Kenosha,La Crosse
WY|Wyoming|Cheyenne|Cowboy State,Equality State|Laramie,Jackson Hole,Casper,Yellowstone
PR|Puerto Rico|San Juan|Porto Rico|Ponce,Mayagüez
VI|US Virgin Islands|Charlotte Amalie|U.S. Virgin Islands,Virgin Islands,Îles Vierges américaines,Îles Vierges,Islas Vírgenes|
GU|Guam|Hagåtña||
AS|American Samoa|Pago Pago|Samoa américaines,Samoa Americana|
MP|Northern Mariana Islands|Saipan||
"""

_RIVERS = "mississippi|missouri|ohio|colorado|delaware|arkansas|connecticut|tennessee"
_AFTER_A_STATE = "alert|warning|watch|advisor|weather|forecast|coast|area|panhandle|border|state|storm"
_FOREIGN = re.compile(
    r"\s*[,(]\s*(?:in )?(england|uk|u\.k\.|united kingdom|scotland|ireland|france|germany|spain|italy|canada|mexico|australia|"
    r"new zealand|jamaica|greece|egypt|brazil|japan|india|china|royaume-uni|angleterre|espagne|italie|inglaterra|francia|"
    r"espana|ontario|caucasus)\b"
)
_CODE = re.compile(r"(?<![\w.'’-])(?:[A-Za-z]{2}|[A-Za-z]\.\s?[A-Za-z]\.)(?![\w'’-])")
_WORDS_IN_CAPITALS = frozenset(["OK", "ID", "PR", "AS"])
_WORDS_IN_LOWER = word_set("in or me hi oh ok pa ma la de id al mi va ne co as so mo ms md pr")
_LEADS_IN = re.compile(
    r"(?:\b(?:in|for|state|states|near|from|to|across|over|of|at|code|about|pour|para|en|alerts?|and|et|y)|[,:&/=(\"'])\s*$"
)
_LEADS_IN_FIRMLY = re.compile(r"(?:\b(?:in|state|states|code)|[=:\"'])\s*$")
_EXCLUDES = re.compile(
    r"\b(?:but not|not|except(?: for)?|excluding|without|sauf|mais pas|excepto|menos|pero no)\s+(?:in |for |en )?$"
)


@dataclass(frozen=True)
class State:
    """A state, the District of Columbia or a territory."""

    code: str
    name: str
    capital: str


@dataclass(frozen=True)
class Mention:
    """A state named at `text[start:end]`."""

    state: State
    start: int
    end: int
    kind: str
    """name, nickname, city or code."""


@cache
def _entries() -> tuple[dict[str, State], dict[str, tuple[State, str]]]:
    by_code: dict[str, State] = {}
    by_name: dict[str, tuple[State, str]] = {}
    for line in _TABLE.replace("\\\n", "").strip().splitlines():
        code, name, capital, others, cities = line.split("|")
        plain_capital = capital.removesuffix(f" {name}")
        state = State(code, name, plain_capital)
        by_code[code] = state
        kinds = [(name, "name"), *((o, "nickname") for o in others.split(",") if o)]
        kinds += [
            (c, "city") for c in (capital, *cities.split(",")) if c and not (code == "DC" and c == capital)
        ]
        for alias, kind in kinds:
            by_name.setdefault(_plain(alias), (state, kind))
    for alias in ("washington", "ohio"):
        by_name[alias] = (by_code["WA" if alias == "washington" else "OH"], "name")
    return by_code, by_name


def _plain(text: str) -> str:
    """The text folded, each character for one character, so that positions stay true."""
    return "".join((fold(c) or c)[:1].replace("-", " ").replace("ʻ", "'") for c in text)


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(_entries()[1], key=len, reverse=True)
    alternatives = "|".join(re.escape(alias).replace(r"\ ", r",?\s+") for alias in longest_first)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?!\w)")


def by_code(code: str) -> State | None:
    """The state of a two-letter code, in either case."""
    return _entries()[0].get(code.strip().upper())


def by_name(name: str) -> State | None:
    """The state of a name, nickname, city or code that stands alone."""
    found = _entries()[1].get(_plain(re.sub(r",?\s+", " ", name.strip())))
    return found[0] if found else by_code(name)


@lru_cache(maxsize=128)
def mentions(text: str) -> tuple[Mention, ...]:
    """Every place in the text that names a state, in order. A city followed by its state counts once, for
    that state.
    """
    plain = _plain(text)
    found = [m for m in _named(plain) if not _is_elsewhere(plain, m)]
    covered = [(m.start, m.end) for m in found]
    coded = [m for m in _coded(text, found) if not any(s < m.end and m.start < e for s, e in covered)]
    ordered = sorted([*found, *coded], key=lambda m: m.start)
    kept: list[Mention] = []
    for here, after in zip_longest(ordered, ordered[1:]):
        between = plain[here.end : after.start] if after else ""
        if (
            after
            and here.kind == "city"
            and after.kind != "city"
            and re.fullmatch(r"\s*,?\s*(?:in |\()?", between)
        ):
            continue
        kept.append(here)
    return tuple(kept)


def states(text: str) -> list[State]:
    """The states that the text asks about, in order and without repetition."""
    plain = _plain(text)
    wanted: dict[str, State] = {}
    both = re.search(r"\b(both|all of them|les deux|ambos|ambas)\b", plain)
    for mention in mentions(text):
        if not both and _EXCLUDES.search(plain[: mention.start]):
            continue
        wanted.setdefault(mention.state.code, mention.state)
    return list(wanted.values())


def _named(plain: str) -> list[Mention]:
    table = _entries()[1]
    found = []
    for match in _names().finditer(plain):
        state, kind = table[re.sub(r",?\s+", " ", match.group())]
        found.append(Mention(state, match.start(), match.end(), kind))
    return found


def _is_elsewhere(plain: str, mention: Mention) -> bool:
    """A river of the same name, a town abroad, or a name inside a longer one."""
    before, after = plain[: mention.start], plain[mention.end :]
    name = plain[mention.start : mention.end]
    if mention.kind in ("city", "name") and _FOREIGN.match(after):
        return True
    if re.fullmatch(_RIVERS, name) and re.search(r"\bthe $", before):
        return not re.match(rf"\s+(?:{_AFTER_A_STATE})", after)
    if re.match(r"\s+river\b", after):
        return True
    return (
        mention.kind == "city"
        and name in ("mobile", "bend", "salem", "plano", "butte", "gary", "norman", "flint", "mesa", "eugene")
        and not (re.search(r"\b(?:in|near|for|at|to|from)\s+$", before))
    )


def _coded(text: str, named: list[Mention]) -> list[Mention]:
    shouted = text.isupper() and len(text) > 8
    candidates: list[tuple[Mention, bool]] = []
    for match in _CODE.finditer(text):
        written = re.sub(r"[.\s]", "", match.group())
        state = by_code("CA" if match.group() in ("L.A.", "L. A.") else written)
        if state is None or (written != written.upper() and written != written.lower()):
            continue
        upper = written.isupper() and not shouted
        mention = Mention(state, match.start(), match.end(), "code")
        candidates.append((mention, _surely(text, mention, written, upper)))
    sure = [m for m, is_sure in candidates if is_sure]
    for mention, is_sure in candidates:
        written = text[mention.start : mention.end]
        beside = any(_listed_together(text, mention, other) for other in [*sure, *named])
        if not is_sure and beside and (written.isupper() or written not in _WORDS_IN_LOWER) and not shouted:
            sure.append(mention)
    return sure


def _surely(text: str, mention: Mention, written: str, upper: bool) -> bool:
    before = text[: mention.start].casefold()
    if upper:
        return (
            written not in _WORDS_IN_CAPITALS
            or bool(_LEADS_IN.search(before))
            or len(text.strip(" ?!.")) == 2
        )
    word = written.casefold()
    if word not in _WORDS_IN_LOWER:
        return bool(_LEADS_IN.search(before)) or len(text.strip(" ?!.")) == 2
    follows = text[mention.end :].lstrip()
    ends_there = not follows or follows[0] in "?!.,;" or follows.casefold().startswith(("and ", "or "))
    return (
        word in ("pa", "ma", "id", "al", "oh", "ok", "or", "mi", "va", "mo", "md", "ms")
        and ends_there
        and bool(_LEADS_IN_FIRMLY.search(before))
    )


def _listed_together(text: str, one: Mention, other: Mention) -> bool:
    first, second = sorted((one, other), key=lambda m: m.start)
    return bool(
        re.fullmatch(
            r"\s*(?:,|;|/|&|\+|and|or|et|y|,\s*and|,\s*or)\s*", text[first.end : second.start].casefold()
        )
    )


_LOCAL_NAMES = {
    "fr": {"CA": "Californie", "FL": "Floride", "GA": "Géorgie", "LA": "Louisiane", "NM": "Nouveau-Mexique",
    "NC": "Caroline du Nord",
           "SC": "Caroline du Sud", "ND": "Dakota du Nord", "SD": "Dakota du Sud", "PA": "Pennsylvanie", "VA": "Virginie",
           "WV": "Virginie-Occidentale", "HI": "Hawaï"},
    "es": {"NM": "Nuevo México", "NC": "Carolina del Norte", "SC": "Carolina del Sur", "ND": "Dakota del Norte",
    "SD": "Dakota del Sur",
           "PA": "Pensilvania", "WV": "Virginia Occidental", "NY": "Nueva York", "NJ": "Nueva Jersey", "HI": "Hawái",
           "LA": "Luisiana",
           "MS": "Misisipi", "MO": "Misuri", "NH": "Nuevo Hampshire", "OR": "Oregón"},
}  # fmt: skip


def local_name(state: State, language: str) -> str:
    """The state's name as it is written in that language."""
    return _LOCAL_NAMES.get(language, {}).get(state.code, state.name)
