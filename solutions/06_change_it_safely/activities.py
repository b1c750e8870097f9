"""What touches the outside world: the agent's two tools, and a check that no version calls yet."""

import json
import os

import httpx
from temporalio import activity

ORDERS = {  # in place of your shop's database
    1207: {"customer": "Ada", "state": "TX", "item": "umbrella", "paid": 25},
    1208: {"customer": "Ben", "state": "OH", "item": "raincoat", "paid": 40},
    1209: {"customer": "Cleo", "state": "CA", "item": "tent", "paid": 310},
}


@activity.defn
async def find_order(order: int) -> str:
    """Look up an order: who bought what, and for how much.

    Args:
        order: Number of the order, such as 1207.
    """
    found = ORDERS.get(order)
    return json.dumps({"order": order, **found} if found else {"error": f"there is no order {order}"})


@activity.defn
async def refund_order(order: int) -> str:
    """Refund an order: give the customer the money back.

    Args:
        order: Number of the order, such as 1207.
    """
    found = ORDERS.get(order)
    if not found:
        return json.dumps({"error": f"there is no order {order}"})
    run = activity.info().workflow_id
    refund = {
        "state": found["state"],
        "subscriber": found["customer"],
        "text": f"${found['paid']} back for order {order} ({run})",
    }
    # The same in every attempt, so a retry finds the refund that was already made.
    headers = {"Idempotency-Key": f"{run}/{order}"}
    base = os.environ.get("NOTICE_BOARD_URL", "http://127.0.0.1:8236")
    try:
        async with httpx.AsyncClient(headers=headers, timeout=8) as board:
            (await board.post(f"{base}/notices", json=refund)).raise_for_status()
    except httpx.HTTPError as error:
        # Tried again like any other error. `from None`: short enough for the server to show.
        raise ConnectionError(f"no refund at {base} (NOTICE_BOARD_URL): {error}") from None
    return json.dumps({"order": order, "refunded": found["paid"], "to": found["customer"]})


@activity.defn
async def screen_request(request: str) -> str:
    """Return "ok" unless a request names no order. Version 2 calls it; the model never sees it."""
    return "ok" if any(letter.isdigit() for letter in request) else "no order"
