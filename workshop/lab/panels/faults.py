"""The fault panel: the faults of model and weather service, and how long each still lasts."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from workshop.errors import LabError
from workshop.lab.panels.parts import Area, Panel, code, field
from workshop.services.faults import KINDS
from workshop.workspace.control import START, ServiceClient
from workshop.workspace.leftovers import describe

LONG = {
    "once": {"times": 1},
    "2 times": {"times": 2},
    "3 times": {"times": 3},
    "10 times": {"times": 10},
    "for 10 s": {"seconds": 10},
    "for 30 s": {"seconds": 30},
    "for 2 min": {"seconds": 120},
    "until All off": {},
}
LIVE_WEATHER = (
    "The weather tools ask the live service, which nobody here can break: this reaches only the local one."
)


class FaultPanel(Panel):
    """The faults of both services: a form to switch one on, a button to switch all off, a list."""

    def __init__(self, model: ServiceClient, weather: ServiceClient, live_weather: bool = False) -> None:
        self._services = {"model": model, "weather": weather}
        self._live_weather = live_weather
        super().__init__()

    def build(self) -> list[widgets.Widget]:
        narrow = {"layout": widgets.Layout(width="auto")}
        self.on = field(
            widgets.ToggleButtons(options=["model", "weather"], style={"button_width": "80px"}), self._changed
        )
        self.kind = field(widgets.Dropdown(options=list(KINDS), value="slow", **narrow), self._kind_changed)
        self.long = field(widgets.Dropdown(options=list(LONG), value="2 times", **narrow), self._changed)
        layout = widgets.Layout(width="170px")
        self.number = field(widgets.BoundedFloatText(min=0, max=600, step=1, layout=layout), self._changed)
        hint = "only requests with this text (empty: all)"
        self.match = field(
            widgets.Text(placeholder=hint, layout=widgets.Layout(width="280px")), self._changed
        )
        self.meaning, self.live = Area(), Area()
        form = widgets.HBox([self.on, self.kind, self.long], layout=widgets.Layout(flex_flow="row wrap"))
        details = widgets.HBox(
            [self.number, self.match, self.meaning], layout=widgets.Layout(flex_flow="row wrap")
        )
        on = self.row("Break", "Switch this fault on")
        off = self.row(
            "All off", "Switch every fault off, of the model's endpoint and of the weather service"
        )
        self.twins["All off"].value = code("lab.clear_faults()")
        self._kind_changed(None)
        return [form, details, on, off, self.said, self.live, self.trouble]

    def _kind_changed(self, _: Any) -> None:
        kind = KINDS[self.kind.value]
        self.number.description, self.number.value = kind.label, kind.default
        self.number.layout.display = "" if kind.takes else "none"
        self._changed(_)

    def _changed(self, _: Any) -> None:
        live = self._live_weather and self.on.value == "weather"
        self.meaning.value = html.escape(LIVE_WEATHER if live else KINDS[self.kind.value].sees)
        self.twins["Break"].value = code(call(self.kind.value, self.on.value, self._details()))

    def _details(self) -> dict[str, Any]:
        """Return what is filled in, as the details of a fault."""
        details: dict[str, Any] = {}
        kind = KINDS[self.kind.value]
        if kind.takes and (self.number.value or kind.default):  # where 0 is the default, it says nothing
            details[kind.takes] = int(self.number.value) if kind.takes == "characters" else self.number.value
        details |= LONG[self.long.value]
        if self.match.value:
            details["match"] = self.match.value
        return details

    def actions(self) -> dict[str, Callable[[], str]]:
        return {"Break": self._break, "All off": self._all_off}

    def _break(self) -> str:
        self._services[self.on.value].fault(self.kind.value, **self._details())
        return ""

    def _all_off(self) -> str:
        troubles = []
        for service in self._services.values():  # if one is down, the other is still cleared
            try:
                service.clear_faults()
            except LabError as error:
                troubles.append(str(error))
        return together(troubles)

    def look(self) -> None:
        lines, troubles = [], []
        for on, service in self._services.items():
            try:
                lines += [f"{on}: {describe(fault)}" for fault in service.faults()]
            except LabError as error:
                troubles.append(str(error))
        if not self._closed.is_set():
            none = "" if troubles else "No faults: every request is answered."
            self.live.value = "".join(f"<div><b>{html.escape(line)}</b></div>" for line in lines) or none
        if troubles:
            raise LabError(together(troubles))


def together(troubles: list[str]) -> str:
    """Return what is wrong with both services, giving the same advice only once."""
    return "".join(trouble.removesuffix(START) for trouble in troubles[:-1]) + "".join(troubles[-1:])


def call(kind: str, on: str, details: dict[str, Any]) -> str:
    """Return the line of code that switches a fault on."""
    given = [json.dumps(kind), *(['on="weather"'] if on == "weather" else [])]
    for name, value in details.items():
        given.append(
            f"{name}={value:g}"
            if isinstance(value, (int, float))
            else f"{name}={json.dumps(value, ensure_ascii=False)}"
        )
    return f"lab.fault({', '.join(given)})"
