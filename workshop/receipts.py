"""The proof: the receipts in an event history, held against the bill.

A receipt is the response id that the model's endpoint gives each answer. It stands in the bill, and in the history in the
result of the model activity. The same receipt before and after a crash means: that call was not made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workshop.config import settings
from workshop.history import Run
from workshop.show import Table, Tabular, count, money, short


@dataclass(frozen=True, repr=False)
class Receipts(Tabular):
    """What one run recorded, and what the bill says about it.

    `repeated` holds bill rows for calls that were made again although their result was recorded: must be empty.
    `wasted` holds rows of calls whose answer was never recorded, cut off or not: at most one for each kill and parallel branch.
    """

    run: Run
    recorded: tuple[str, ...]
    repeated: tuple[dict[str, Any], ...]
    wasted: tuple[dict[str, Any], ...]
    failed: tuple[dict[str, Any], ...]
    rows: dict[str, dict[str, Any]]

    @property
    def price(self) -> float:
        """US dollars for all calls of this run, wasted ones too."""
        return sum(float(row["price_usd"]) for row in (*self.rows.values(), *self.repeated, *self.wasted))

    def _table(self) -> Table:
        lines = []
        for step in self.run.model_calls:
            row = self.rows.get(step.receipt or "", {})
            attempts = count(step.attempts, "attempt")
            tokens = str(row["input_tokens"] + row["output_tokens"]) if row else ""
            price = money(row["price_usd"]) if row else "not on this bill" if step.receipt else "no answer"
            lines.append((step.name, short(step.receipt), step.state, attempts, tokens, price))
        practice = " (would have cost; you paid $0)" if settings().is_practice else ""
        foot = (
            f"recorded {len(self.recorded)} · recorded and made again {len(self.repeated)} · "
            f"wasted in flight {len(self.wasted)} · failed and free {len(self.failed)} · total {money(self.price)}{practice}"
        )
        return Table(("model call", "receipt", "state", "attempts", "tokens", "price"), lines, foot)


def compare(run: Run, bill_rows: list[dict[str, Any]]) -> Receipts:
    """Hold a run against the bill.

    Calls are matched by time and by their input: a retried call sends the same input to the letter, so its row carries the
    same `input_hash`. Two runs with the same question at the same moment can't be told apart this way.
    """
    recorded = tuple(run.receipts)
    rows = {row["receipt"]: row for row in bill_rows if row["receipt"] in recorded}
    end = run.closed.timestamp() if run.closed else float("inf")
    others = [row for row in bill_rows if row["receipt"] not in recorded and run.started.timestamp() <= row["started"] <= end]
    settled = {row["input_hash"]: row["ended"] for row in rows.values()}
    repeated = [row for row in others if row["input_hash"] in settled and row["started"] > settled[row["input_hash"]]]
    before = [row for row in others if row not in repeated]
    return Receipts(
        run=run,
        recorded=recorded,
        repeated=tuple(row for row in repeated if row["state"] != "failed"),
        wasted=tuple(row for row in before if row["state"] != "failed"),
        failed=tuple(row for row in before if row["state"] == "failed"),
        rows=rows,
    )


def bill(answer: dict[str, Any], is_practice: bool) -> Table:
    """The gateway's bill as a table, oldest call first."""
    rows = [
        (
            short(row["receipt"]),
            row["state"].replace("_", " "),
            f"{row['duration_s']:.1f} s",
            str(row["input_tokens"] + row["output_tokens"]),
            money(row["price_usd"]),
            row["summary"].rpartition(" | ")[2],
        )
        for row in answer["rows"]
    ]
    total, wasted = answer["totals"]["price_usd"], answer["totals"]["wasted_usd"]
    tokens = f"{answer['totals']['input_tokens']} tokens in, {answer['totals']['output_tokens']} out"
    foot = f"{count(len(rows), 'model call')}, {tokens}: " + ("would have cost " if is_practice else "cost ") + money(total)
    foot += f", {money(wasted)} of it wasted" if wasted else ""
    foot += "; you paid $0" if is_practice else ""
    return Table(("receipt", "state", "time", "tokens", "price", "asked"), rows, foot)
