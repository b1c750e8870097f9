"""Exercise 07, third task: nothing that was said can be read in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from workshop.checks import Finding, Trial, check
from workshop.checks.exercises.stage07.common import FILES, killed_while_answering, open_chat
from workshop.checks.helpers.in_the_clear import in_the_clear, merely_encoded
from workshop.config import HOME
from workshop.words import count, shorten


@check("07.secret", "What is said cannot be read in the database", needs=FILES)
async def secret(trial: Trial) -> AsyncIterator[Finding]:
    chat = await open_chat(trial)
    word = f"quartz{uuid4().hex}"
    await chat.say(f"My name is Ada. My code is {word}.")
    answer = await killed_while_answering(trial, chat, "What is my name?")
    yield Finding(
        "Ada" in answer,
        "after a kill the new worker reads the history and knows the name",
        f"it says: {shorten(answer, 200)}",
        "decode must undo what encode did, and the key must outlive the process.",
    )
    files = (HOME / ".lab").glob("temporal.db*")
    there = sum(file.read_bytes().count(word.encode()) for file in files)
    yield Finding(
        there == 0,
        "the code word is nowhere in the files of Temporal's database",
        f"found {count(there, 'time')}",
        "A PayloadCodec encrypts every payload: return new ones from encode, and give CONVERTER the codec.",
    )
    key = trial.folder / "desk.key"
    events = (await chat.handle.fetch_history()).events
    readable = in_the_clear(events, word.encode(), key.read_bytes() if key.exists() else b"no key at all")
    yield Finding(
        not readable,
        "nor in another form that needs no key: base64, compressed, or with the key next to it",
        readable or "no payload of the history can be read without the key",
        "Encoding is not encrypting. Use key().encrypt(nonce, …, None), and keep the key out of the payload.",
    )
    encoded = merely_encoded(events)
    yield Finding(
        not encoded,
        "and it is encrypted, each payload with a nonce of its own",
        encoded or "the payloads look like chance, and no two begin alike",
        "Use key().encrypt(nonce, …, None) with nonce = os.urandom(12), a new one for each payload.",
    )
    kept, failure = chat.client.data_converter, Failure()
    kept.failure_converter.to_failure(ApplicationError(word), kept.payload_converter, failure)
    yield Finding(
        word not in failure.message,
        "the messages of errors are encrypted too: they may quote what was said",
        f"failure converter: {type(kept.failure_converter).__name__}",
        "failure_converter_class=DefaultFailureConverterWithEncodedAttributes in CONVERTER.",
    )
