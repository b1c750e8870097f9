"""How the worker and the clients store payloads. The key is in a file next to this module; the server never sees it."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

KEY_FILE = Path(__file__).with_name("desk.key")


def key() -> AESGCM:
    """The key; made at the first call."""
    if not KEY_FILE.exists():
        KEY_FILE.write_bytes(os.urandom(32))
    return AESGCM(KEY_FILE.read_bytes())


### BEGIN SOLUTION from "open_book.py": a codec that encrypts with key(), and a CONVERTER that uses it
class Encryption(PayloadCodec):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypted(each) if each.metadata.get("encoding") == b"binary/encrypted" else each for each in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        nonce = os.urandom(12)  # new for each payload; it need not be secret
        data = nonce + key().encrypt(nonce, payload.SerializeToString(), None)
        return Payload(metadata={"encoding": b"binary/encrypted"}, data=data)

    def _decrypted(self, payload: Payload) -> Payload:
        return Payload.FromString(key().decrypt(payload.data[:12], payload.data[12:], None))


CONVERTER = dataclasses.replace(
    DataConverter.default,
    payload_codec=Encryption(),
    failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
)
### END SOLUTION
