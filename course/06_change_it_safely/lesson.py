# %% [markdown]
# # 06 · Change it safely
#
# Fifty minutes. Your agent may not act alone: it waits for a person, for days if need be. You will test
# that without a model, find out which edits break open runs, release a new version next to the old one, and
# roll it back.

# %%
from workshop.lab import Lab

lab = Lab("06_change_it_safely")

# %% [markdown]
# ## It may not act alone
#
# A shop's agent gives refunds. Two of these activities are its tools. The notice board plays the bank: each
# refund is one line on it. The third activity is for later.

# %% include="06_change_it_safely/activities.py"

# %% [markdown]
# `needs_approval=True` makes `Runner.run` stop when the model calls that tool. The pending calls are in
# `result.interruptions`. `to_state()` holds the conversation so far; approve or reject in it, and run the
# agent again.

# %% [markdown]
# A person decides through an **Update**: a message that a run answers. Its *validator* can refuse it first. A
# *query* reads a run's state and changes nothing.
#
# The decision names the call, so that nobody's click approves a refund they haven't seen.

# %% include="06_change_it_safely/workflow.py" lines=76

# %% [markdown]
# The worker is lesson 03's, so it is copied and not shown. Two things are new: a model that is away only delays
# a run, and SIGTERM lets a call end. Then one request, and a look at what it waits for.

# %%
import os
from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, RefundWorkflow

lab.bring("worker.py")
worker = lab.worker("worker.py")
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])


seen: dict[str, dict[str, str]] = {}  # by run: the call that waits, as a person has seen it


async def ask(request: str, queue: str = TASK_QUEUE, **options):
    """Start a run, and return its handle once the run waits for a person, who looks at what it asks."""
    handle = await client.start_workflow(
        RefundWorkflow.run,
        request,
        id=f"refund-{uuid4()}",
        task_queue=queue,
        # A failed workflow task is tried again this soon at first, not after 10 s.
        task_timeout=timedelta(seconds=2),
        **options,
    )
    await lab.watch(handle, until=lambda run: any(step.kind == "timer" for step in run.steps))
    seen[handle.id] = await handle.query(RefundWorkflow.waits_for)
    return handle


async def approve(handle, **options):
    """Approve the call that a person has seen."""
    return await handle.execute_update(RefundWorkflow.decide, args=[seen[handle.id]["id"], True], **options)


def refunds(handle) -> int:
    """How many refunds of this run are on the board."""
    return sum(handle.id in notice["text"] for notice in lab.weather.notices())


handle = await ask("Please refund order 1208: the raincoat is torn.")
print("waits for:", seen[handle.id], "· refunds on the board:", refunds(handle))

# %% [markdown]
# The model has been called twice; the tool that costs money, not at all. Nothing is running now except a
# seven-day timer, and that is on the server.
#
# **Predict:** we kill the worker, three days pass, and then a person approves. How many model calls will
# the run have made in all?

# %%
prediction = None  # 3, 4 or 5?

# %%
before = await lab.receipts(handle)
# !kill -9 {worker.pid}
# The server skips time for this run: experimental.
await lab.fast_forward(handle, timedelta(days=3))
print("worker alive:", worker.alive, "· refunds on the board:", refunds(handle))

# %%
worker.restart()
print("the person:", await approve(handle))
print(await handle.result())
after = await lab.receipts(handle)
print("kept:", set(before.recorded) <= set(after.recorded), "· made again:", len(after.repeated))
print("refunds on the board:", refunds(handle))
made = len(after.recorded) + len(after.repeated) + len(after.wasted)
lab.compare(prediction, made, "the bill", killed=len(after.run.workers) > 1)
await lab.picture(handle)

# %% [markdown]
# Two calls before the wait, one after it: the kill cost nothing, and there was one refund. No process had
# to wait those three days, so none could lose anything.
#
# And if nobody answers? The deadline is a timer.

# %%
silent = await ask("Please refund order 1208: it never arrived.")
await lab.fast_forward(silent, timedelta(days=7))
print(await silent.result())
print("refunds on the board:", refunds(silent))

# %% [markdown]
# ## A test without a model
#
# Who waits a week for a test? This file starts its own test server, which skips time, and replaces the
# model with a *script*: what it will say, call by call. The refund is fake.

# %% include="06_change_it_safely/test_refund.py" lines=70

# %%
import shutil
import sys
from pathlib import Path
from shlex import quote

python = quote(sys.executable)
pytest = f"PY_COLORS=0 {python} -m pytest -q -p no:cacheprovider --tb=line --show-capture=no test_refund.py"
# !{pytest}

# %% [markdown]
# A test that can't fail proves nothing. We take the deadline out, as a hurried colleague might, and run it
# again.


# %%
def edit(old: str, new: str) -> None:
    """Replace a text in workflow.py."""
    file = Path("workflow.py")
    file.write_text(file.read_text().replace(old, new))


edit("timeout=DEADLINE", "timeout=None")
# !{pytest}; echo "exit code $?"
edit("timeout=None", "timeout=DEADLINE")

# %% [markdown]
# *Workflow timed out*: the test gives the run eight days, and without its own deadline it waited through
# all of them. The test needed no key, no shop, and no week.

# %% [markdown]
# ## Which change is safe?
#
# A worker that takes over an open run replays its history with the code *it* has. This script does the same
# with saved histories. In production you'd save them from real runs.

# %% include="06_change_it_safely/check_replay.py"

# %%
waiting = await ask("Please refund order 1207: the umbrella leaks.")
shutil.rmtree("histories", ignore_errors=True)
Path("histories").mkdir()
for name, run in {"approved": handle, "silent": silent, "waiting": waiting}.items():
    Path("histories", f"{name}.json").write_text((await run.fetch_history()).to_json())
# !{python} check_replay.py

# %% [markdown]
# Green: the code fits the recorded steps. Now five edits, one at a time, on a copy.
#
# - a new prompt
# - a new step at the beginning
# - a new step at the end
# - a guardrail that asks a model first
# - a tool removed
#
# **Predict:** how many of the five will fit all three histories?

# %%
prediction = None  # 0, 1, 2, 3, 4 or 5?

# %% include="06_change_it_safely/edits.py"

# %%
from edits import EDITS, PATCHED

safe = 0
for name in ("new prompt", "step before", "step after", "guardrail", "tool removed"):
    replay = await lab.replay(EDITS[name])
    safe += replay.safe
    print(f"{name:14}", "green" if replay.safe else f"RED for {', '.join(replay.red)}")
lab.compare(prediction, safe, "the replay")
await lab.replay(EDITS["step before"])

# %% [markdown]
# What counts is **which steps** the code asks for, **and in what order**. What a step is given doesn't
# count. A finished run won't run again, but when you release, an open run may be just as far. So keep
# histories of both kinds.
#
# A new prompt is green. Does an open run notice it?

# %%
edit("Be brief.", "Be brief and kind.")
worker.restart()
await approve(waiting)
await waiting.result()
for event in (await waiting.fetch_history()).events:
    if event.activity_task_scheduled_event_attributes.activity_type.name == "invoke_model_activity":
        print("event", event.event_id, "· asked to be kind:", b"Be brief and kind." in event.SerializeToString())
edit("Be brief and kind.", "Be brief.")
worker.restart()

# %% [markdown]
# It did, from its next call on, and nobody was told. One conversation, two prompts. *Safe to replay*
# doesn't mean *no effect*.
#
# The cure for a new step is `workflow.patched`: it is false where replay passes a line that the run reached
# before the edit, and true where a run reaches it for the first time.

# %%
print(PATCHED["step before"][1][1])
print("behind patched:", [(await lab.replay(PATCHED[name])).safe for name in ("step before", "step after")])

# %% [markdown]
# ## Two versions at once
#
# The other way is to leave old runs on the old code. A **versioned** worker says which build it is.
# *Pinned* runs stay on the version they began on; *auto-upgrade* runs move to the *current* one, where new
# runs begin. The server gives a run only to a worker of its version, so both may share a queue.

# %% include="06_change_it_safely/versioned_worker.py" lines=64

# %% [markdown]
# A release is a copy of the files that never changes again; in production, a container image. Version 2 has
# the step at the beginning, **without** `patched`. First version 1 goes live, and two runs begin: one
# pinned, one set to upgrade.

# %%
from temporalio.common import AutoUpgradeVersioningOverride
from versioned_worker import TASK_QUEUE as RELEASES

temporal = quote(str(Path(sys.executable).with_name("temporal")))
make_current = f"{temporal} worker deployment set-current-version --deployment-name refund-agent --yes --build-id"


def release(version: str, edits=()):
    """Copy the files to a folder of their own, edit the workflow there, and start a worker from it."""
    folder = Path("releases", version)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(".", folder, ignore=shutil.ignore_patterns("releases", "histories", "__pycache__"))
    code = folder / "workflow.py"
    for old, new in edits:
        code.write_text(code.read_text().replace(old, new))
    return lab.worker(f"{folder}/versioned_worker.py", name=version, env={"BUILD_ID": version})


lab.terminate_open_runs(RELEASES)  # of an earlier try
v1 = release("v1")
# !{make_current} v1
pinned = await ask("Please refund order 1207: it leaks.", RELEASES)
upgrading = await ask("Please refund order 1208: it is torn.", RELEASES, versioning_override=AutoUpgradeVersioningOverride())

# %% [markdown]
# Version 2 becomes current, and a third run begins. Then a person approves all three.
#
# **Predict:** what becomes of the pinned run, the upgrading run and the new run?

# %%
# "v1" or "v2" finished it, or it is "stuck": three words, for example ("v1", "v1", "v2").
prediction = None

# %%
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError


async def version(handle) -> str:
    """The version that finished a run, or "stuck"."""
    description = await handle.describe()
    info = description.raw_description.workflow_execution_info.versioning_info
    return "stuck" if description.status.name == "RUNNING" else info.deployment_version.build_id


v2 = release("v2", EDITS["step before"])
# !{make_current} v2
new = await ask("Please refund order 1209: too big.", RELEASES)
for handle in (pinned, new, upgrading):
    try:
        decided = await approve(handle, id="click", rpc_timeout=timedelta(seconds=4))
        print(handle.id, "·", decided, "·", await handle.result())
    except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
        print(handle.id, "· the click was not taken")
lab.compare(prediction, tuple([await version(handle) for handle in (pinned, upgrading, new)]))

# %% [markdown]
# The upgrading run began without the new step, and version 2 can't replay that. Its status is *Running*, as
# healthy as ever. In lesson 04 you saw this in one run's workflow task attempts. How do you find it among
# thousands? The server marks runs whose workflow tasks keep failing.

# %%
import asyncio

problems = 'ExecutionStatus = "Running" AND TemporalReportedProblems IN ("category=WorkflowTaskFailed")'


async def stuck_runs() -> list[str]:
    """The ids of all runs that the server has marked."""
    return [run.id async for run in client.list_workflows(problems)]


while upgrading.id not in (stuck := await stuck_runs()):
    await asyncio.sleep(0.5)  # the mark appears after a few failed attempts
print("stuck:", stuck)
run = await lab.watch(upgrading, until=lambda run: run.stuck)

# %% [markdown]
# ## Back
#
# Version 1 still runs, so going back is one command: new runs go to version 1 again, and so does the stuck
# one, at its next attempt. We don't know whether the click arrived. It has an id, so sending it again can't
# count twice. Keep each version's worker until its last pinned run has ended.

# %%
# !{make_current} v1
await lab.watch(upgrading, until=lambda run: not run.stuck)  # the next attempt of its workflow task
print("the click:", await approve(upgrading, id="click"))
print(await upgrading.result())
print("finished by", await version(upgrading), "· refunds on the board:", refunds(upgrading))
v1.stop()
v2.stop()

# %% [markdown]
# To do on Monday: a deadline for every wait, a test without a model, a replay check before each merge,
# `patched` or pinned versions for new steps, and a rollback that you have tried.

# %% [markdown]
# ## Your turn (3 minutes)
#
# Write an edit of your own: `await lab.replay([("old text", "new text")])`. A longer deadline? Two steps
# swapped? Guess first. Then try to find a red one that you would have merged.

# %% [markdown]
# ## Going further
#
# Eleven edits at once. Three more ways to move runs between versions, one of them by the run itself.
# Tools of other programs, an approval that travels, and what the model was asked.

# %% [markdown]
# ### Eleven edits
#
# Five of `edits.py` you have seen. Here are all eleven, replayed against three histories: two finished, one that
# waits.
#
# **Predict:** how many of the eleven fit all three?

# %%
prediction = None  # 0 to 11?

# %%
replays = {name: await lab.replay(edited) for name, edited in EDITS.items()}
for name, replay in replays.items():
    print(f"{name:15}", "green" if replay.safe else f"RED for {', '.join(replay.red)}")
lab.compare(prediction, sum(replay.safe for replay in replays.values()), "the replay")

# %% [markdown]
# **Green:** a prompt, a model, a name and a time-out are what a step is given, not which step it is. Recorded steps
# keep what they had; an open run's next call gets the new one. A tool more may be called from there on.

# %% [markdown]
# **Red:** with the tool gone, the step for a recorded call is never asked for. A *lower* turn limit would have
# failed a run that in fact went on. A streamed call is an activity of another type. Why is the guardrail red?

# %%
replays["guardrail"]

# %% [markdown]
# In replay, the guardrail's model call gets the answer recorded for the agent's first call, and the steps no
# longer match. A guardrail without a model call adds no step.

# %%
replays["step after"]

# %% [markdown]
# **A step after** is red only for runs that have come that far: they ended without it. Behind `patched`, both new
# steps are green. For the other red ones, keep old and new in an `if`/`else` on it.

# %% [markdown]
# ### A share of the new runs
#
# *Ramping* sends a share of the new runs to a version that isn't current yet. Eight requests without a
# refund, at 50%: who answers? With so few, it needn't be four and four.

# %%
from temporalio.api.enums.v1 import RoutingConfigUpdateState
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest


async def is_on_its_way() -> bool:
    """Whether the last change of shares has yet to reach the task queue."""
    which = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name="refund-agent")
    info = (await client.workflow_service.describe_worker_deployment(which)).worker_deployment_info
    return info.routing_config_update_state == RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS


v1, v2 = release("v1"), release("v2", EDITS["step before"])
# !{make_current} v1
ramp = make_current.replace("set-current", "set-ramping")
# !{ramp} v2 --percentage 50
while await is_on_its_way():
    await asyncio.sleep(0.1)
runs = [await client.start_workflow(RefundWorkflow.run, "Hello!", id=f"refund-{uuid4()}", task_queue=RELEASES) for _ in range(8)]
for run in runs:
    await run.result()
print([await version(run) for run in runs])
# !{ramp} v2 --percentage 0

# %% [markdown]
# ### A shield for one run
#
# An upgrading run that version 2 would break can be pinned **before** the release. Once it is stuck, it is
# too late: the same command then changes nothing.

# %%
shielded = await ask("Please refund order 1207: it leaks.", RELEASES, versioning_override=AutoUpgradeVersioningOverride())
pin = "--versioning-override-behavior pinned --versioning-override-deployment-name refund-agent"
# !{temporal} workflow update-options -w {shielded.id} {pin} --versioning-override-build-id v1
# !{make_current} v2
print("the person:", await approve(shielded))
print(await shielded.result(), "· finished by", await version(shielded))
# !{make_current} v1
v1.stop()
v2.stop()

# %% [markdown]
# ### More workflows
#
# An agent with the tool of an MCP server, an approval that travels as JSON, and a chat. The *Model Context
# Protocol* lets an agent use tools of other programs; here the worker starts one.

# %% include="06_change_it_safely/shop_server.py"

# %% [markdown]
# The three workflows. The first is the refund agent with another tool. The second carries its state into a
# fresh run and, to keep the demo short, approves by itself.

# %% include="06_change_it_safely/further.py" lines=76

# %% include="06_change_it_safely/worker_further.py"

# %% [markdown]
# ### Tools of an MCP server
#
# `require_approval="always"`: the same wait, the same Update. Listing the tools and calling one are
# activities, so both are in the history. We kill the worker in the middle of the call.
#
# **Predict:** how often does the MCP server write the refund into its log?

# %%
prediction = None  # 0, 1 or 2?

# %%
from further import CarriedWorkflow, ChatWorkflow, ShopWorkflow

FURTHER = "refund-further-queue"
lab.terminate_open_runs(FURTHER)
v1 = lab.worker("worker_further.py", name="v1", env={"BUILD_ID": "v1"})
# !{make_current.replace("refund-agent", "refund-further")} v1


async def start(run, *args):
    """Start any workflow of this part."""
    return await client.start_workflow(
        run, args=args, id=f"further-{uuid4()}", task_queue=FURTHER, task_timeout=timedelta(seconds=2)
    )


log = Path("refunds.log")
log.unlink(missing_ok=True)
handle = await start(ShopWorkflow.run, "Please refund order 1208: it is torn.")
await lab.watch(handle, until=lambda run: run.find("timer"))
asked = await handle.query(RefundWorkflow.waits_for)
await handle.execute_update(RefundWorkflow.decide, args=[asked["id"], True])
while not log.exists():
    await asyncio.sleep(0.1)
# !kill -9 {v1.pid}

# %%
v1.restart()
print(await handle.result())
run = await lab.watch(handle)
lab.compare(prediction, len(log.read_text().splitlines()), "the refund log", killed=run)
await lab.picture(handle)

# %% [markdown]
# Twice: an MCP call is an activity like any other, made at least once. A server that spends money needs an
# idempotency key of its own; ask its authors.

# %% [markdown]
# ### An approval carried as JSON
#
# A state can be written as JSON, for a database or the next run. In plugin 1.1.0 that has a trap: the agent
# given to `RunState.from_json` then calls the model *inside* the workflow.

# %%
trapped = await start(CarriedWorkflow.run, "Please refund order 1208.")
run = await lab.watch(trapped, until=lambda run: run.stuck, timeout=20)
print(run.status, "·", run.stuck.failure[:90])
await trapped.terminate()
cured = await start(CarriedWorkflow.run, "Please refund order 1208.", True)
print(await cured.result())

# %% [markdown]
# The cure is one argument: `run_config=RunConfig(model=…)` names the model, and the plugin takes over
# again. Within one run, with the state in memory, there is no problem.

# %% [markdown]
# ### A chat that moves on
#
# A chat may run for months, pinned to an old version. It learns that a newer one is current, *continues as
# new* there (it ends, and starts again under the same id with a fresh history), and takes the conversation
# with it.

# %%
chat = await start(ChatWorkflow.run)
print(await chat.execute_update(ChatWorkflow.say, "My name is Ada."))
v2 = lab.worker("worker_further.py", name="v2", env={"BUILD_ID": "v2"})
# !{make_current.replace("refund-agent", "refund-further")} v2
# Whichever run of it is the newest.
chat = client.get_workflow_handle_for(ChatWorkflow.run, chat.id)
for _ in range(3):
    print(await chat.execute_update(ChatWorkflow.say, "What is my name?"))
    await asyncio.sleep(1)

# %% [markdown]
# The first answer may still be version 1: the news comes with a workflow task, so a turn late. The
# conversation has crossed over; only the version changed.

# %%
await chat.terminate()
v1.stop()
v2.stop()

# %% [markdown]
# ### What was the model asked?
#
# A scripted model also records what it was asked. A test can then hold the agent to it: the instructions,
# the tools on offer, what it knew at each call.

# %% include="06_change_it_safely/test_asked.py"

# %%
# !{pytest.replace("test_refund", "test_asked")}

# %%
worker.stop()

# %% [markdown]
# ## Questions to think about
#
# Which of your edits last month were red? When may a `patched` branch be deleted? Who should see the list
# of stuck runs, and how soon?

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>When may a <code>patched</code> branch be deleted?</summary>
#
# When no open run began before the edit. First replace `workflow.patched` with `workflow.deprecate_patch`
# and release; when no run from before that is open either, delete the line.
#
# </details>
# <details>
# <summary>Who should see the list of stuck runs?</summary>
#
# Whoever released last, within minutes, as an alert on the query above. A stuck run costs nothing until its
# deadline passes, but a person is waiting for it.
#
# </details>
