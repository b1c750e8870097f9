"""The thread that thinks: a request that takes too long is given up, and the next one is answered."""

from __future__ import annotations

import asyncio
import time

import pytest

from workshop.gateway.errors import ApiError
from workshop.gateway.thinking import Thinking


def _forever() -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:  # as careless code on the way does: the end must get past it
            continue


async def test_a_request_that_takes_too_long_is_given_up() -> None:
    thinking = Thinking(longest_s=1)
    watch = asyncio.create_task(thinking.watch())
    with pytest.raises(ApiError) as given_up:
        await asyncio.wait_for(thinking.run(_forever), 20)
    assert given_up.value.status == 400 and "gave up on this request after 1 s" in given_up.value.message
    assert await thinking.run(lambda: "next") == "next"
    assert not thinking.is_stuck
    watch.cancel()
    thinking.close()


async def test_a_thread_that_hangs_outside_python_is_told() -> None:
    thinking = Thinking(longest_s=1)
    watch = asyncio.create_task(thinking.watch())
    hanging = asyncio.create_task(thinking.run(lambda: time.sleep(12)))
    for _ in range(200):
        await asyncio.sleep(0.1)
        if thinking.is_stuck:
            break
    assert thinking.is_stuck
    with pytest.raises(ApiError):
        await hanging
    await asyncio.sleep(2.5)
    assert not thinking.is_stuck
    watch.cancel()
    thinking.close()
