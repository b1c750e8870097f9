"""What all panels share: an update once a second while displayed, and buttons that never block.

Updates and actions run in threads: a panel stays current while a cell runs, even one that blocks. Clicks are
handled in the kernel: at once while a cell awaits, or when the cell ends if it blocks (`time.sleep`,
`!command`).
"""

from __future__ import annotations

import atexit
import html
import threading
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from traitlets import validate

from workshop import safe
from workshop.errors import LabError

WIDTH = "960px"
COLORS = """<style>
body[class*=vscode-] .cell-output-ipywidget-background {
  background: transparent !important;
  --jp-content-font-color1: var(--vscode-foreground);
  --jp-ui-font-color1: var(--vscode-foreground);
  --jp-widgets-color: var(--vscode-foreground);
  --jp-widgets-label-color: var(--vscode-foreground);
  --jp-widgets-input-color: var(--vscode-input-foreground);
  --jp-widgets-input-background-color: var(--vscode-input-background);
  --jp-layout-color2: #8884;
  --jp-layout-color3: #8888;
}
</style>"""
"""VS Code puts widgets in dark letters on white, in a dark theme too. This gives them its theme's colors."""


def code(line: str) -> str:
    """Return a line of code as HTML, in small print for the place beside its button."""
    return f'<code style="font-size:11px;opacity:.75">{html.escape(line)}</code>'


def words(text: str, weight: int = 400) -> str:
    """Return a text as HTML, with its line breaks; `weight` as in CSS."""
    style = f"white-space:pre-wrap;line-height:1.4;font-weight:{weight}"
    return f'<div style="{style}">{html.escape(text)}</div>' if text else ""


class Area(widgets.HTML):  # type: ignore[misc]  # ipywidgets has no types
    """A place for HTML in a panel. Everything put there goes through `workshop.safe`."""

    @validate("value")
    def _made_safe(self, proposal: dict[str, Any]) -> str:
        return safe.html(proposal["value"])


class PictureArea(widgets.HTML):  # type: ignore[misc]
    """A place for a drawing in a panel, or for nothing."""

    @validate("value")
    def _made_safe(self, proposal: dict[str, Any]) -> str:
        return safe.svg(proposal["value"]) if proposal["value"] else ""


class Colors(widgets.HTML):  # type: ignore[misc]
    """The colors of a panel, and nothing that can be seen."""

    def __init__(self) -> None:
        super().__init__(COLORS, layout=widgets.Layout(display="none"))


class Panel:
    """The widgets of one panel. Show `.box`.

    A subclass makes its widgets in `build`, shows the current state in `look`, and lists what its buttons do
    in `actions`. The panel shows what an action returns, and the message of a LabError from a look or an
    action.
    """

    look_every_s = 1.0

    def __init__(self) -> None:
        self.said, self.trouble = Area(), Area()
        self.buttons: dict[str, widgets.Button] = {}
        self.twins: dict[str, Area] = {}
        self.busy: set[str] = set()
        self._said_of: object = None
        self._wake, self._closed, self.looking = threading.Event(), threading.Event(), threading.Lock()
        self.box = widgets.VBox([Colors(), *self.build()], layout=widgets.Layout(max_width=WIDTH))
        self.box._view_count = 0  # asks the front end to count the places where the panel is displayed
        self.box.observe(lambda _: self._wake.set(), "_view_count")
        self.refresh()
        threading.Thread(target=self._follow, name="workshop-panel", daemon=True).start()
        atexit.register(self.close)

    def build(self) -> list[widgets.Widget]:
        """Make the widgets, top to bottom."""
        raise NotImplementedError

    def look(self) -> None:
        """Show the current state: once at the start, then in a thread. May raise LabError."""
        raise NotImplementedError

    def actions(self) -> dict[str, Callable[[], str]]:
        """Return a function for each button: run in a thread, it returns what to show, or raises LabError."""
        raise NotImplementedError

    def about(self) -> object:
        """Return what the text about the last click refers to. If that changes, the text goes away."""
        return None

    def row(self, name: str, hint: str, *fields: widgets.Widget) -> widgets.Box:
        """Return a button beside its line of code; with fields, the line is below them."""
        self.buttons[name] = widgets.Button(
            description=name, tooltip=hint, layout=widgets.Layout(width="88px")
        )
        self.buttons[name].on_click(lambda _: self.press(name))
        self.twins[name] = Area(layout=widgets.Layout(margin="0 0 6px 2px" if fields else "0 0 0 4px"))
        if fields:
            return widgets.VBox([widgets.HBox([*fields, self.buttons[name]]), self.twins[name]])
        return widgets.HBox([self.buttons[name], self.twins[name]])

    @property
    def displayed(self) -> bool:
        """Whether a front end is showing the panel."""
        return bool(self.box._view_count)

    def close(self) -> None:
        """Stop looking. What the panel shows stays as it is."""
        self._closed.set()
        self._wake.set()
        atexit.unregister(self.close)

    def refresh(self) -> None:
        """Look now. If that fails, say why until a look succeeds again."""
        with self.looking:
            trouble = ""
            try:
                self.look()
                if not self.busy and self.about() != self._said_of:
                    self.said.value = ""
            except LabError as error:
                trouble = str(error)
            # the next look may succeed; a traceback would land in whatever cell is running
            except Exception as error:
                trouble = f"The panel could not be updated: {type(error).__name__}: {error}"
            if not self._closed.is_set():
                # an action may just have met the same, and said so
                self.trouble.value = "" if words(trouble) == self.said.value else words(trouble)

    def _follow(self) -> None:
        while not self._closed.is_set():
            self._wake.wait(self.look_every_s if self.displayed else None)
            self._wake.clear()
            if not self._closed.is_set():
                self.refresh()

    def press(self, name: str) -> None:
        """Do what the button says, in a thread, unless it is being done."""
        if name in self.busy:
            return
        self.busy.add(name)
        self.buttons[name].disabled = True
        self.said.value = words(f"{name} …")
        threading.Thread(target=self._do, args=(name,), name=f"workshop-{name}", daemon=True).start()

    def _do(self, name: str) -> None:
        try:
            said = self.actions()[name]()
        except LabError as error:
            said = str(error)
        except Exception as error:  # a thread's traceback would land in whatever cell is running
            said = f"That did not work: {type(error).__name__}: {error}"
        self._said_of = self.about()
        self.busy.discard(name)
        if not self._closed.is_set():
            self.said.value = words(said)
            self.buttons[name].disabled = False
            self.refresh()


def field(widget: widgets.Widget, *changed: Callable[[Any], None]) -> widgets.Widget:
    """Return the field, passing its changes on."""
    for call in changed:
        widget.observe(call, "value")
    return widget
