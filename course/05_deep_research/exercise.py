# %% [markdown]
# # Exercise 05 · A research run that nothing can kill
#
# Two hours in three checkpoints of forty minutes, and twenty more for the stretch tasks. An application
# that keeps its research in memory works well, until its process dies and everything is forgotten. You will
# make it durable: workflow, worker, endpoints.

# %% [markdown]
# You will know when it works: each checkpoint ends with a check that kills your processes and reads the
# event history and the bill. Stuck? `lab.rescue("…")` puts the solution's file in place of yours, keeps a
# copy of yours, and lets you go on. The progress panel says so.

# %%
from workshop.lab import Lab

lab = Lab("05_deep_research_exercise")

# %% [markdown]
# ## What is given
#
# The five agents, the data types and the protection of the web server are the lesson's. This cell copies
# them into your folder.

# %%
lab.bring("deep_research/agents", "deep_research/models.py", "deep_research/connection.py", "deep_research/__init__.py")
lab.bring("deep_research/web/__init__.py", "deep_research/web/patience.py", "deep_research/web/protection.py")

# %% [markdown]
# The pipeline makes every model call and doesn't know where it runs. `known.py` is the state of one
# research run, as plain data. You won't change a line of either.

# %% include="05_deep_research/exercise/pipeline.py"

# %% include="05_deep_research/exercise/known.py"

# %% [markdown]
# And here is the application: a research run in memory, and a server that keeps its runs in a dict.

# %% include="05_deep_research/exercise/in_memory.py"

# %% include="05_deep_research/exercise/web_forms.py" jupyter={"source_hidden": true}

# %% include="05_deep_research/exercise/in_memory_server.py"

# %% [markdown]
# ## Checkpoint 1 (core, 40 minutes): the workflow
#
# ### What there is to lose (8 minutes)
#
# First, a script that plays the human over HTTP. At the end of the exercise it will still work, unchanged.
# Write `answer` and `status`.

# %% include="05_deep_research/exercise/drive.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `start` and `result` show how a call is made. A response has a `status_code`; `raise_for_status()` raises
# for everything from 400 on.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# response = httpx.get(f"{server}/api/status/{session_id}", timeout=30)
# if response.status_code == 404:
#     return None
# response.raise_for_status()
# return response.json()
# ```
#
# `answer` is a `post` with `json={"answer": text}`.
#
# </details>
#
# [Solution](../../solutions/05_deep_research/exercise/solution.ipynb)

# %% [markdown]
# Try it. The server starts on its own port.

# %%
import drive

server = lab.server("in_memory_server.py")
session = drive.start(server.url, "Tell me about caching")
for question in session["clarification_questions"]:
    print("?", question)

# %%
try:
    drive.answer(server.url, session["session_id"], 0, "For a web API in Python")
    print(drive.status(server.url, session["session_id"])["clarification_responses"])
except NotImplementedError as todo:
    print(todo)

# %% [markdown]
# **Predict:** the server is killed with `kill -9` and started again. What does `status` say about your
# session?

# %%
prediction = None  # 1: your answer and the next question, 2: the session without its answer, 3: no such session?

# %%
server.crash()
server.restart()
try:
    left = drive.status(server.url, session["session_id"])
    seen = 3 if left is None else 1 if left["clarification_responses"] else 2
    lab.compare(prediction, seen, source="the server")
except NotImplementedError as todo:
    print(todo)
server.stop()

# %%
lab.check("05.loses")

# %% [markdown]
# ### The same research as a workflow (32 minutes)
#
# Compare it with `in_memory.py`: `run` is the same, line by line. What's new: two waits; calls from outside
# (an *Update* changes something and replies, a *Query* only reads); and a *validator*, which can refuse an
# Update before it is recorded.

# %% include="05_deep_research/exercise/research_workflow.py"

# %% [markdown]
# It must do three things: refuse an answer that comes out of turn, keep an answer once even if it is sent
# twice (a double click), and write nothing to the history while a human thinks.

# %% [markdown] only="exercise"
# <details><summary>Hint: waiting</summary>
#
# `await workflow.wait_condition(lambda: …)` continues once the condition is true. It is checked after every
# Update and costs nothing in between. A handler may wait the same way.
#
# </details>
# <details><summary>Hint: answering once</summary>
#
# In `in_memory.py`, `answer` does three things: it accepts a repeated answer, refuses a wrong one, and
# keeps a new one. The first two belong in the validator, the third in the handler. Refuse with
# `ApplicationError("…", type="OutOfTurn")`.
#
# </details>
# <details><summary>Bigger hint: start_research</summary>
#
# ```python
# self.known.query = self.known.query or given.query
# await workflow.wait_condition(lambda: self.known.stage not in (Stage.PENDING, Stage.TRIAGE))
# return self.known.status()
# ```
#
# </details>
# <details><summary>Bigger hint: the validator</summary>
#
# ```python
# if (given.question_index, given.answer) in list(enumerate(self.known.answers)):
#     return
# if given.question_index != … or self.known.is_answered:
#     raise ApplicationError("This question is not the open one.", type="OutOfTurn")
# ```
#
# </details>
#
# [Solution](../../solutions/05_deep_research/exercise/solution.ipynb)

# %% [markdown]
# The worker has the settings many people start with: two minutes for a model call, and nothing else. Run
# the cell as it is; checkpoint 2 comes back to it.

# %% include="05_deep_research/exercise/run_worker.py"

# %% [markdown]
# Try it: start, ask, answer. Come back to this cell after each change.

# %%
from datetime import timedelta
from uuid import uuid4

from deep_research.connection import connect
from deep_research.models import SingleClarificationInput, UserQueryInput
from research_workflow import TASK_QUEUE, InteractiveResearchWorkflow
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError as NoAnswer
from temporalio.openai_agents import OpenAIAgentsPlugin

within = timedelta(seconds=8)
worker = lab.worker("run_worker.py")
client = await connect(plugins=[OpenAIAgentsPlugin()])
handle = await client.start_workflow(InteractiveResearchWorkflow.run, id=f"research-{uuid4()}", task_queue=TASK_QUEUE)
try:
    query = UserQueryInput(query="Tell me about caching")
    known = await handle.execute_update(InteractiveResearchWorkflow.start_research, query, rpc_timeout=within)
    for question in known.clarification_questions:
        print("?", question)
    first = SingleClarificationInput(answer="For a web API in Python", question_index=0)
    known = await handle.execute_update(InteractiveResearchWorkflow.provide_clarification, first, rpc_timeout=within)
    print("open now:", known.current_question)
except NoAnswer:
    print("No answer within 8 s. Why? The last words of the worker's log:")
    worker.tail(1)
await handle.terminate("tried")

# %%
lab.check("05.workflow")

# %% [markdown] only="exercise"
# Stuck, or out of time? `lab.rescue("research_workflow.py")` in a cell of its own. Then go on here.

# %% [markdown]
# ## Checkpoint 2 (core, 40 minutes): the worker
#
# The check kills your worker while five searches run, and starts it again at once. **Predict:** with the
# settings as they are, after how many seconds are the searches made again?

# %% only="exercise"
prediction = None  # 5, 30 or 120?

# %% only="exercise"
lab.check("05.worker", prediction=prediction)

# %% [markdown]
# Now fix `MODEL_CALLS` and `worker` in the cell of `run_worker.py`. You want four things:
#
# 1. a dead worker is detected within seconds, while a slow model is left alone,
# 2. a call that keeps failing is given up,
# 3. the next worker goes on within seconds,
# 4. an agent's error ends the research with its reason.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The first two are settings of the *model calls*, the other two of the *worker*. Exercise 03 needed three
# of the four; the lesson's `run_worker.py` has them all.
#
# </details>
# <details><summary>Bigger hint: model calls</summary>
#
# ```python
# MODEL_CALLS = ModelActivityParameters(
#     start_to_close_timeout=timedelta(seconds=120),
#     heartbeat_timeout=…,
#     retry_policy=RetryPolicy(maximum_attempts=…),
# )
# ```
#
# Five seconds, and five attempts. Or limit the time for all attempts, as the lesson does:
# `schedule_to_close_timeout=timedelta(hours=24)`.
#
# </details>
# <details><summary>Bigger hint: the worker</summary>
#
# `sticky_queue_schedule_to_start_timeout` is how long a workflow task may wait in a dead worker's queue:
# one second. `workflow_failure_exception_types` lists the exceptions that fail the whole workflow; others
# only fail its task: `[AgentsException]`.
#
# </details>
#
# [Solution](../../solutions/05_deep_research/exercise/solution.ipynb)

# %%
done = lab.check("05.worker")

# %% [markdown]
# See it with your own eyes: a research run, a kill in the middle of the searches, and a picture of what
# happened.

# %%
if done:
    worker = lab.worker("run_worker.py")
    lab.fault("slow", delay_s=2, match="Search the web for")
    handle = await client.start_workflow(InteractiveResearchWorkflow.run, id=f"research-{uuid4()}", task_queue=TASK_QUEUE)
    query = UserQueryInput(query="What is the difference between a Signal and an Update in a Temporal workflow?")
    await handle.execute_update(InteractiveResearchWorkflow.start_research, query, rpc_timeout=within)
    await lab.model_call_in_flight(handle, for_s=1)
    worker.crash()
    worker.restart()
    await lab.watch(handle, timeout=20)
    lab.clear_faults()
    display(await lab.receipts(handle))
else:
    print("First the check above.")

# %% [markdown] only="exercise"
# Stuck? `lab.rescue("run_worker.py")`.

# %% [markdown]
# ## Checkpoint 3 (core, 40 minutes): the endpoints
#
# The same server, without the dict. It needs a connection, a way from a run's id to its handle, and HTTP
# answers for Temporal's refusals. Those are given.

# %% include="05_deep_research/exercise/temporal_web.py"

# %% [markdown]
# The endpoints are yours. Each is one call to a workflow. Keep nothing in a variable: you should be able to
# kill a web server.
#
# The two lines with `session_id = …` and `is_healthy = …` are stretch tasks; leave them for now.

# %% include="05_deep_research/exercise/run_server.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `client().start_workflow(…)` starts a research run. `research(session_id)` returns the handle of one: it
# has `query`, `execute_update` and `result`. The cells under *Try it* in checkpoint 1 make the same calls.
#
# </details>
# <details><summary>Bigger hint: start</summary>
#
# ```python
# handle = await client().start_workflow(InteractiveResearchWorkflow.run, id=session_id, task_queue=TASK_QUEUE)
# return shown(handle.id, await handle.execute_update(…, given))
# ```
#
# </details>
# <details><summary>Bigger hint: the others</summary>
#
# ```python
# return shown(session_id, await research(session_id).query(InteractiveResearchWorkflow.get_status))
# ```
#
# An answer is a `SingleClarificationInput(answer=given.answer, question_index=question_index)`; it goes out
# with `execute_update`. A report becomes a dict with `report.model_dump()`.
#
# </details>
#
# [Solution](../../solutions/05_deep_research/exercise/solution.ipynb)

# %% [markdown]
# Try it, with the script from checkpoint 1. The script can't tell the difference.

# %%
import httpx

worker = lab.worker("run_worker.py")
try:
    server = lab.server("run_server.py")
    session = drive.start(server.url, "Tell me about caching")
    drive.answer(server.url, session["session_id"], 0, "For a web API in Python")
    server.crash()
    server.restart()
    print(drive.status(server.url, session["session_id"])["clarification_responses"])
except (httpx.HTTPStatusError, NotImplementedError) as problem:
    print(problem)
    server.tail(1)

# %%
lab.check("05.endpoints")

# %% [markdown] only="exercise"
# Stuck? `lab.rescue("run_server.py")`.

# %% [markdown]
# ## Task 4 (stretch, 12 minutes): a double click on *start*
#
# A browser that got no answer sends its request again, with the same `Idempotency-Key`. Two clicks must
# start only one research run, even if the server was killed in between. In `run_server.py`, derive the id
# from the key.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `uuid5(NAMESPACE_URL, text)` makes the same id from the same text, in every process. And what does
# `start_workflow` do if a run with that id is already open? See its `id_conflict_policy`.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# session_id = f"research-{uuid5(NAMESPACE_URL, idempotency_key) if idempotency_key else uuid4()}"
# ```
#
# And in `start_workflow`: `id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING`.
#
# </details>
#
# [Solution](../../solutions/05_deep_research/exercise/solution.ipynb)

# %%
lab.check("05.double_click")

# %% [markdown]
# ## Task 5 (stretch, 8 minutes): an honest health
#
# `is_healthy = True` is wishful thinking. Without a worker, no research makes progress and every Update
# waits. Make `/api/health` tell the truth within seconds.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `deep_research/connection.py` has a function that waits for a worker's next report. One comes every
# second: find the line in `run_worker.py`.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# is_healthy = await is_served(client(), TASK_QUEUE)
# ```
#
# </details>
#
# [Solution](../../solutions/05_deep_research/exercise/solution.ipynb)

# %%
lab.check("05.health")

# %%
lab.progress()

# %% [markdown]
# ## Questions to think about
#
# 1. The research has ended, and the same key arrives once more. What happens, and which setting decides?
# 2. You want to change `run` while a hundred research runs wait for their humans. What may you change, and what not?
# 3. Temporal itself is killed in mid search. Which of your three files has to know?

# %% [markdown] only="exercise"
# Think first; the answers are at the end of the [solution](../../solutions/05_deep_research/exercise/solution.ipynb).

# %% [markdown] only="solution"
# ## Answers
#
# 1. Only an open run causes a conflict, so a second run starts under the same id. `id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE` refuses it; the server could then answer with the result it already has.

# %% [markdown] only="solution"
# 2. Replay must produce what their histories hold, so triage and questions have to stay. Whatever is still ahead of all of them, such as the writer, may change. For the rest, use `workflow.patched`.

# %% [markdown] only="solution"
# 3. None of them. Workers and servers keep trying to reach it, and the history is in its database. Meanwhile, calls that a human waits for fail, and `temporal_web.py` turns that into a 503.

# %% [markdown]
# You can kill the server, the worker, or both, overnight. What a human has answered is never asked again.
