"""Figures and texts as people read them: prices, counts, receipts, durations."""

from __future__ import annotations

from collections.abc import Iterable


def money(dollars: float) -> str:
    """Return a price as people read it: small ones with enough digits not to be zero."""
    return f"${dollars:.2f}" if dollars >= 1 else f"${dollars:.6f}"


def total(prices: Iterable[float]) -> float:
    """Return the sum of prices as `money` shows them: a table's rows add up to its total."""
    return round(sum(round(price, 6) for price in prices), 6)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 model call`, `2 model calls`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def short(receipt: str | None) -> str:
    """Return the part of a receipt that people compare by eye: its last six characters."""
    return f"#{receipt[-6:]}" if receipt else "none yet"


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line, cut to `limit` characters."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def duration_text(seconds: float) -> str:
    """Return a duration as one would say it: 35 ms, 0.62 s, 8.4 s, 42 s, 3 min 05 s, 8 h 12 min."""
    seconds = max(0.0, seconds)
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    if minutes < 1440:
        return f"{minutes // 60} h" + (f" {minutes % 60:02} min" if minutes % 60 else "")
    hours = round(seconds / 3600)
    return f"{hours // 24} d" + (f" {hours % 24} h" if hours % 24 else "")
