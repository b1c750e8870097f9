"""The cheat sheet, docs/cheat_sheet.html: ten terms, ten settings, five looks at 8233, on one page to print.

    .venv/bin/python benchmarks/cheat_sheet.py

The settings are the Monday card's, the terms are the practice model's glossary: change them there.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "docs" / "cheat_sheet.html"
CARD = ROOT / "docs" / "monday.md"
GLOSSARY = ROOT / "workshop" / "practice" / "data" / "glossary.toml"
TERMS = (
    *("workflow", "activity", "worker", "task queue", "event history"),
    *("replay", "workflow task", "attempt", "heartbeat", "Update"),
)
LOOKS = (
    ("What runs?", "the list, *Running*", "temporal workflow list --query 'ExecutionStatus=\"Running\"'"),
    ("What is recorded?", "a run, *Event History*", "temporal workflow show -w ID"),
    ("Why does it wait?", "a run, *Pending Activities*", "temporal workflow describe -w ID"),
    ("Who works on it?", "a run, *Workers*", "temporal task-queue describe --task-queue QUEUE"),
    ("How do I end it?", "*More Actions*, *Terminate*", "temporal workflow terminate -w ID --reason TEXT"),
)
"""A question, where the Web UI answers it, and the same in a terminal."""
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Durable AI agents: the cheat sheet</title>
<style>
  @page {{ margin: 10mm }}
  body {{ font: 12px/1.35 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; color: #1c1e21;
         max-width: 190mm; margin: 0 auto }}
  h1 {{ font-size: 21px; margin: 0 }}
  h2 {{ font-size: 14px; margin: 13px 0 4px; color: #3b4cca }}
  p {{ margin: 2px 0 }}
  table {{ border-collapse: collapse; width: 100% }}
  td {{ border-top: 1px solid #d5d8dd; padding: 3px 8px 3px 0; vertical-align: top }}
  td:first-child {{ white-space: nowrap; font-weight: 600 }}
  td + td + td {{ color: #4b5058 }}
  code {{ font: 11px ui-monospace, "Liberation Mono", monospace; background: #f1f2f4; border-radius: 3px }}
</style>
<!-- Made by benchmarks/cheat_sheet.py from docs/monday.md and the glossary. -->
<h1>Durable AI agents</h1>
<p>What is recorded is never made again. What was in flight is made again, in full. <em>Running</em> means
  not finished.</p>
<h2>Ten terms</h2>
{terms}
<h2>Ten settings</h2>
{settings}
<h2>Five looks at 8233, and the same in a terminal</h2>
{looks}
<p>In the course's folder the program is <code>.venv/bin/temporal</code>. For another server, add
  <code>--address HOST:PORT</code>.</p>
</html>
"""


def marked(text: str) -> str:
    """Return Markdown's code, emphasis and links as HTML; links as their text."""
    text = html.escape(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text), quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text))


def table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return "\n".join(["<table>", *(f"<tr>{line}</tr>" for line in lines), "</table>"])


def terms() -> list[tuple[str, ...]]:
    """Return each term with the first sentence of its entry."""
    said = {entry["terms"][0]: entry["en"] for entry in tomllib.loads(GLOSSARY.read_text("utf-8"))["entry"]}
    first = {term: said[term].partition(". ")[0] for term in TERMS}
    return [(term, marked(re.sub(rf"(?i)^(?:an? |the )?{term} (?:is )?", "", first[term]))) for term in TERMS]


def settings() -> list[tuple[str, ...]]:
    """Return the card's ten settings: number, setting, why."""
    card = CARD.read_text("utf-8").partition("## Ten settings")[2].partition("\n\nTen habits")[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", card, re.MULTILINE)
    return [(number, marked(setting), marked(why)) for number, setting, why in rows]


def sheet() -> str:
    looks = [(marked(ask), marked(where), marked(f"`{typed}`")) for ask, where, typed in LOOKS]
    return PAGE.format(terms=table(terms()), settings=table(settings()), looks=table(looks))


if __name__ == "__main__":
    SHEET.write_text(sheet(), "utf-8")
    print(f"{SHEET.relative_to(ROOT)}: open it in a browser and print it.")
