"""The board as a page for a projector. Names are text, whatever is in them: tables are of `workshop.show`."""

from __future__ import annotations

from html import escape

from workshop.board.roster import Learner, Roster
from workshop.show import Table
from workshop.words import count, duration_text

REFRESH_S = 5
MOST_NAMES = 12
"""How many names a row lists."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may do for this page: nothing but show it."""
STYLE = """
:root { color-scheme: light dark; }
body { font: 1.25rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2rem 0 .5rem; }
.mathjax_ignore { overflow-x: auto; }
table { min-width: 45rem; }
code { font-size: 1.1em; overflow-wrap: anywhere; }
@media (max-width: 45rem) { body { font-size: 1rem; margin-top: 1rem; } }
"""


def html(roster: Roster, join: str) -> str:
    """Return the page. `join`: the line that a learner types."""
    parts = [
        f"<h1>The class: {escape(count(len(roster.learners), 'learner'))}</h1>",
        f"<p>To be on it, type this in a notebook of the course: <code>{escape(join)}</code></p>",
        *([_refused(roster)] if roster.refused else []),
        *_part("Who is where", _who(roster)),
        *_part("Where most are stuck", _stuck(roster)),
        *_part("Crash certificates", _certificates(roster)),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The class</title>'
        f'<meta http-equiv="refresh" content="{REFRESH_S}">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )


def _refused(roster: Roster) -> str:
    return (
        f"<p>{escape(count(roster.refused, 'report'))} found no place here. Was it nobody of the class? "
        "Ctrl+C ends this board, and the next one has another code.</p>"
    )


def _part(title: str, table: Table) -> list[str]:
    return [f"<h2>{escape(title)}</h2>", table._repr_html_()]


def _who(roster: Roster) -> Table:
    names, now = roster.names(), roster.now()
    # who has got least far comes first: that is where to walk to
    order = sorted(roster.learners, key=lambda key: (roster.learners[key].passed, names[key]))
    rows = [
        (names[key], *_where(roster.learners[key]), f"{duration_text(now - roster.learners[key].seen)} ago")
        for key in order
    ]
    foot = "" if rows else "Nobody has joined yet."
    return Table(("name", "exercise", "passed", "at check", "tries there", "last heard"), rows, foot)


def _where(learner: Learner) -> tuple[str, ...]:
    at = learner.at
    return (
        learner.report.exercise,
        f"{learner.passed} of {len(learner.known)}",
        f"{at.name} · {at.title}" if at else "all done" if learner.known else "no exercise",
        str(learner.state(at).tries) if at else "",
    )


def _stuck(roster: Roster) -> Table:
    rows = [
        (str(len(names)), f"{check.name} · {check.title}", _listed(names)) for check, names in roster.stuck()
    ]
    foot = "" if rows else "Nobody: no check was tried that has not passed."
    return Table(("learners", "check", "who"), rows, foot)


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _certificates(roster: Roster) -> Table:
    earned = [
        (names, learner.report.kills)
        for names, learner in zip(roster.names().values(), roster.learners.values(), strict=True)
        if learner.report.kills
    ]
    rows = [(name, count(kills, "kill") + " survived") for name, kills in earned]
    return Table(("name", "their run"), rows, f"{len(rows)} of {count(len(roster.learners), 'learner')}")
