# %% [markdown]
# # 02 · Temporal, without an agent
#
# Twenty-five minutes. You will start a program before anything can run it, break the service it needs, kill
# its process, and still watch it finish.

# %%
from workshop.lab import Lab

lab = Lab("02_temporal_hello_world")

# %% [markdown]
# ## The activity
#
# *Temporal* is a server that keeps a record of each step a program takes. An **activity** is a step that
# touches the outside world: it may fail, so Temporal runs it again until it succeeds.

# %% include="02_temporal_hello_world/activities.py"

# %% [markdown]
# ## The workflow
#
# A **workflow** is the program: it decides which step comes when. It is ordinary-looking Python that calls
# activities and never touches the network itself. It must make the same decisions each time it is run, so
# it asks neither the clock nor chance. *Replay*, below, shows when it is run again.

# %% include="02_temporal_hello_world/workflow.py"

# %% [markdown]
# ## Start it, before anyone can run it
#
# `start_workflow` asks the server for a run. The request goes onto a **task queue**, a named line of
# waiting work. None of our processes serves that queue yet.
#
# **Predict:** what happens to the run? 1: it fails. 2: it is lost. 3: it waits.

# %%
prediction = None  # 1, 2 or 3?

# %%
import os
from uuid import uuid4

from temporalio.client import Client
from workflow import TASK_QUEUE, WeatherWorkflow

client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
handle = await client.start_workflow(
    WeatherWorkflow.run,
    "CA",
    id=f"weather-{uuid4()}",
    task_queue=TASK_QUEUE,
)

# %%
status = (await handle.describe()).status.name
print("status:", status, "· processes that serve the queue:", lab.pollers())
lab.compare(prediction, 1 if status == "FAILED" else 3)
lab.web_ui(handle)

# %% [markdown]
# Open the link. The status is *Running*, although nothing runs: it means *not finished*.

# %% [markdown]
# ## The worker
#
# A **worker** is a process you run. It asks the task queue for work and runs your code; the server never
# does. This file is all it takes.

# %% include="02_temporal_hello_world/worker.py"

# %% [markdown]
# The next cell starts `worker.py` as a background process and returns once it asks for work.

# %%
worker = lab.worker("worker.py")
print(await handle.result())

# %% [markdown]
# ## The event history
#
# The run that waited has finished. Its **event history** is the server's record of every step: what was
# asked for, what came back, and when. Here it is in raw form.

# %%
from temporalio.api.enums.v1 import EventType

history = await handle.fetch_history()
for event in history.events:
    print(event.event_id, EventType.Name(event.event_type).removeprefix("EVENT_TYPE_"))

# %% [markdown]
# A **workflow task** is one turn of your workflow code: it takes in what is new, runs to its next request,
# and stops. The activity ran between two turns. The same record as a picture:

# %%
await lab.picture(handle)

# %% [markdown]
# ## Retries
#
# The weather service goes down. We start a run and watch. Each execution of an activity is an *attempt*. An
# error ends it; so does `start_to_close_timeout`, the longest that an attempt may take. The wait doubles
# from one attempt to the next.

# %%
lab.fault("unavailable", on="weather")
handle = await client.start_workflow(
    WeatherWorkflow.run,
    "TX",
    id=f"weather-{uuid4()}",
    task_queue=TASK_QUEUE,
)
run = await lab.watch(handle, until=lambda run: run.attempts("get_alerts") >= 3)

# %% [markdown]
# Where are these attempts recorded? Not in the history yet: it gets an activity's start and end together,
# once the activity is over. Follow the link below to *Pending Activities*. The SDK can read the same list:

# %%
for pending in (await handle.describe()).raw_description.pending_activities:
    reason = pending.last_failure.message.splitlines()[0]
    print("next attempt:", pending.attempt, "· the last one failed:", reason)
lab.web_ui(handle)

# %% [markdown]
# The service comes back up. Nobody restarts anything: the run continues at its next attempt. If you spent
# minutes looking around, the wait has grown too, to 100 seconds at most.

# %%
lab.clear_faults()
print(await handle.result())

# %% [markdown]
# ## Replay
#
# Once again the service is down and a run waits between two attempts. Now the worker dies too. The
# workflow's variables lived in that process.
#
# **Predict:** the workflow code prints a line when it starts. By the end, how often will it have been
# printed, counting both processes: 1 or 2?

# %%
prediction = None  # 1 or 2?

# %%
lab.fault("unavailable", on="weather")
handle = await client.start_workflow(
    WeatherWorkflow.run,
    "OH",
    id=f"weather-{uuid4()}",
    task_queue=TASK_QUEUE,
)
await lab.watch(handle, until=lambda run: any(step.last_failure for step in run.steps))
printed = worker.output.count("asking for the alerts of OH")

# %%
# !kill -9 {worker.pid}

# %%
worker.restart()
lab.clear_faults()
print(await handle.result())

# %%
printed += worker.output.count("asking for the alerts of OH")
run = await lab.watch(handle)
lab.compare(prediction, printed, "the log of the two processes", killed=run)

# %% [markdown]
# The new process ran the workflow code again from its first line, to where the run had been: waiting for
# its activity. Had the activity been finished, its result would have been read from the history. That is
# **replay**: workflow code runs again, finished steps don't.

# %% [markdown]
# ## Your turn (3 minutes)
#
# In the cell of `workflow.py`, change the text that `run` returns. Run that cell, then `worker.restart()`.
# Start a run, as under *Start it*, and print its result. The earlier runs keep theirs: it is recorded.

# %% [markdown]
# ## Going further
#
# Four things that surprise people, each with a cell that proves it. They need one more file of workflows,
# one more activity, and a worker that runs them.

# %% include="02_temporal_hello_world/further.py"

# %% include="02_temporal_hello_world/notices.py"

# %% include="02_temporal_hello_world/worker_further.py"

# %%
worker = lab.worker("worker_further.py")

# %% [markdown]
# ### Not every failure deserves a retry
#
# There is no state `XX`, and asking again won't create one. Our activity raises the error as
# *non-retryable*: the run fails at the first attempt and says why.

# %%
from temporalio.client import WorkflowFailureError

handle = await client.start_workflow(
    WeatherWorkflow.run,
    "XX",
    id=f"weather-{uuid4()}",
    task_queue=TASK_QUEUE,
)
try:
    await handle.result()
except WorkflowFailureError as error:
    print("failed:", error.cause.__cause__)
await lab.picture(handle)

# %% [markdown]
# ### Workflow code is not ordinary Python
#
# Replay only works if the code makes the same decisions every time. A clock gives a different answer every
# time. `ReminderWorkflow` uses `workflow.now()`, which comes from the history. Let's break that.

# %%
from pathlib import Path

file = Path("further.py")
broken = file.read_text().replace("import timedelta", "import datetime, timedelta")
file.write_text(broken.replace("asked = workflow.now()", "asked = datetime.now()"))
worker.restart()

# %%
from datetime import timedelta

from further import ReminderWorkflow

handle = await client.start_workflow(
    ReminderWorkflow.run,
    1,
    id=f"reminder-{uuid4()}",
    task_queue=TASK_QUEUE,
    # At first, a failed workflow task is tried again this soon; the default is 10 s.
    task_timeout=timedelta(seconds=2),
)
run = await lab.watch(
    handle,
    until=lambda run: any(task.failure for task in run.workflow_tasks),
    timeout=15,
)
print("status:", run.status)
print("workflow task:", next(task.failure for task in run.workflow_tasks if task.failure))

# %% [markdown]
# The message says what to do with an import that is harmless: *pass it through*, as `workflow.py` does with
# `workflow.unsafe.imports_passed_through()`. A clock isn't harmless: type `workflow.now()` instead.

# %% [markdown]
# The status stays *Running*. A workflow **task** failed, and Temporal keeps retrying it, because code can
# be fixed. So fix it: the same run continues at the next attempt. Retries become less frequent: after a
# minute of reading, the next one may be a minute away.

# %%
file.write_text(file.read_text().replace("asked = datetime.now()", "asked = workflow.now()"))
worker.restart()
print(await handle.result())

# %% [markdown]
# ### Who keeps the time?
#
# `workflow.sleep` asks for a timer, three seconds here. The worker dies while it runs, and nobody restarts
# it yet.
#
# **Predict:** when will the timer fire? 1: after three seconds. 2: once there is a worker. 3: never.

# %%
prediction = None  # 1, 2 or 3?

# %%
handle = await client.start_workflow(
    ReminderWorkflow.run,
    3,
    id=f"reminder-{uuid4()}",
    task_queue=TASK_QUEUE,
)
await lab.watch(handle, until=lambda run: any(step.kind == "timer" for step in run.steps))
worker.crash()


# %%
def fired(run) -> bool:
    """Whether the timer has fired."""
    return any(step.closed for step in run.steps)


run = await lab.watch(handle, until=fired, timeout=10)
served = lab.pollers()
print("fired:", fired(run), "· processes that serve the queue:", served)
lab.compare(prediction, 1 if fired(run) else 2, killed=bool(run.steps) and not served)


# %% [markdown]
# The timer is the server's, and needs no process of ours. The reminder itself is workflow code, so it waits
# for a worker. The times in the history show both:

# %%
worker.restart()
print(await handle.result())
for event in (await handle.fetch_history()).events:
    kind = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
    print(f"{event.event_time.ToDatetime():%H:%M:%S}", kind)

# %% [markdown]
# ### At least once
#
# `post_notice` puts a notice on a board. We make the board slow to *answer* and kill the worker once the
# notice is up, but before the activity has completed.
#
# **Predict:** the workflow calls the activity once. How many notices will be on the board?

# %%
prediction = None  # 0, 1 or 2?

# %%
import asyncio

from further import NoticeWorkflow

lab.weather.clear_notices()
lab.fault("slow", on="weather", delay_s=1, times=1, match="Storm over TX")
handle = await client.start_workflow(
    NoticeWorkflow.run,
    "TX",
    id=f"notice-{uuid4()}",
    task_queue=TASK_QUEUE,
)
while not lab.weather.notices():
    await asyncio.sleep(0.05)
worker.crash()

# %%
worker.restart()
run = await lab.watch(handle)
for notice in lab.weather.notices():
    print(notice["state"], "·", notice["text"])
lab.compare(prediction, len(lab.weather.notices()), "the board", killed=run)

# %% [markdown]
# Two. Temporal couldn't know whether the first attempt had reached the board, so it tried again: an
# activity runs **at least once**. In exercise 03 you will bring it back to one notice, with an idempotency
# key.

# %%
worker.stop()

# %% [markdown]
# ## Questions to think about
#
# Which of your own programs have steps that must not happen twice? Why is an activity's result safe from
# replay when a `print` in the workflow is not? What would it cost to leave a run without a worker for a
# month?

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>Which steps must not happen twice?</summary>
#
# Payments, e-mails, orders: anything a person notices. Give each one a key that stays the same in every
# attempt, and let the receiver refuse a key it has seen. Exercise 03 does this.
#
# </details>
# <details>
# <summary>Why is a result safe from replay, and a <code>print</code> not?</summary>
#
# The result is in the history, and replay reads it from there. A `print` is recorded nowhere, so it happens
# each time the code runs.
#
# </details>
# <details>
# <summary>What does a month without a worker cost?</summary>
#
# Some bytes in a database. No process waits, and no model is called.
#
# </details>
