# %% [markdown]
# # Exercise 03 · The storm notifier, durable
#
# Thirty-five minutes, and five more for the stretch task. You will make an agent with a side effect survive
# `kill -9` at any moment, and tell each subscriber once.

# %% [markdown]
# You will know when it works: each task ends with a check. The checks run your agent, kill your worker, and
# read the event history, the bill and the notice board. Run them as often as you like.

# %%
from workshop.lab import Lab

lab = Lab("03_durable_agent_exercise")

# %% [markdown]
# ## What is given
#
# The agent's two tools are activities already. One reads alerts, the other posts a notice for a subscriber
# on a board that others read. Run the cell as it is; task 4 comes back to the two lines about `headers`.

# %% include="03_durable_agent/exercise/activities.py"

# %% [markdown]
# The worker is given too. It works, and task 3 will show what its settings cost.

# %% include="03_durable_agent/exercise/worker.py"

# %% [markdown]
# ## Task 1 (core, 7 minutes): the agent in a workflow
#
# The workflow holds the agent. Give it both activities as tools. They answer within a second or two; choose
# a `start_to_close_timeout` that fits.

# %% include="03_durable_agent/exercise/workflow.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `activity_as_tool` takes the activity and the same options as `workflow.execute_activity`. In the lesson's
# `workflow.py` it is in the list `tools=[…]`.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# tools = [
#     activity_as_tool(get_weather, start_to_close_timeout=timedelta(seconds=10)),
#     …
# ]
# ```
#
# The second line is for `post_notice`. A dead worker is noticed only after that time, so don't be too
# generous.
#
# </details>
#
# [Solution](../../solutions/03_durable_agent/exercise/solution.ipynb)

# %% [markdown]
# Try it. This cell starts your worker with the files as they are now, and one run. Come back to it after
# each change.

# %%
import os
from uuid import uuid4

from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, StormNotifierWorkflow

worker = lab.worker("worker.py")
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])
handle = await client.start_workflow(
    StormNotifierWorkflow.run,
    "Post a notice for Ana about the alerts in Texas, and one for Ben about the alerts in Ohio.",
    id=f"storm-notifier-{uuid4()}",
    task_queue=TASK_QUEUE,
)
run = await lab.watch(handle, until=lambda run: run.stuck, timeout=20)
print(run.status, "·", run.result)

# %%
for notice in lab.weather.notices()[-2:]:
    print(notice["subscriber"], "·", notice["state"], "·", notice["text"])

# %%
lab.check("03.durable")

# %% [markdown]
# ## Task 2 (core, 5 minutes): the starter, and where the key belongs
#
# A client of this agent needs a connection, the workflow and a request. Write `notify`. The API key is the
# worker's business: whatever a starter passes on is recorded, for everyone who may read the history.

# %% include="03_durable_agent/exercise/starter.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The cell above under *Try it* has all the parts. A script's own id must be new each time: `uuid4()`.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# handle = await client.start_workflow(
#     StormNotifierWorkflow.run,
#     request,
#     id=f"storm-notifier-{uuid4()}",
#     task_queue=TASK_QUEUE,
# )
# ```
#
# Before it `Client.connect` with the plugin, after it `return await handle.result()`.
#
# </details>
#
# [Solution](../../solutions/03_durable_agent/exercise/solution.ipynb)

# %%
lab.check("03.secret")

# %% [markdown]
# ## Task 3 (core, 8 minutes): noticed within seconds
#
# The worker has the settings many tutorials use: two minutes for a model call, and nothing else. The next
# check kills it in the middle of a call and starts it again at once.
#
# **Predict:** after how many seconds does the server notice?

# %% only="exercise"
prediction = None  # 5, 30 or 120?

# %% only="exercise"
lab.check("03.recovery", prediction=prediction)

# %% [markdown]
# Now fix `MODEL_CALLS` and `STICKY` in the `worker.py` cell. A kill may cost fifteen seconds at most, and a
# slow model must still have half a minute to answer.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# Two waits add up: for the dead worker's *activity*, and then for its next *workflow task*, which is in a
# queue that only the dead worker served (its *sticky* queue). The lesson's `worker.py` has a setting for
# each.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# MODEL_CALLS = ModelActivityParameters(
#     start_to_close_timeout=timedelta(seconds=30),
#     heartbeat_timeout=…,
#     retry_policy=RetryPolicy(maximum_attempts=5),
# )
# STICKY = …
# ```
#
# Five seconds and one second.
#
# </details>
#
# [Solution](../../solutions/03_durable_agent/exercise/solution.ipynb)

# %%
lab.check("03.heartbeat")

# %%
lab.check("03.recovery")

# %% [markdown]
# And what did a kill cost in model calls? You don't need to write anything here. The check kills the worker
# while the second call is being answered, and checks the receipts against the bill.

# %%
lab.check("03.crash")

# %% [markdown]
# ## Task 4 (core, 8 minutes): told once
#
# The worker posts a notice and dies before it can report it. Temporal tries the activity again, as it must.
# **Predict:** how many notices will the subscriber find?

# %% only="exercise"
prediction = None  # 0, 1 or 2?

# %% only="exercise"
lab.check("03.once", prediction=prediction)

# %% [markdown]
# The board offers a way out: a request with an `Idempotency-Key` that it has seen before changes nothing.
# In the `activities.py` cell, give the request such a header. Which key is the same in every attempt, and
# different tomorrow?

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `activity.info()` knows in which run the activity runs. A random number made in the activity would be new
# in each attempt.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# Workflow id, state and subscriber together say which notice is meant. A header must be ASCII, and a name
# may hold an é. `uuid5` makes the same ASCII text of the same words each time:
#
# ```python
# headers = {"Idempotency-Key": str(uuid5(NAMESPACE_URL, purpose))}
# ```
#
# </details>
#
# [Solution](../../solutions/03_durable_agent/exercise/solution.ipynb)

# %%
lab.check("03.once")

# %% [markdown]
# ## Task 5 (core, 7 minutes): a check of your own
#
# All these checks read the event history. You can do that too. Write a function that counts the activities
# of a run. An activity that is being tried for the third time, or is not done yet, counts as one.

# %% include="03_durable_agent/exercise/own_check.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# Lesson 03 counted them after its first run. `history.events` is a list, and each event has one group of
# attributes, named after its type.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# `event.HasField("activity_task_scheduled_event_attributes")` is true for the event that *asks* for an
# activity. The one that reports its end is missing while it is being retried.
#
# </details>
#
# [Solution](../../solutions/03_durable_agent/exercise/solution.ipynb)

# %% [markdown]
# Try it on the run above, then on runs that you have not seen.

# %%
from own_check import count_activities

history = await handle.fetch_history()
try:
    print("activities:", count_activities(history), "· events:", len(history.events))
except NotImplementedError as todo:
    print(todo)

# %%
lab.check("03.own")

# %% [markdown]
# ## Task 6 (stretch, 5 minutes): a model that asks twice
#
# Attempts are one way to post twice. A model may also call the tool twice, worded differently each time.
# This check does that, within one run. Does your key hold?

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# A second tool call is a second activity. Whatever names the *activity* differs; whatever names the *run*
# does not.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# Leave `activity_id` and the text out of the key. What remains is what a notice is *about*: the run, the
# state, the subscriber.
#
# </details>
#
# [Solution](../../solutions/03_durable_agent/exercise/solution.ipynb)

# %%
lab.check("03.again")

# %%
lab.progress()

# %% [markdown]
# ## Your crash certificate
#
# One more kill, for the record. Put in your name. The certificate is drawn from the history and the bill,
# and saved in `my_work/`.

# %%
waiting = lab.progress().next
if waiting and not waiting.stretch:
    print(f"First the core tasks. Next: {waiting.name}")
else:
    worker = lab.worker("worker.py")
    name = f"storm-notifier-{uuid4()}"
    lab.fault("slow", delay_s=2, times=2, match="severity", of=name)  # the call that reads alerts, at both attempts
    handle = await client.start_workflow(
        StormNotifierWorkflow.run,
        "Post a notice for Cleo about the alerts in Florida.",
        id=name,
        task_queue=TASK_QUEUE,
    )
    await lab.model_call_in_flight(handle, for_s=1)
    worker.crash()
    worker.restart()
    print(await handle.result())
    display(await lab.certificate(handle, name="Your Name"))

# %% [markdown]
# ## Questions to think about
#
# 1. Suppose the key were workflow id and `activity_id`. Which kill would still post twice, and what else would?
# 2. Suppose the board forgot its keys after a day. What would that mean for a notice that is retried over a weekend?
# 3. The killed model call was made again in full. Could an `Idempotency-Key` save its price?

# %% [markdown] only="exercise"
# Think first; the answers are at the end of the [solution](../../solutions/03_durable_agent/exercise/solution.ipynb).

# %% [markdown] only="solution"
# ## Answers
#
# 1. No kill: all attempts of one activity share its id. But a model that calls the tool twice makes two activities, with two ids. Workflow id, state and
# subscriber stay the same.

# %% [markdown] only="solution"
# 2. An attempt that comes after the key is forgotten posts again. Keys must outlive the last attempt: limit the time of all attempts together with
# `schedule_to_close_timeout`.

# %% [markdown] only="solution"
# 3. Only if the provider kept its answers by key, and ours does not. So at most one call for each kill and parallel branch is paid twice: that is what
# *at least once* costs here.

# %% [markdown]
# Durable means that nothing recorded is lost. Once-only is what you add where the world can tell the
# difference.
