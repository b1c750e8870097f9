"""Two ways to a smaller history: a chat whose past stays with the provider, and compressed payloads."""

import dataclasses
import zlib
from asyncio import Future, Lock
from collections.abc import Sequence
from typing import Any

from agents import Runner
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, PayloadCodec

with workflow.unsafe.imports_passed_through():
    from workflow import weather_agent


@workflow.defn
class ChainedChatWorkflow:
    @workflow.init
    def __init__(self) -> None:
        self.turn = Lock()
        self.last: str | None = None  # all that this chat keeps: the receipt of the last answer

    @workflow.run
    async def run(self) -> None:
        await Future[Any]()

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:
            result = await Runner.run(weather_agent(), text, previous_response_id=self.last, auto_previous_response_id=True)
            self.last = result.last_response_id
            return str(result.final_output)


class Zip(PayloadCodec):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata={"encoding": b"binary/zip"}, data=zlib.compress(each.SerializeToString())) for each in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload.FromString(zlib.decompress(each.data)) if is_zipped(each) else each for each in payloads]


def is_zipped(payload: Payload) -> bool:
    return payload.metadata.get("encoding") == b"binary/zip"


ZIPPED = dataclasses.replace(DataConverter.default, payload_codec=Zip())
