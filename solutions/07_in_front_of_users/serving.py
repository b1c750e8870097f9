"""How each worker here runs: until Ctrl+C or SIGTERM, and then until the calls under way are finished."""

import asyncio
import signal

from temporalio.worker import Worker


async def serve(worker: Worker) -> None:
    """Run a worker until it's told to stop. Its `graceful_shutdown_timeout` is the time it then has."""
    stop = asyncio.Event()
    for received in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(received, stop.set)
    async with worker:
        print(f"Worker started on task queue: {worker.task_queue}", flush=True)
        await stop.wait()
