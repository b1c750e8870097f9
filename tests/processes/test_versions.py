"""Workers of a deployment's versions: once one polls, its version can be made current."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from bench_instance import Bench
from temporalio.client import Client

from workshop.lab import Lab
from workshop.processes.starter import recorded

STAGE = "06_change_it_safely"
QUEUE = "late-activities-queue"
DEPLOYMENT = "late-activities"
WORKER = f'''
import asyncio, os
from datetime import timedelta
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

TASK_QUEUE = "{QUEUE}"

@activity.defn
async def nothing() -> None: ...

@workflow.defn(sandboxed=False)
class OneStep:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=10))

async def main() -> None:
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    version = WorkerDeploymentVersion("{DEPLOYMENT}", os.environ["BUILD_ID"])
    config = WorkerDeploymentConfig(version, True, VersioningBehavior.PINNED)
    first = Worker(client, task_queue=TASK_QUEUE, workflows=[OneStep], deployment_config=config)
    then = Worker(client, task_queue=TASK_QUEUE, activities=[nothing], deployment_config=config)
    async with first:
        await asyncio.sleep(float(os.environ["LATE_S"]))
        await then.run()

asyncio.run(main())
'''
"""A versioned worker on a busy machine, made slow: it asks for activities some time after it asks for workflow
tasks."""


@pytest.fixture
def lab(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    opened = Lab(STAGE)
    (opened.folder / "late.py").write_text(WORKER)
    monkeypatch.chdir(opened.folder)
    yield opened
    for record in recorded():
        if process := record.process():
            process.kill()


@pytest.mark.parametrize("late_s", [0.0, 3.0])
async def test_a_version_can_be_made_current_as_soon_as_its_worker_polls(lab: Lab, late_s: float) -> None:
    client = await Client.connect(lab.settings.temporal_address)
    for build in (f"first-{late_s}", f"second-{late_s}"):
        lab.worker("late.py", name=build, env={"BUILD_ID": build, "LATE_S": str(late_s)})
        command = [str(Path(sys.executable).with_name("temporal")), "worker", "deployment"]
        command += ["set-current-version", "--deployment-name", DEPLOYMENT, "--build-id", build, "--yes"]
        command += ["--address", lab.settings.temporal_address]
        done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        # the server insists on the queues that were used a moment ago
        await client.execute_workflow("OneStep", id=f"step-{uuid4()}", task_queue=QUEUE)
