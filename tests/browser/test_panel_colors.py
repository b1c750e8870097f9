"""A panel beside what VS Code brings: its stylesheet, which puts every widget in black on white, and its theme."""

from __future__ import annotations

import pytest
from ipywidgets import widgets
from playwright.sync_api import Browser

from workshop.lab.panels.parts import Panel

NOTEBOOK = """<body class="{body}"><style>
:root {{ --vscode-foreground: {letters}; --jp-content-font-color1: black; }}
:root {{ --jp-widgets-color: var(--jp-content-font-color1); --jp-layout-color2: #eee; }}
body {{ background: {paper}; }}
.cell-output-ipywidget-background {{ background: white !important; }}
p {{ color: var(--jp-widgets-color); }}
</style><div class="cell-output-ipywidget-background">{colors}<p>No worker yet.</p></div>"""
SEEN = """() => [getComputedStyle(document.querySelector("div")).backgroundColor,
    getComputedStyle(document.querySelector("p")).color]"""


class Nothing(Panel):
    def build(self) -> list[widgets.Widget]:
        return []

    def look(self) -> None:
        pass


@pytest.mark.parametrize(
    ("body", "letters", "paper", "seen"),
    [
        ("vscode-dark", "#cccccc", "#1f1f1f", ["rgba(0, 0, 0, 0)", "rgb(204, 204, 204)"]),
        ("vscode-light", "#3b3b3b", "#ffffff", ["rgba(0, 0, 0, 0)", "rgb(59, 59, 59)"]),
        ("vscode-high-contrast", "#ffffff", "#000000", ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"]),
        ("jp-Notebook", "#cccccc", "#1f1f1f", ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]),
    ],
)
def test_a_panel_has_the_colors_of_vs_codes_theme(
    browser: Browser, body: str, letters: str, paper: str, seen: list[str]
) -> None:
    panel = Nothing()
    colors = "".join(each.value for each in panel.box.children)
    page = browser.new_page()
    page.set_content(NOTEBOOK.format(body=body, letters=letters, paper=paper, colors=colors))
    assert page.evaluate(SEEN) == seen
    page.close()
    panel.close()
