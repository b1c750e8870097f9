"""Large payloads go into files; the history keeps a reference. On a server, this would be a bucket that all workers can reach."""

import dataclasses
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    DataConverter,
    ExternalStorage,
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
)

FOLDER = Path(os.environ.get("CHAT_STORE", "store"))


class FileStorage(StorageDriver):
    def name(self) -> str:
        return "files"

    async def store(self, context: StorageDriverStoreContext, payloads: Sequence[Payload]) -> list[StorageDriverClaim]:
        return [StorageDriverClaim(claim_data={"file": keep(payload.SerializeToString())}) for payload in payloads]

    async def retrieve(self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]) -> list[Payload]:
        return [Payload.FromString((FOLDER / claim.claim_data["file"]).read_bytes()) for claim in claims]


def keep(data: bytes) -> str:
    """Write the data under its own digest: the same data, stored again after a crash, is the same file."""
    FOLDER.mkdir(exist_ok=True)
    name = hashlib.sha256(data).hexdigest()
    partly = FOLDER / f"{name}.{os.getpid()}"
    partly.write_bytes(data)
    partly.replace(FOLDER / name)  # a reader finds the whole file, or none
    return name


STORED = dataclasses.replace(
    DataConverter.default,
    external_storage=ExternalStorage(drivers=[FileStorage()], payload_size_threshold=10_000),
)
