"""Encrypts every payload before it leaves this process: the server stores what it can't read. The keys are files in `keys/`."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from storage import STORED
from temporalio.api.common.v1 import Payload
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes, PayloadCodec

FOLDER = Path(os.environ.get("CHAT_KEYS", "keys"))
ENCODING = b"binary/encrypted"
NONCE_BYTES = 12  # what AES-GCM specifies


class Encryption(PayloadCodec):
    """AES-GCM. A payload names the key it needs; new payloads use the newest key, whose name sorts last."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [decrypted(payload) if payload.metadata.get("encoding") == ENCODING else payload for payload in payloads]


def encrypted(payload: Payload) -> Payload:
    key = newest_key()
    nonce = os.urandom(NONCE_BYTES)
    data = nonce + AESGCM((FOLDER / key).read_bytes()).encrypt(nonce, payload.SerializeToString(), None)
    return Payload(metadata={"encoding": ENCODING, "key": key.encode()}, data=data)


def decrypted(payload: Payload) -> Payload:
    key = AESGCM((FOLDER / Path(payload.metadata["key"].decode()).name).read_bytes())
    return Payload.FromString(key.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], None))


def newest_key() -> str:
    if names := [file.name for file in FOLDER.glob("*.key")]:
        return max(names)
    raise FileNotFoundError(f"There is no key in {FOLDER.resolve()}. To make one: python new_key.py")


ENCRYPTED = dataclasses.replace(
    STORED,
    payload_codec=Encryption(),
    # An error's message may quote what was said.
    failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
)
