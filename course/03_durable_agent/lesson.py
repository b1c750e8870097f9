# %% [markdown]
# # 03 · The same agent, durable
#
# Thirty-five minutes. You will move the agent from lesson 01 into a workflow, break its tool, fix it while
# it runs, kill its process in the middle of a model call, and check the receipts against the bill.

# %%
from workshop.lab import Lab

lab = Lab("03_durable_agent")

# %% [markdown]
# <details>
# <summary>Skipped lesson 02? Here are its words.</summary>
#
# A **workflow** decides which step comes when. An **activity** is a step that touches the outside world; if
# it fails, it is tried again. A **worker** is your process that runs both. The server keeps every step in
# the **event history**. In a **replay**, the code runs again and reads what is recorded.
#
# </details>
#
# More terms on one page: the [cheat sheet](../docs/cheat_sheet.html).

# %% [markdown]
# ## The tool becomes an activity
#
# Same code, different decorator. Look at the two lines that call the service: one of them is commented out.
# That is the *bug toggle*; leave it alone for now.

# %% include="03_durable_agent/activities.py"

# %% [markdown]
# ## The agent moves into a workflow
#
# `Agent` and `Runner.run` stay the same. `activity_as_tool` offers the activity to the model as a tool. The
# agent loop itself runs **in the workflow**.

# %% include="03_durable_agent/workflow.py"

# %% [markdown]
# ## The worker gets a plugin
#
# `OpenAIAgentsPlugin` sits on the client. It turns every model call of a workflow into an activity, and
# these are the settings for those calls.

# %% include="03_durable_agent/worker.py"

# %% [markdown]
# What has changed since lesson 01? Lines with a minus are from the plain agent; lines with a plus are new.

# %%
import difflib
from pathlib import Path

plain = Path("../01_agent_hello_world/agent.py")


def agent_lines(file: Path) -> list[str]:
    """The lines of a file from the agent to its answer."""
    text, end = file.read_text(), "final_output)"
    part = text[text.index("agent = Agent(") : text.index(end) + len(end)]
    return [line.strip() for line in part.splitlines() if line.strip() and "async def" not in line]


if plain.exists():
    before, after = agent_lines(plain), agent_lines(Path("workflow.py"))
    print("\n".join(line for line in difflib.ndiff(before, after) if line[0] in "+-"))
else:
    print("There is no agent.py yet: lesson 01 writes it.")

# %%
worker = lab.worker("worker.py")

# %% [markdown]
# ## First run
#
# The client below starts the run. It needs the plugin, too: client and worker must write questions and
# answers in the same format.
#
# **Predict:** this question needs the tool once. How many *activities* will the history contain?

# %%
prediction = None  # 1, 2 or 3?

# %%
import os
from uuid import uuid4

from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, WeatherAgentWorkflow

client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])


async def ask(question: str):
    """Start a run and return its handle at once."""
    return await client.start_workflow(
        WeatherAgentWorkflow.run,
        question,
        id=f"weather-agent-{uuid4()}",
        task_queue=TASK_QUEUE,
    )


handle = await ask("Are there weather alerts in California?")
print(await handle.result())

# %%
history = await handle.fetch_history()
scheduled = [
    event.activity_task_scheduled_event_attributes.activity_type.name
    for event in history.events
    if event.HasField("activity_task_scheduled_event_attributes")
]
print(scheduled)
lab.compare(prediction, len(scheduled))

# %% [markdown]
# Model, tool, model. There is no activity called *agent*: the loop that decides is workflow code; its model
# calls and its tool are activities. Here is the picture:

# %%
await lab.picture(handle)

# %% [markdown]
# ## The bug
#
# Now we give the tool a bug, with an edit you could make by hand. A running worker keeps the activities it
# has loaded, so we restart it.

# %%
lab.toggle_bug(on=True)
worker.restart()

# %%
handle = await ask("Are there weather alerts in Texas?")
run = await lab.watch(handle, until=lambda run: run.attempts("get_weather") >= 3)

# %% [markdown]
# The model has asked for the tool, and the tool fails again and again. In the Web UI (link below),
# *Pending Activities* shows the attempt, the last failure, and when the next attempt is due.

# %%
for pending in (await handle.describe()).raw_description.pending_activities:
    print(pending.activity_type.name, "· next attempt:", pending.attempt)
    print("the last one failed:", pending.last_failure.message)
lab.web_ui(handle)

# %%
before = await lab.receipts(handle)
before

# %% [markdown]
# One model call is recorded, with its receipt. If the process died now, plain Python would lose it. We fix
# the bug and restart the worker. The run itself we leave alone.

# %%
lab.toggle_bug(on=False)
worker.restart()

# %%
print(await handle.result())

# %%
after = await lab.receipts(handle)
print("kept:", before.recorded[0] == after.recorded[0], "· made again:", len(after.repeated))
after

# %% [markdown]
# ## Your turn (3 minutes)
#
# Switch the bug on by hand this time: edit the two lines in the `activities.py` cell, run it, restart the
# worker, ask, watch, and fix it. The worker runs what the cell says only after both steps: run the cell,
# restart the worker.

# %% [markdown]
# ## The crash
#
# The second model call of this run takes 2 seconds. We kill the worker 1.4 seconds into it. By then the
# first model call and the tool are recorded.
#
# **Predict:** how many of the *recorded* calls will be made again? (And think: will the interrupted call go
# on from its middle, or start again?)

# %%
prediction = None  # recorded calls made again: 0, 1 or 2?

# %%
lab.fault("slow", delay_s=2, match="severity")  # the call that reads alerts, at each attempt
handle = await ask("Are there weather alerts in Ohio?")
await lab.model_call_in_flight(handle, for_s=1.4)
before = await lab.receipts(handle)
# !kill -9 {worker.pid}
before

# %%
worker.restart()
run = await lab.watch(handle)
print(await handle.result())

# %% [markdown]
# Look at the gap. During a model call the plugin sends regular signs of life, *heartbeats*. They stopped,
# and within about five seconds the server noticed. Then look at the second attempt: it took as long
# as a whole call. A retry starts the call **from the beginning**.

# %% [markdown]
# Heartbeats find a dead worker. A call that *hangs* goes on sending them; it is ended by
# `start_to_close_timeout`.

# %%
lab.clear_faults()
after = await lab.receipts(handle)
lab.compare(prediction, len(after.repeated), "the bill", killed=after.run)
after

# %% [markdown]
# The receipt recorded before the crash is still there, and no call with the same input was made after it.
# The call in flight was cut off, is listed as *wasted*, and was made again: that one may be charged twice.

# %% [markdown]
# So an activity runs **at least once**. A tool that sends an e-mail could send two; exercise 03 prevents
# that.

# %%
print("recorded before the crash and kept:", set(before.recorded) <= set(after.recorded))
print("lines printed by the new process:", worker.output.count("workflow code runs from the top"))

# %% [markdown]
# The call in flight was made again first. To take in its answer, the new process ran the workflow code from
# the top. When that reached the first model call, the history already held the answer. Replay reads; it does
# not call.
#
# (The dashed second in the picture: the next turn was offered to the dead worker first.)

# %% [markdown]
# ## Going further
#
# ### The same crash, side by side
#
# Lesson 01's plain agent and this one get the same question. One command kills both while their second
# model call is under way. Then both are started again.
#
# **Predict:** for how many calls will the plain agent pay twice, and for how many the durable one?

# %%
prediction = None  # (plain, durable): (1, 0), (2, 1) or (2, 2)?

# %%
lab.bring("agent.py", stage="01_agent_hello_world")
lab.fault("slow", delay_s=6, match="severity")
question = "Are there weather alerts in Texas?"
first = lab.process("agent.py", question)
handle = await ask(question)
await lab.model_call_in_flight(first, handle, for_s=1.5)
# !kill -9 {first.pid} {worker.pid}

# %%
lab.clear_faults()
worker.restart()
second = lab.process("agent.py", question)
print(second.wait())
print(await handle.result())

# %%
both = await lab.compare_bills(handle, plain=(first, second))
lab.compare(prediction, (len(both.plain.twice), len(both.durable.twice)), "the bill", killed=first)
both

# %% [markdown]
# The bill knows who made each call. The plain agent bought everything again; the durable one, only the call
# in flight.
#
# At work nobody hands you such a bill. The history alone gives an upper bound on what a crash cost: every
# attempt without an answer.

# %%
for event in (await handle.fetch_history()).events:
    started = event.activity_task_started_event_attributes
    if started.attempt > 1:
        print("attempt", started.attempt, "after:", started.last_failure.message)
await lab.bill_from_history(handle)

# %% [markdown]
# ### Break it with buttons
#
# Next to each button is its line of code. Break the model with `slow`, run the cell below the panels, press
# *Crash* while it waits, then *Restart*. Or kill the worker in a terminal: the panel notices.

# %%
display(lab.worker_panel(), lab.fault_panel())

# %%
handle = await ask("Are there weather alerts in Nevada?")
run = await lab.watch(handle)

# %% [markdown]
# ### Agents that are nearly right
#
# What makes the difference shows only when something goes wrong. First a tool like ours, but strict: an
# unknown state is an error for it, and not an answer.

# %% include="03_durable_agent/strict.py"

# %% [markdown]
# Both, called by hand with a state that doesn't exist:

# %%
from activities import get_weather
from strict import get_weather_strict
from temporalio.exceptions import ApplicationError

print("returned:", await get_weather("ZZ"))
try:
    await get_weather_strict("ZZ")
except ApplicationError as error:
    print("raised:", error)

# %% [markdown]
# Then a printer for what the Agents SDK reports about a run: a *trace* of nested *spans*. By hand, a trace
# with one span:

# %% include="03_durable_agent/tracing.py"

# %%
from agents import function_span, set_trace_processors, set_tracing_disabled, trace
from tracing import TreePrinter

set_trace_processors([TreePrinter()])
set_tracing_disabled(False)
with trace("By hand"), function_span("get_weather"):
    pass
set_tracing_disabled(True)

# %% [markdown]
# And the agents: three workflows, each with its own flaw, and a worker that runs them all.

# %% include="03_durable_agent/further.py"

# %% include="03_durable_agent/worker_further.py"

# %%
from datetime import timedelta

worker = lab.worker("worker_further.py")


async def start(run, *args):
    """Start any workflow of this lesson. A failed workflow task is tried again after 2 s, not 10."""
    return await client.start_workflow(
        run,
        args=args,
        id=f"further-{uuid4()}",
        task_queue=TASK_QUEUE,
        task_timeout=timedelta(seconds=2),
    )


# %% [markdown]
# ### The plugin does not make every tool durable
#
# Here the tool is decorated with `function_tool`, as in lesson 01. **Predict:** how many tool activities
# will the history contain, 0 or 1?

# %%
prediction = None  # 0 or 1?

# %%
from further import PlainToolWorkflow, StrictToolWorkflow, TwoStepWorkflow

handle = await start(PlainToolWorkflow.run, "Are there weather alerts in California?")
print(await handle.result())
run = await lab.watch(handle)
lab.compare(prediction, sum(step.kind == "tool" for step in run.steps))

# %% [markdown]
# None. The function ran inside the workflow, where the *sandbox* (Temporal's guard around workflow code)
# allows no network access: it failed, unrecorded and never retried, and the model apologized. Whatever
# touches the world must be an activity.

# %% [markdown]
# *Mark the import as pass through*, says the error. That is for modules that only compute, and you'd type
#
# ```python
# with workflow.unsafe.imports_passed_through():
#     import that_module
# ```
#
# Here it would be wrong. Instead of `function_tool(get_weather)`, type
# `activity_as_tool(get_weather, start_to_close_timeout=LIMIT)`.

# %% [markdown]
# ### The same failure, two agents
#
# There is no state called `ZZ`. Our tool returns the service's explanation as JSON, and the model passes it
# on. The strict tool raises an error, and the whole workflow fails.

# %%
from temporalio.client import WorkflowFailureError

question = "Are there weather alerts in the state ZZ?"
print(await (await start(WeatherAgentWorkflow.run, question)).result())
try:
    await (await start(StrictToolWorkflow.run, question)).result()
except WorkflowFailureError as error:
    print("failed:", error.cause.__cause__.__cause__)

# %% [markdown]
# The rule: an answer that the model can use is **returned**; a broken network is **raised**, so that it is
# retried.

# %% [markdown]
# ### Retries do not cure a wrong key
#
# Status 401 means the key is not valid. The plugin marks such errors as non-retryable, so the run fails at
# once instead of asking five times.

# %%
lab.fault("unauthorized", times=1)
handle = await start(WeatherAgentWorkflow.run, "Are there weather alerts in Utah?")
try:
    await handle.result()
except WorkflowFailureError as error:
    print("failed:", error.cause.__cause__)
await lab.receipts(handle)

# %% [markdown]
# ### Traces
#
# `trace("Weather agent")` in the workflow groups what the Agents SDK reports. `TreePrinter` prints it to
# the worker's log, with the workflow's id. With a real key and `add_trace_processor`, the
# same report also goes to the OpenAI platform.

# %%
handle = await start(WeatherAgentWorkflow.run, "Are there weather alerts in Utah?")
await handle.result()
worker.tail(14)

# %% [markdown]
# ### Not every fix is safe
#
# `TwoStepWorkflow` fetches, then sleeps. While it sleeps we swap the two lines and restart. The history
# says: *activity first*. The code now says: *timer first*.

# %%
file = Path("further.py")
lines = file.read_text().splitlines()
[fetch] = [line for line in lines if '"CA"' in line]
[sleep] = [line for line in lines if "workflow.sleep" in line]


def reorder(first: str, second: str):
    """Put these two lines of `further.py` in this order, and load it."""
    file.write_text(file.read_text().replace(f"{second}\n{first}", f"{first}\n{second}"))
    worker.restart()


reorder(fetch, sleep)
handle = await start(TwoStepWorkflow.run)
await lab.watch(handle, until=lambda run: any(step.kind == "timer" for step in run.steps))
reorder(sleep, fetch)

# %%
run = await lab.watch(
    handle,
    until=lambda run: any(task.failure for task in run.workflow_tasks),
    timeout=15,
)
print(run.status, "·", next(task.failure for task in run.workflow_tasks if task.failure))

# %% [markdown]
# *Non-determinism*: replay met a step that is not in the history. Fixing an activity was safe; reordering a
# workflow is not. In production you'd keep both orders with `workflow.patched`, as in lesson 06. Here we
# put the lines back; the next attempt of the workflow task may be a minute away.

# %%
reorder(fetch, sleep)
print((await handle.result())[:60])

# %% [markdown]
# ### A script with its own `asyncio.run`
#
# `starter.py` ends in `asyncio.run(...)`. A notebook already runs an event loop, and Python allows no
# second one inside it. `nest_asyncio` lifts that rule; from Python 3.14 on, its successor does. The course
# needs it only here.

# %% include="03_durable_agent/starter.py"

# %%
import sys

if sys.version_info < (3, 14):
    import nest_asyncio
else:
    import nest_asyncio2 as nest_asyncio

from starter import main

nest_asyncio.apply()
main("Are there weather alerts in Maine?")

# %% [markdown]
# ### Why these settings?
#
# When a worker is killed in the middle of a model call, the server must first *notice*. The table shows
# what we measured on two cores; the script is in `benchmarks/`.
#
# | setting | the interrupted call is tried again after |
# |---|---|
# | 120 s per call, no heartbeat, as tutorials have it | about two minutes |
# | 30 s per call, no heartbeat | half a minute |
# | heartbeat 5 s, sticky queue 1 s: this lesson | 4 to 6 seconds |

# %% [markdown]
# Four questions that come up at this point.
#
# <details>
# <summary><code>start_to_close_timeout</code> or <code>schedule_to_close_timeout</code>?</summary>
#
# The first limits one attempt; always set it. The second limits all attempts together, with the waits
# between them; set it if the answer is worthless after a while.
#
# </details>
# <details>
# <summary>Why not a heartbeat time-out of one second?</summary>
#
# A worker that is only busy would be taken for dead, and its calls would be made and paid again.
# [We tried](../docs/benchmarks.md#which-heartbeat) blocked event loops, garbage collectors and frozen
# machines: 5 s forgives a pause of 2 s, if heartbeats are not held back (see `worker.py`).
#
# </details>
# <details>
# <summary>Does a tool of mine need a heartbeat?</summary>
#
# Only if it runs longer than you want to wait after a crash. The plugin sends heartbeats for model calls.
# In your own activity, call `activity.heartbeat()` now and then, and give it a `heartbeat_timeout`.
#
# </details>
# <details>
# <summary>What does a sticky queue of 1 s cost in production?</summary>
#
# A *sticky queue* is a worker's own queue, for runs that it still has in memory. A worker that is busy for
# longer than that second loses such a run to another one, which replays its history first.
#
# </details>

# %%
worker.stop()

# %% [markdown]
# ## Questions to think about
#
# Why does the heartbeat not reveal a model that hangs? Which setting does? What would two recorded receipts
# with the same input mean? Where would you put a step that must happen only once?

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>Why does the heartbeat not reveal a model that hangs?</summary>
#
# The plugin sends it from the worker, which is alive and well while it waits. `start_to_close_timeout`
# limits how long one attempt may take, and so reveals it.
#
# </details>
# <details>
# <summary>Two recorded receipts with the same input?</summary>
#
# The call was made and recorded twice, so something in the workflow asked twice. After a crash that never
# happens: a recorded answer is read, not bought again.
#
# </details>
# <details>
# <summary>Where does a step belong that must happen only once?</summary>
#
# In an activity of its own, with an idempotency key that the receiving service checks. Temporal promises
# *at least once*; the key turns that into *once*.
#
# </details>
