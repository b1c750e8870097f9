"""A notebook in a real JupyterLab: run it, press its widgets, read its outputs, switch the theme."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from legibility import faint_texts
from playwright.sync_api import Locator, Page, expect

from workshop.config import ROOT

READY = """async (path) => {
    const app = window.jupyterapp;
    await app.restored;
    const notebook = app.shell.currentWidget;
    if (notebook.context.path !== path) throw new Error(`${notebook.context.path} is open, and not ${path}`);
    await notebook.context.ready;
    await notebook.sessionContext.ready;
    await notebook.sessionContext.session.kernel.info;
}"""
RUN_ALL = "async () => await window.jupyterapp.commands.execute('notebook:run-all-cells')"
RUN_CELL = """(index) => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
    window.jupyterapp.commands.execute('notebook:run-cell');
}"""
CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells.map(
    cell => ({
      source: [cell.source].flat().join(""), outputs: cell.outputs || [], count: cell.execution_count,
    }))"""
SHUT_DOWN = """async () => {
    for (const widget of [...window.jupyterapp.shell.widgets("main")])
      await widget.sessionContext?.shutdown();
}"""
SCROLL_TO = "async (index) => await window.jupyterapp.shell.currentWidget.content.scrollToItem(index)"
OPENED = """async (from) => {
    const {shell} = window.jupyterapp;
    for (let tries = 0; shell.currentWidget.context?.path === from; tries += 1) {
        if (tries === 200) return "nothing";
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const opened = shell.currentWidget;
    await opened.context.ready;
    const path = opened.context.path;
    await opened.sessionContext?.ready;
    await opened.sessionContext?.shutdown();
    opened.close();
    shell.activateById([...shell.widgets("main")].find((widget) => widget.context?.path === from).id);
    return path;
}"""
CUT_OFF = """async (index) => {
    const {content} = window.jupyterapp.shell.currentWidget;
    await content.scrollToItem(index);
    await content.widgets[index].ready;
    const editor = content.widgets[index].node.querySelector(".cm-scroller");
    return editor.scrollWidth - editor.clientWidth;
}"""
MISSING_IMAGES = """async () => {
    const images = [...document.querySelectorAll(".jp-NotebookPanel .jp-RenderedMarkdown img")];
    await Promise.allSettled(images.map((image) => image.decode()));
    return images.filter((image) => !image.naturalWidth || image.clientWidth < 300).map((image) => image.alt);
}"""
CHANGE_THEME = "async (theme) => await window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
THEMES = {"dark": "JupyterLab Dark", "light": "JupyterLab Light"}
"""Light comes last: JupyterLab keeps the choice, and the next page must start as a learner's does."""
HREF = re.compile(r'<a [^>]*href="(https?://[^"]+)"')
PRINTED = re.compile(r"http://localhost:[^\s'\"<>)\]]+")
OUTPUTS = ".jp-NotebookPanel .jp-OutputArea-output"
ANNOUNCED = ("Error getting response\n",)
"""A line in red that lesson 01 tells its reader to expect."""
PICTURE = "svg[aria-label^='Timeline of']"
SHOTS = os.environ.get("BROWSER_SHOTS")
"""A folder for screenshots, for whoever wants to look."""


class Notebook:
    """A notebook in a page."""

    def __init__(self, page: Page, path: str) -> None:
        self.page, self.path = page, path
        page.wait_for_function("window.jupyterapp?.shell.currentWidget?.context")
        page.evaluate(READY, path)

    def run_all(self) -> list[dict[str, Any]]:
        """Run all cells to the end and return the code cells with their outputs."""
        self.page.evaluate(RUN_ALL)
        return self.cells()

    def run(self, index: int) -> None:
        """Run one cell without waiting for its end."""
        self.page.evaluate(RUN_CELL, index)

    def cells(self) -> list[dict[str, Any]]:
        """Return the code cells that have been run, with their outputs."""
        return [cell for cell in self.page.evaluate(CELLS) if cell["count"]]

    def output(self, index: int) -> Locator:
        """Return the output below a cell."""
        return self.page.locator(f".jp-Cell[data-windowed-list-index='{index}'] .jp-Cell-outputArea")

    def show(self, index: int) -> None:
        """Scroll to a cell: JupyterLab may not render what is out of sight."""
        self.page.evaluate(SCROLL_TO, index)

    def ended(self, index: int, within_s: float = 60.0) -> None:
        """Wait until a number replaces the star beside a cell."""
        cell = self.page.locator(f".jp-Cell[data-windowed-list-index='{index}'] .jp-InputPrompt").first
        expect(cell).to_have_text(re.compile(r"\[\d+\]:"), timeout=within_s * 1000)

    def is_running(self, index: int) -> bool:
        prompt = self.page.locator(f".jp-Cell[data-windowed-list-index='{index}'] .jp-InputPrompt").first
        return prompt.inner_text().strip() == "[*]:"

    def follow(self, index: int, text: str) -> str:
        """Click a link in a Markdown cell, close what it opens, and return the path of what was opened."""
        self.show(index)
        cell = self.page.locator(f".jp-Cell[data-windowed-list-index='{index}']")
        folded = cell.locator(f"details:not([open]):has(a:text-is('{text}')) > summary")
        if folded.count():
            folded.click()
        cell.get_by_role("link", name=text, exact=True).click()
        return str(self.page.evaluate(OPENED, self.path))

    def faint(self, screenshots: str, within: str = OUTPUTS) -> dict[str, list[str]]:
        """Return the output texts that are hard to read, for each theme."""
        found = {}
        for name, theme in THEMES.items():
            self.page.evaluate(CHANGE_THEME, theme)
            is_light = str(name == "light").lower()
            self.page.wait_for_selector(
                f"body[data-jp-theme-light={is_light}][data-jp-theme-name='{theme}']", state="attached"
            )
            self.page.wait_for_selector("#jupyterlab-splash", state="detached")
            if texts := faint_texts(self.page, within):
                found[name] = texts
            picture(self.page, f"{screenshots}-{name}")
            for number, drawing in enumerate(
                self.page.locator(f"{OUTPUTS} {PICTURE}").all() if SHOTS else []
            ):
                drawing.evaluate("(drawing) => drawing.scrollIntoView({block: 'center'})")
                picture(self.page, f"{screenshots}-{name}-{number}")
        return found

    def cut_off(self, index: int) -> int:
        """Return how many pixels of a cell's code one must scroll sideways for."""
        width: int = self.page.evaluate(CUT_OFF, index)
        return width

    def missing_images(self) -> list[str]:
        """Return the images of Markdown cells that did not load."""
        return [str(one) for one in self.page.evaluate(MISSING_IMAGES)]


def picture(page: Page, name: str) -> None:
    """Take a screenshot if screenshots are wanted."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def complaints(cells: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return errors and text on stderr, each with the beginning of its cell."""
    return [
        (cell["source"][:80], output.get("evalue") or output.get("text"))
        for cell in cells
        for output in cell["outputs"]
        if output["output_type"] == "error"
        or (output.get("name") == "stderr" and output["text"] not in ANNOUNCED)
    ]


def links(cells: Sequence[dict[str, Any]]) -> set[str]:
    """Return the addresses on this machine that outputs link or print: a report's sources are elsewhere."""
    found = set()
    for output in [output for cell in cells for output in cell["outputs"]]:
        shown = output.get("data", {})
        found |= {html.unescape(url) for url in HREF.findall("".join(shown.get("text/html", "")))}
        for text in (output.get("text", ""), "" if "text/html" in shown else shown.get("text/plain", "")):
            found |= {url.rstrip(".,;") for url in PRINTED.findall("".join(text))}
    return {url for url in found if urlsplit(url).hostname in ("localhost", "127.0.0.1")}


def notebook_file(path: Path, *cells: str) -> Path:
    """Write a notebook of these code cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    code: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": code})
    )
    return path


def learners_files(clone: Path) -> Path:
    """Copy what a learner opens, so that JupyterLab can save to it."""
    for name in ("notebooks", "exercises", "solutions", "docs", "README.md"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, clone / name, ignore=shutil.ignore_patterns("__pycache__", ".*"), dirs_exist_ok=True
            )
        else:
            shutil.copy(source, clone / name)
    return clone
