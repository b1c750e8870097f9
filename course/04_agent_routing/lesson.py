# %% [markdown]
# # 04 · Three specialists and a triage agent
#
# Thirty minutes. You will read an application as it would run on a server, start it in your own terminal,
# kill it between two model calls, and then let two processes share the work.

# %%
from workshop.lab import Lab

lab = Lab("04_agent_routing")

# %% [markdown]
# ## The agents
#
# A **handoff** is a tool call that passes the whole conversation to another agent. Triage chooses by the
# specialists' descriptions; the specialist answers. All of it runs in one workflow, one `Runner.run`.

# %% include="04_agent_routing/workflow.py"

# %% [markdown]
# ## The worker
#
# Every setting you have met, in one file. New: it shuts down cleanly on Ctrl+C and on SIGTERM, the signal
# that tells a server process to stop.

# %% include="04_agent_routing/worker.py"

# %% [markdown]
# ## The way to Temporal
#
# `envconfig` is the SDK's own way to find Temporal: through environment variables, or a profile in a file.
# The code is the same on a laptop and on a cluster.

# %% include="04_agent_routing/connection.py" lines=75

# %% [markdown]
# ## The starter
#
# A script that other programs can call. It says within seconds if there is no server or no worker. It
# prints the run's id first, so nothing is lost if it is interrupted, and its exit code gives the outcome.

# %% include="04_agent_routing/starter.py" lines=75

# %% [markdown]
# ## In a terminal of your own
#
# You don't need a notebook for this. Open two terminals (in JupyterLab: *File → New → Terminal*), paste the
# first three lines into both, then start the worker in one and the starter in the other.

# %%
import os
import sys
from shlex import quote

python = quote(sys.executable)  # a path with a blank in it stays one word
print(f"""cd {quote(str(lab.folder))}
export TEMPORAL_ADDRESS={os.environ["TEMPORAL_ADDRESS"]}
export TEMPORAL_UI_URL={lab.settings.link(lab.settings.temporal_ui_port)}

{python} worker.py
{python} starter.py "Bonjour, raconte-moi une histoire"
""")

# %% [markdown]
# ## Four requests
#
# From here on, the worker in your terminal answers. If there is none, this cell starts one in the
# background. No agent here speaks German: who should get the third request?

# %%
from uuid import uuid4

from connection import connect
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, RoutingWorkflow

worker = lab.stand_in("worker.py")
client = await connect(plugins=[OpenAIAgentsPlugin()])


async def ask(text: str):
    """Start a run and return its handle at once."""
    return await client.start_workflow(RoutingWorkflow.run, text, id=f"routing-{uuid4()}", task_queue=TASK_QUEUE)


for text in (
    "What is durable execution?",
    "¿Qué es un workflow?",
    "Wie geht es dir heute?",
    "Bonjour, raconte-moi une histoire",
):
    handle = await ask(text)
    print(text, "→", await handle.result(), "\n")

# %% [markdown]
# ## The handoff
#
# Who spoke when? The last request, from its event history: two model calls, by two agents, and between them
# the handoff. It isn't an activity: the workflow itself carries it out.

# %%
await lab.picture(handle)

# %% [markdown]
# The same in raw form. Open the link and look at the two *ActivityTaskScheduled* events: the first call
# offers three tools named `transfer_to_…`; the second has different instructions and the conversation so
# far.

# %%
history = await handle.fetch_history()
for event in history.events:
    if event.HasField("activity_task_scheduled_event_attributes"):
        payload = event.activity_task_scheduled_event_attributes.input.payloads[0]
        print("event", event.event_id, "·", len(payload.data), "bytes ·", payload.data.decode()[:160], "…\n")
lab.web_ui(handle)

# %% [markdown]
# ## Your turn (2 minutes)
#
# Change one of the four requests: mix two languages, or send just an emoji. Run that cell again. Who gets
# it, and does the history tell you why?

# %% [markdown]
# ## A kill between two calls
#
# The French agent becomes slow. By then triage has answered. We kill the worker while the specialist's call
# is under way.
#
# **Predict:** how many model calls will be on the bill at the end, including the interrupted one: 2, 3 or
# 4?

# %%
prediction = None  # 2, 3 or 4?

# %%
lab.fault("slow", match="You only speak French", delay_s=25, times=1)
handle = await ask("Bonjour, parle-moi de la mer.")
await lab.watch(handle, until=lambda run: len(run.model_calls) == 2)
await lab.model_call_in_flight(handle, for_s=1)
before = await lab.receipts(handle)
pid = lab.pollers()[0].partition("@")[0]
print("You have 20 seconds to type it in a terminal, or to run the next cell: kill -9", pid)
before

# %%
# !kill -9 {pid}

# %% [markdown]
# No worker is left. Start yours again in its terminal, or run the next cell: it starts one if you haven't.

# %%
worker = lab.stand_in("worker.py")
print(await handle.result())
after = await lab.receipts(handle)
print("triage's receipt kept:", before.recorded[0] == after.recorded[0])
seen = len(after.recorded) + len(after.repeated) + len(after.wasted)
lab.compare(prediction, seen, "the bill", killed=after.run)
after

# %% [markdown]
# Triage was not asked again: the new process read its decision from the history. The call in flight was
# made again, in full, and may be charged twice.

# %% [markdown]
# ## Two workers, one queue
#
# A second worker polls the same task queue. Nobody divides the work: each takes what it can. While four
# runs are under way, we kill one of the two. It doesn't matter which.

# %%
second = lab.worker("worker.py", name="second")
lab.fault("slow", delay_s=3, times=8)
handles = [await ask(text) for text in ("Bonjour, qui es-tu ?", "Hola, ¿quién eres?", "Who are you?", "What can you do?")]
await lab.model_call_in_flight(*handles, for_s=1)
holders = {}
for handle in handles:
    for call in (await handle.describe()).raw_description.pending_activities:
        holders[handle] = call.last_worker_identity
        print(handle.id, "is with process", call.last_worker_identity.partition("@")[0])
second.crash()
for handle in handles:
    print("·", await handle.result())
lab.clear_faults()
await lab.picture(max(holders, key=lambda handle: holders[handle].startswith(f"{second.pid}@")))

# %% [markdown]
# The picture shows a run that was with the process we killed, and which process continued it. A run belongs
# to no process: its state is in the history. That is how you update, scale or lose machines without losing
# work.

# %% [markdown]
# ## Going further
#
# Two things you meet on your first day in production: a run that looks healthy but isn't, and a Temporal
# server that is somewhere else.

# %% [markdown]
# ### A guardrail that trips
#
# A *guardrail* is a check next to an agent that can stop the run. This one looks for card numbers before
# any model sees them.

# %% include="04_agent_routing/guarded.py"

# %% include="04_agent_routing/worker_guarded.py"

# %%
guarded = lab.worker("worker_guarded.py", name="guarded")

# %% [markdown]
# **Predict:** a request with a card number. What will the status of the run be, `RUNNING`, `FAILED` or
# `COMPLETED`?

# %%
prediction = None  # "RUNNING", "FAILED" or "COMPLETED"?

# %%
from datetime import timedelta

from guarded import GuardedRoutingWorkflow

handle = await client.start_workflow(
    GuardedRoutingWorkflow.run,
    "Charge it to 4111 1111 1111 1111, please.",
    id=f"guarded-{uuid4()}",
    task_queue="guarded-routing-queue",
    task_timeout=timedelta(seconds=2),  # at first, a failed workflow task is tried again this soon; the default is 10 s
)
run = await lab.watch(handle, until=lambda run: any(task.failure for task in run.workflow_tasks), timeout=15)
lab.compare(prediction, (await handle.describe()).status.name)

# %% [markdown]
# *Running*, and nothing runs. The exception failed the workflow **task**, and Temporal retries that
# forever, because code can be fixed. How to tell in the Web UI: nothing under Pending Activities, and a history
# that ends in *WorkflowTaskFailed*.

# %%
description = (await handle.describe()).raw_description
print("pending activities:", len(description.pending_activities))
print("workflow task, attempt:", description.pending_workflow_task.attempt)
print(next(task.failure for task in run.workflow_tasks if task.failure))
lab.web_ui(handle)

# %% [markdown]
# Our own `worker.py` has the cure: it names the exceptions that fail the workflow itself. We add that line
# here and restart. The stuck run fails at its next attempt and says why. As in lesson 02, that may take a
# minute.

# %%
from pathlib import Path

from temporalio.client import WorkflowFailureError

file = Path("worker_guarded.py")
line = "        workflows=[GuardedRoutingWorkflow],\n"
cure = "        workflow_failure_exception_types=[AgentsException],\n"
file.write_text(file.read_text().replace(cure, "").replace(line, line + cure))
guarded.restart()
try:
    await handle.result()
except WorkflowFailureError as error:
    print((await handle.describe()).status.name, "·", error.cause)
await lab.receipts(handle)

# %% [markdown]
# No model call, nothing to pay. `run_in_parallel=False` makes the guardrail run first. By default it runs
# alongside the agent: a slow guardrail, say one that asks a model, would then come too late.

# %% [markdown]
# ### Temporal, somewhere else
#
# A *profile* says where Temporal is. Here are two: one is our server under another name; at the other
# address nothing is listening.

# %%
Path("temporal.toml").write_text(f"""[profile.shared]
address = "{os.environ["TEMPORAL_ADDRESS"]}"
namespace = "default"

[profile.elsewhere]
address = "127.0.0.1:9"
""")
unset = "env -u TEMPORAL_ADDRESS PYTHON_DOTENV_DISABLED=1"
profile = f"{unset} TEMPORAL_CONFIG_FILE=temporal.toml TEMPORAL_PROFILE="

# %%
worker = worker if lab.pollers() else lab.worker("worker.py")
# !{profile}shared {python} starter.py "Hola, ¿quién eres?"

# %%
# !{profile}elsewhere {python} starter.py "Hola, ¿quién eres?"; echo "exit code $?"

# %% [markdown]
# A variable wins over a profile, and the course's `.env` sets one. So `env -u` removes `TEMPORAL_ADDRESS`
# from the shell, and `PYTHON_DOTENV_DISABLED` leaves `.env` unread.
#
# For Temporal Cloud the profile would look like this; with a key, TLS is on:
#
# ```toml
# [profile.cloud]
# address = "my-namespace.my-account.tmprl.cloud:7233"
# namespace = "my-namespace.my-account"
# api_key = "…"
# ```

# %% [markdown]
# Finally, a clean shutdown. A worker that is asked to stop takes on nothing new and finishes what it has
# begun. In your own terminal that is Ctrl+C.

# %%
guarded.stop()
if worker:
    worker.stop()
    worker.tail(2)

# %% [markdown]
# ## Questions to think about
#
# Which settings in `worker.py` would you change for a model that thinks for two minutes? What would an
# alert have to look at to find a stuck run? Why should two workers on one queue never run different
# workflow code for long?

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>Does the history tell you why triage chose?</summary>
#
# No. It has what triage was told and the handoff it asked for, but a model gives no reasons unless you ask.
# Let it fill one in, as an argument of the handoff.
#
# </details>
# <details>
# <summary>Settings for a model that thinks for two minutes?</summary>
#
# `start_to_close_timeout` must be longer than its longest answer. The heartbeat stays short: it finds a
# dead worker, however long the answer takes.
#
# </details>
# <details>
# <summary>What finds a stuck run?</summary>
#
# A run that is *Running*, has no pending activity, and whose workflow task has failed more than once. The
# number of attempts of the workflow task is the thing to alert on.
#
# </details>
# <details>
# <summary>Why not two versions on one queue?</summary>
#
# Either worker may get the next workflow task. If the two disagree about the steps, replay fails with
# non-determinism. Lesson 06 shows how to run two versions side by side safely.
#
# </details>
