# %% [markdown]
# # Exercise 06 · Release the refund agent
#
# Thirty-five minutes. You will make an agent ask before it pays, stop dangerous edits before they are
# merged, add a step without breaking open runs, and release a second version next to the first.

# %% [markdown]
# You will know when it works: each task ends with a check. The checks kill your worker, let days pass, edit
# copies of your workflow, and read the event history, the bill and the notice board. Run them as often as
# you like.

# %%
from workshop.lab import Lab

lab = Lab("06_change_it_safely_exercise")

# %% [markdown]
# ## Task A (core, 12 minutes): approval with a deadline
#
# The activities are given; `check_fraud` is for task C. The notice board plays the bank, as in the lesson.

# %% include="06_change_it_safely/exercise/activities.py"

# %% [markdown]
# The agent already stops before it calls `refund_order`. Two stubs are yours: the loop in `run`, and the
# wait in `_decision_on`. If nobody answers for three days, the refund is refused.

# %% include="06_change_it_safely/exercise/workflow.py" lines=76

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# As long as there are `result.interruptions`: take `result.to_state()`, await `self._decision_on(call)` for
# each call, `approve` or `reject` it in the state, and run the agent with that state. For the wait,
# `workflow.wait_condition` takes a function and a `timeout`.
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
# Try it. This cell starts your worker with the files as they are now, and one run. Come back to it after
# each change.

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
# This script belongs in every pull request. It replays all saved histories with the workflow as it is now;
# if one doesn't fit, the exit code is 1. Write `check`.

# %% include="06_change_it_safely/exercise/check_replay.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The lesson's `check_replay.py` has everything you need. `replay_workflow(history,
# raise_on_replay_failure=False)` returns a result; its `replay_failure` is `None` if the history fits.
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
# The check saves the histories of three runs of yours and tries six edits that you haven't seen. Some are
# harmless, some aren't.

# %%
lab.check("06.replay")

# %% [markdown]
# ## Task C (core, 7 minutes): a step for new runs only
#
# Back in the cell of `workflow.py`, make the activity `check_fraud` the first step of `run`. If its verdict
# isn't `"ok"`, the run ends with a sentence. Runs that are already open continue without this step.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `workflow.patched("a name")` is true in a new run, and false when an older history is replayed. Everything
# new goes under that `if`, including the `return`.
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
# To run two versions at once, each worker has to say which version it is, and a command says which one is
# current. Write `deployment` in the first file and `command` in the second.

# %% include="06_change_it_safely/exercise/versioned_worker.py" lines=64

# %% include="06_change_it_safely/exercise/release.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The first is in the lesson's `versioned_worker.py`, the second in its variable `make_current`. In the
# list, each word of the command is one element.
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
# One more kill, for the record: your agent waits for a person, its worker dies, and two days pass. Put in
# your name. The certificate is drawn from the history and the bill, and saved in `my_work/`.

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
    asked = await handle.query(RefundWorkflow.waits_for)
    await handle.execute_update(RefundWorkflow.decide, args=[asked["id"], True])
    print(await handle.result())
    display(await lab.certificate(handle, name="Your Name"))

# %% [markdown]
# ## Questions to think about
#
# 1. When may you remove the `if workflow.patched(…)`, and how can you tell?
# 2. Your replay check is green. Name an edit that still changes what open runs do.
# 3. Why does v1 have to keep running after v2 is current?

# %% [markdown] only="exercise"
# Think first; the answers are at the end of the [solution](../../solutions/06_change_it_safely/exercise/solution.ipynb).

# %% [markdown] only="solution"
# ## Answers
#
# 1. Once no open run began without it. Count them with a query: `ExecutionStatus = "Running"` and a start before the release. Then replace it with `deprecate_patch` for one release, then delete the line.

# %% [markdown] only="solution"
# 2. A new prompt, a different model, a renamed agent. Replay compares the steps, not what they ask for. An open run uses the new prompt from its next call on.

# %% [markdown] only="solution"
# 3. Its open runs are pinned to it, so no other worker may continue them. Keep it until none of its runs is open.

# %% [markdown]
# Ask first, replay before you merge, patch or pin, and practice the rollback.
