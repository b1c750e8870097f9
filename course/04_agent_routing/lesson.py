# %% [markdown]
# # 04 · Three specialists and a triage agent
#
# Thirteen minutes. You will read an application as it would stand on a server, run it in a terminal of your own, kill it between two model calls, and
# then let two processes share the work.

# %%
from workshop.lab import Lab

lab = Lab("04_agent_routing")

# %% [markdown]
# ## The agents
#
# A **handoff** is a tool call that passes the whole conversation on to another agent. Triage decides by the descriptions; the specialist answers. All of it
# runs in one workflow, one `Runner.run`.

# %% include="04_agent_routing/workflow.py"

# %% [markdown]
# ## The worker
#
# Every setting that you have met, in one file. New: it ends in good order on Ctrl+C and on SIGTERM, the signal by which a server is told to stop.

# %% include="04_agent_routing/worker.py"

# %% [markdown]
# ## The way to Temporal
#
# `envconfig` is the SDK's own way to read where Temporal is: from variables, or from a profile in a file. On a laptop and on a cluster the code is the
# same.

# %% include="04_agent_routing/connection.py"

# %% [markdown]
# ## The starter
#
# A script that others can call: it tells at once when no server or no worker is there, prints the run's id first, so that nothing is lost if it is interrupted,
# and its exit code says what came of it.

# %% include="04_agent_routing/starter.py"

# %% [markdown]
# ## In a terminal of your own
#
# No notebook is needed to run this. Open two terminals, type the first three lines in both, then start the worker in one and the starter in
# the other.

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
# From here on the worker in your terminal answers. If there is none, this cell starts one in the background. Nobody here speaks German: who should
# get the last one?

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
# Who spoke when? The last request, from its event history: two model calls, by two agents, and between them the handoff. It is no activity: the workflow
# carries it out.

# %%
await lab.picture(handle)

# %% [markdown]
# The same, raw. Open the link and look at the two *ActivityTaskScheduled* events: the first call offers three tools named `transfer_to_…`; the second has
# other instructions, and the conversation so far.

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
# Change one of the four requests: mix two languages, or send an emoji alone. Run that cell again. Who gets it, and can you read in the history why?

# %% [markdown]
# ## A kill between two calls
#
# The French agent becomes slow. Triage has answered by then. We kill the worker while the specialist's call is under way.
#
# **Predict:** how many model calls will stand on the bill at the end, the interrupted one included: 2, 3 or 4?

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
# No worker is left. Start yours again in its terminal, or run the next cell: it starts one if you have not.

# %%
worker = lab.stand_in("worker.py")
print(await handle.result())
after = await lab.receipts(handle)
print("triage's receipt kept:", before.recorded[0] == after.recorded[0])
seen = len(after.recorded) + len(after.repeated) + len(after.wasted)
lab.compare(prediction, seen, "the bill", killed=after.run)
after

# %% [markdown]
# Triage was not asked again: the new process read its decision in the history. The call in flight was made once more, in full, and may be charged
# twice.

# %% [markdown]
# ## Two workers, one queue
#
# A second worker polls the same task queue. Nobody divides the work: each takes what it can. While four runs are under way we kill one of the two. It does
# not matter which.

# %%
second = lab.worker("worker.py", name="second")
lab.fault("slow", delay_s=2, times=8)
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
# The picture shows a run that was with the dead process, and who went on with it. A run belongs to no process: its state stands in the history. That is how
# one updates, scales or loses machines.

# %% [markdown]
# ## Going further
#
# Two things that one meets on the first day in production: a run that looks healthy and is not, and a Temporal that is somewhere else.

# %% [markdown]
# ### A guardrail that trips
#
# A *guardrail* is a check beside an agent that can stop the run. This one looks for card numbers before any model sees them.

# %% include="04_agent_routing/guarded.py"

# %% include="04_agent_routing/worker_guarded.py"

# %%
guarded = lab.worker("worker_guarded.py", name="guarded")

# %% [markdown]
# **Predict:** a request with a card number. What will the status of the run be, `RUNNING`, `FAILED` or `COMPLETED`?

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
    task_timeout=timedelta(seconds=2),  # at first, a failed workflow task is tried again this soon; 10 s if not said
)
run = await lab.watch(handle, until=lambda run: any(task.failure for task in run.workflow_tasks), timeout=15)
lab.compare(prediction, (await handle.describe()).status.name)

# %% [markdown]
# *Running*, and nothing runs. The exception failed the workflow **task**, and Temporal tries that again for ever, since code can be mended. How to tell on
# 8233: nothing under Pending Activities, and a history that ends in *WorkflowTaskFailed*.

# %%
description = (await handle.describe()).raw_description
print("pending activities:", len(description.pending_activities))
print("workflow task, attempt:", description.pending_workflow_task.attempt)
print(next(task.failure for task in run.workflow_tasks if task.failure))
lab.web_ui(handle)

# %% [markdown]
# Our own `worker.py` has the cure: it names the exceptions that fail the workflow itself. We add that line here and restart. The same run, stuck until now,
# fails at its next try and says why. As in lesson 02, that may take a minute.

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
# No model call, and nothing to pay. `run_in_parallel=False` says that the guardrail comes first. The default runs it beside the agent: one that has to wait, say
# for a model of its own, would come too late.

# %% [markdown]
# ### Temporal, somewhere else
#
# A *profile* says where Temporal is. Here are two: one is ours under another name, at the other address nobody listens.

# %%
Path("temporal.toml").write_text(f"""[profile.shared]
address = "{os.environ["TEMPORAL_ADDRESS"]}"
namespace = "default"

[profile.elsewhere]
address = "127.0.0.1:9"
""")
profile = "env -u TEMPORAL_ADDRESS TEMPORAL_CONFIG_FILE=temporal.toml TEMPORAL_PROFILE="

# %%
worker = worker if lab.pollers() else lab.worker("worker.py")
# !{profile}shared {python} starter.py "Hola, ¿quién eres?"

# %%
# !{profile}elsewhere {python} starter.py "Hola, ¿quién eres?"; echo "exit code $?"

# %% [markdown]
# `env -u` takes our variable away first, since a variable wins over a profile. For Temporal Cloud the profile would hold this; with a key, TLS is on:
#
# ```toml
# [profile.cloud]
# address = "my-namespace.my-account.tmprl.cloud:7233"
# namespace = "my-namespace.my-account"
# api_key = "…"
# ```

# %% [markdown]
# Last, a stop in good order. A worker that is asked to stop takes nothing new and finishes what it has begun. In your own terminal that is
# Ctrl+C.

# %%
guarded.stop()
if worker:
    worker.stop()
    worker.tail(2)

# %% [markdown]
# ## Questions to think about
#
# Which of the settings in `worker.py` would you change for a model that thinks for two minutes? What would an alarm have to look at, to find a stuck run? Why
# may two workers on one queue never run different workflow code for long?
