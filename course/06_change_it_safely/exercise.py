# %% [markdown]
# # Exercise 06 · Release the refund agent
#
# Thirty-five minutes. You will make an agent ask before it pays, keep dangerous edits from being merged, add a step without breaking open runs, and release a second version beside the
# first.

# %% [markdown]
# You will know that it works: each task ends with a check. The checks kill your worker, let days pass, edit copies of your workflow, and look at the history, the bill and
# the notice board.

# %%
from workshop.lab import Lab

lab = Lab("06_change_it_safely_exercise")

# %% [markdown]
# ## Task A (core, 12 minutes): approval with a deadline
#
# The activities are given. `check_fraud` is for task C.

# %% include="06_change_it_safely/exercise/activities.py"

# %% [markdown]
# The agent already stops before it calls `refund_order`. Fill in the two stubs: the loop in `run`, and the wait in `_decision_on`. After three days without an
# answer, the refund is refused.

# %% include="06_change_it_safely/exercise/workflow.py" lines=76

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# In a loop: `state = result.to_state()`; for each call in `result.interruptions` await `self._decision_on(call)`, then `state.approve(call)` or `state.reject(call, rejection_message=…)`;
# then run the agent with that state. `workflow.wait_condition` takes a function and a `timeout`.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# while result.interruptions:
#     state = result.to_state()
#     for call in result.interruptions:
#         …
#     result = await Runner.run(agent, state)
# ```
#
# ```python
# try:
#     await workflow.wait_condition(lambda: bool(self.decision), timeout=DEADLINE)
# except TimeoutError:
#     self.decision = …
# ```
#
# </details>
#
# [Solution](../../solutions/06_change_it_safely/exercise/solution.ipynb)

# %% include="06_change_it_safely/exercise/worker.py"

# %% [markdown]
# Try it. This cell starts your worker with the files as they are now, and one run. Come back to it after each change.

# %%
import os
from uuid import uuid4

from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, RefundWorkflow

worker = lab.worker("worker.py")
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])
handle = await client.start_workflow(
    RefundWorkflow.run,
    "Please refund order 1208: the raincoat is torn.",
    id=f"refund-{uuid4()}",
    task_queue=TASK_QUEUE,
)
run = await lab.watch(handle, until=lambda run: run.stuck or run.find("timer"), timeout=20)
print(run.status, "·", await handle.query(RefundWorkflow.waits_for) if run.is_open and not run.stuck else run.result)

# %%
lab.check("06.approval")

# %% [markdown]
# ## Task B (core, 8 minutes): the replay check
#
# A script for every pull request: it replays all saved histories with the workflow as it is now. One that doesn't fit makes the exit code 1. Write
# `check`.

# %% include="06_change_it_safely/exercise/check_replay.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The lesson's `check_replay.py` has it all. `replay_workflow(history, raise_on_replay_failure=False)` returns a result whose `replay_failure` is `None` if the history
# fits.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# replayer = Replayer(
#     workflows=[RefundWorkflow],
#     plugins=[OpenAIAgentsPlugin()],
#     workflow_failure_exception_types=[AgentsException],
# )
# ```
#
# An empty list proves nothing: return `False` for it.
#
# </details>
#
# [Solution](../../solutions/06_change_it_safely/exercise/solution.ipynb)

# %% [markdown]
# The check makes three histories of your runs and tries six edits that you have not seen. Some are harmless, some are not.

# %%
lab.check("06.replay")

# %% [markdown]
# ## Task C (core, 7 minutes): a step for new runs only
#
# Back in the cell of `workflow.py`: the first thing in `run` should be the activity `check_fraud`. If its verdict is not `"ok"`, the run ends with a sentence. Runs that are open go on
# without it.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `workflow.patched("a name")` is true in a new run, and false in the replay of a history without it. Everything new goes below that `if`, the `return` too.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# if workflow.patched("fraud-check"):
#     verdict = await workflow.execute_activity(check_fraud, request, start_to_close_timeout=STEP_TIME)
#     …
# ```
#
# </details>
#
# [Solution](../../solutions/06_change_it_safely/exercise/solution.ipynb)

# %%
lab.check("06.patched")

# %% [markdown]
# ## Task D (core, 8 minutes): the release
#
# Two versions at once need a worker that says which one it is, and a command that says which one is current. Write `deployment` in the first file and `command` in the
# second.

# %% include="06_change_it_safely/exercise/versioned_worker.py" lines=64

# %% include="06_change_it_safely/exercise/release.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The lesson's `versioned_worker.py` has the first, its variable `make_current` the second. In a list, each word is an element of its own.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# return WorkerDeploymentConfig(
#     version=WorkerDeploymentVersion(DEPLOYMENT, os.environ["BUILD_ID"]),
#     use_worker_versioning=…,
#     default_versioning_behavior=…,
# )
# ```
#
# The command: `temporal worker deployment set-current-version --deployment-name … --build-id … --yes`.
#
# </details>
#
# [Solution](../../solutions/06_change_it_safely/exercise/solution.ipynb)

# %%
lab.check("06.release")

# %%
lab.progress()

# %% [markdown]
# ## Your crash certificate
#
# One more kill, for the record: while your agent waits for a person, and two days pass. Put in your name. The certificate is drawn from the history and the bill, and saved in `my_work/`.

# %%
from datetime import timedelta

waiting = lab.progress().next
if waiting:
    print(f"First the core tasks. Next: {waiting.name}")
else:
    worker = lab.worker("worker.py")
    handle = await client.start_workflow(
        RefundWorkflow.run,
        "Please refund order 1207: the umbrella leaks.",
        id=f"refund-{uuid4()}",
        task_queue=TASK_QUEUE,
    )
    await lab.watch(handle, until=lambda run: run.find("timer"))
    worker.crash()
    await lab.fast_forward(handle, timedelta(days=2))
    worker.restart()
    await handle.execute_update(RefundWorkflow.decide, True)
    print(await handle.result())
    display(await lab.certificate(handle, name="Your Name"))

# %% [markdown]
# ## Questions to think about
#
# 1. When may the `if workflow.patched(…)` be taken out, and what shows you that?
# 2. Your replay check is green. Name an edit that still changes what open runs do.
# 3. Why does v1 have to keep running after v2 is current?

# %% [markdown] only="solution"
# ## Answers
#
# 1. When no run is open that began without it. A query counts them: `ExecutionStatus = "Running"` and an earlier start, or the version. Then `deprecate_patch` for one release, then nothing.

# %% [markdown] only="solution"
# 2. A new prompt, another model, another name. Replay compares the steps, not what they ask. The next call of an open run already has the new text.

# %% [markdown] only="solution"
# 3. Its open runs are pinned to it: nobody else may go on with them. Keep it until the count of its open runs is zero.

# %% [markdown]
# Ask first, replay before you merge, patch or pin, and know the way back.
