"""The colors and patterns of the pictures, in light and dark. Shapes and texts tell the same."""

from __future__ import annotations

from workshop.timeline.svg import MONO, Rules


def _fill(light: str, dark: str) -> tuple[str, str]:
    return f"fill:{light}", f"fill:{dark}"


def _stroke(light: str, dark: str, rest: str = "") -> tuple[str, str]:
    return f"stroke:{light};{rest}", f"stroke:{dark};{rest}"


def _both(css: str) -> tuple[str, str]:
    return css, css


RULES: Rules = {
    "bg": _fill("#ffffff", "#11151c"),
    "ink": _fill("#1c2128", "#e6eaf0"),
    "muted": _fill("#57606a", "#a3adb9"),
    "bad": _fill("#b3261e", "#ff9b93"),
    "bold": _both("font-weight:600"),
    "h1": _both("font-weight:600;font-size:18px"),
    "mono": _both(f"font-family:{MONO}"),
    "halo": (
        "paint-order:stroke;stroke:#ffffff;stroke-width:3px;stroke-linejoin:round",
        "paint-order:stroke;stroke:#11151c;stroke-width:3px;stroke-linejoin:round",
    ),
    "rule": _stroke("#e3e7ec", "#262d38"),
    "grid": _stroke("#eef1f4", "#1c222c"),
    "break": ("fill:url(#ID-break)", "fill:url(#ID-break-d)"),
    "plate": _fill("#ffffff", "#11151c"),
    "model": _fill("#3f5bd0", "#93a7ff"),
    "model-t": _fill("#ffffff", "#10142b"),
    "model-l": _stroke("#8fa1ee", "#6177d6"),
    "tool": _fill("#0f766e", "#5cc9bd"),
    "tool-t": _fill("#ffffff", "#062623"),
    "tool-l": _stroke("#63b3ab", "#2f9388"),
    "child": _fill("#7a4fa3", "#c7a5ec"),
    "child-t": _fill("#ffffff", "#21102f"),
    "child-l": _stroke("#b494d1", "#9474ba"),
    "timer": ("fill:#eceff3;stroke:#8b95a1", "fill:#232a34;stroke:#7d8896"),
    "timer-t": _fill("#1c2128", "#e6eaf0"),
    "human": ("fill:url(#ID-human)", "fill:url(#ID-human-d)"),
    "message": _fill("#9a5b00", "#f0b650"),
    "message-l": _stroke("#9a5b00", "#f0b650", "stroke-width:3"),
    "failed": ("fill:url(#ID-bad);stroke:#c4372d", "fill:url(#ID-bad-d);stroke:#ff8a80"),
    "failed-t": (
        "fill:#8c1d17;paint-order:stroke;stroke:#fff1ef;stroke-width:4px",
        "fill:#ffb4ae;paint-order:stroke;stroke:#2a1617;stroke-width:4px",
    ),
    "failed-l": _stroke("#e09a94", "#8f4a46"),
    "unseen": (
        "fill:url(#ID-bad);stroke:#c4372d;stroke-dasharray:4 3",
        "fill:url(#ID-bad-d);stroke:#ff8a80;stroke-dasharray:4 3",
    ),
    "unstarted": _fill("#d5dae0", "#333c49"),
    "open": _both("opacity:.92"),  # a white text on the green bar needs it (4.5 : 1)
    "backoff": _stroke("#c4372d", "#ff8a80", "stroke-width:1.5;stroke-dasharray:2 4"),
    "queue": _stroke("#8b95a1", "#7d8896", "stroke-width:1.5;stroke-dasharray:7 4"),
    "receipt": ("fill:url(#ID-receipt)", "fill:url(#ID-receipt-d)"),
    "total": _stroke("#7a4fa3", "#c7a5ec", "stroke-width:2;fill:none"),
    "life": _stroke("#c3cad2", "#3b4452", "stroke-width:2"),
    "gone": _stroke("#c4372d", "#ff8a80", "stroke-width:1.5;stroke-dasharray:1 4"),
    "task": _fill("#57606a", "#a3adb9"),
    "cross": ("stroke:#c4372d;stroke-width:2.6;fill:none", "stroke:#ff8a80;stroke-width:2.6;fill:none"),
    "kill": _stroke("#c4372d", "#ff8a80", "stroke-width:1;stroke-dasharray:5 4"),
    "again": _stroke("#7a4fa3", "#c7a5ec", "stroke-width:1.5;stroke-dasharray:8 3 2 3"),
    "cancel": _stroke("#57606a", "#a3adb9", "stroke-width:1.5;stroke-dasharray:6 3"),
    "now": _stroke("#57606a", "#a3adb9", "stroke-width:1;stroke-dasharray:2 2"),
    "handoff": ("stroke:#57606a;fill:none;stroke-width:1.6", "stroke:#a3adb9;fill:none;stroke-width:1.6"),
    "handoff-tip": _fill("#57606a", "#a3adb9"),
    "chip-good": _fill("#dff3e4", "#16341f"),
    "chip-good-t": _fill("#14532d", "#8fe0a5"),
    "chip-open": _fill("#e3e9ff", "#1d2748"),
    "chip-open-t": _fill("#27408b", "#b3c2ff"),
    "chip-bad": _fill("#fde7e5", "#3a1a1a"),
    "chip-bad-t": _fill("#8c1d17", "#ffb4ae"),
    "chip-flat": _fill("#eceff3", "#232a34"),
    "chip-flat-t": _fill("#3b434d", "#c3cad2"),
}


def _hatch(name: str, back: str, line: str, width: float, gap: int, angle: int) -> str:
    return (
        f'<pattern id="ID-{name}" width="{gap}" height="{gap}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle})"><rect width="{gap}" height="{gap}" fill="{back}"/><rect '
        f'width="{width}" height="{gap}" fill="{line}"/></pattern>'
    )


DEFS = "".join(
    (
        _hatch("bad", "#fff1ef", "#f0b3ad", 2, 7, 45),
        _hatch("bad-d", "#2a1617", "#6b2f2c", 2, 7, 45),
        _hatch("receipt", "#c9d2f8", "#3f5bd0", 2, 5, 45),
        _hatch("receipt-d", "#2a3566", "#93a7ff", 2, 5, 45),
        _hatch("human", "#fff6e3", "#f1d9a6", 2, 6, 0),
        _hatch("human-d", "#2b2313", "#57441c", 2, 6, 0),
        _hatch("break", "#ffffff", "#f1f3f6", 2, 9, -45),
        _hatch("break-d", "#11151c", "#1a202a", 2, 9, -45),
    )
)
