# %% [markdown]
# # 05 · A research run that waits for you
#
# Forty-five minutes. You will run an application that asks clarifying questions, waits for you as long as
# it takes, and searches in parallel. Then you take away its worker, its web server, and Temporal itself.
# Histories and the bill show what that costs.

# %%
from workshop.lab import Lab

lab = Lab("05_deep_research")

# %% [markdown]
# ## What is given
#
# Ask → is the question clear? → questions to you → plan → searches in parallel → report. Five small agents,
# the data between them, and the web pages are finished. This cell copies them into your folder; have a look
# at one or two of the agents.

# %%
lab.bring()

# %% [markdown]
# ## The pipeline
#
# Every model call of a research run is in this file, as plain `asyncio`. `gather` runs the searches side by
# side, at most `AT_ONCE` of them. A search that fails for good is named in the report, and the others go
# on.

# %% include="05_deep_research/deep_research/workflows/research_manager.py" lines=90

# %% [markdown]
# ## The workflow
#
# It adds the human. An **Update** brings something in (the query, an answer, a skip) and replies. Its
# **validator** may refuse first. A **Query** only reads.

# %% [markdown]
# Read `run` from top to bottom. (`self.enter`, `self.done` and `self.approval` come from `steering.py` in the
# same folder.) `wait_condition` holds it until an Update has changed the stage.
# `start_research` returns as soon as the questions are known; it does none of the research itself.

# %% include="05_deep_research/deep_research/workflows/research_workflow.py" lines=140

# %% [markdown]
# ## The worker
#
# Two things are new. A model call may take two minutes, because a long report needs them; the heartbeat
# still reveals a dead worker after five seconds. And calls are retried by time, for a day, not by number: an
# outage of hours is waited out.

# %% include="05_deep_research/run_worker.py" lines=72

# %%
worker = lab.worker("run_worker.py")
server = lab.server("run_server.py")
display(lab.web_app(), lab.web_ui())

# %% [markdown]
# ## A research run in code
#
# Start the workflow, then send the query. The Update returns when triage has decided. The *memo* is a note
# on the outside of a run: whoever lists runs sees what each is about.

# %%
import os
from uuid import uuid4

from deep_research.models import SingleClarificationInput, UserQueryInput
from deep_research.workflows.research_workflow import TASK_QUEUE
from deep_research.workflows.research_workflow import InteractiveResearchWorkflow as Research
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin

client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])


async def ask(query: str, name: str = ""):
    """Start a research run. Returns its handle and its status, with the questions, if there are any."""
    handle = await client.start_workflow(
        Research.run,
        id=name or f"research-{uuid4()}",
        task_queue=TASK_QUEUE,
        memo={"query": query},
    )
    return handle, await handle.execute_update(Research.start_research, UserQueryInput(query=query))


handle, status = await ask("caching")
print(status.status, *status.clarification_questions, sep="\n· ")

# %% [markdown]
# The run is open, and nothing runs: it waits. Answer the first question, skip the rest, and watch the
# searches.
#
# A report repeats what web pages say, and a notebook would run any script that comes with them.
# `lab.report` leaves the scripts out.

# %%
answer = SingleClarificationInput(answer="web services in Python", question_index=0)
status = await handle.execute_update(Research.provide_clarification, answer)
print("The next question would be:", status.current_question)

await handle.execute_update(Research.skip_clarifications)
await lab.watch(handle)
lab.report((await handle.result()).markdown_report)

# %% [markdown]
# ## The same with buttons
#
# Ask something of your own here, or in the web application at the link above. Each button shows its line of
# code. Meanwhile, go on with the notebook: the console works while cells run.

# %%
lab.research_console()

# %% [markdown]
# ## Nobody is there
#
# A broad query, one answer; then the worker stops, as with Ctrl+C. From here on, no process knows about
# this research run.

# %%
handle, status = await ask("durable execution")
answer = SingleClarificationInput(answer="agents in Python", question_index=0)
await handle.execute_update(Research.provide_clarification, answer)
worker.stop()
before = (await handle.describe()).history_length

# %%
import asyncio

await asyncio.sleep(2)  # by hand: ten seconds, or a weekend
print("events while nobody was there:", (await handle.describe()).history_length - before)

worker.restart()
status = await handle.query(Research.get_status)
print("query: ", status.query)
print("asked: ", *status.clarification_questions, sep="\n  · ")
print("answers: ", status.clarification_responses)

await handle.execute_update(Research.skip_clarifications)
print("report: ", (await handle.result()).short_summary)
await lab.picture(handle)

# %% [markdown]
# The new process had never seen this research run. It replayed the history: query, questions and answer
# were in it. Waiting adds no event, holds no process and calls no model, so a month costs the same as a
# second.

# %% [markdown]
# ## Killed while five searches run
#
# Two of the five searches become slow. When the other three are recorded, we kill the worker. By then,
# seven model calls have begun: triage, plan, five searches.
#
# **Predict:** how many of the seven will be made again?

# %%
prediction = None  # 0, 2, 5 or 7?

# %%
name = f"research-{uuid4()}"
lab.fault("slow", delay_s=8, times=2, match="Search the web", of=name)
handle, status = await ask("How can a Python service survive crashes?", name)
await lab.watch(handle, until=lambda run: len(run.receipts) == 5)
before = await lab.receipts(handle)
# !kill -9 {worker.pid}
before

# %%
worker.restart()
await lab.watch(handle)
after = await lab.receipts(handle)
lab.compare(prediction, len(after.wasted) + len(after.repeated), "the bill", killed=after.run)
print("recorded before the kill and kept:", set(before.recorded) <= set(after.recorded))
after

# %% [markdown]
# `gather` is one line of Python, and yet each search lives on its own: three were recorded and are only
# read; two were in flight and are made again in full. Nobody had to keep a list of finished work.

# %% [markdown]
# ## Your turn (3 minutes)
#
# In the cell of `research_manager.py`, set `AT_ONCE = 1`. Run it, restart the worker, run
# `lab.fault("slow", delay_s=2)`, ask, and watch the picture. How long does the research take now? How many
# calls would a kill cost? Afterwards, `lab.clear_faults()`, put the old value back, run the cell, and
# restart the worker.

# %% [markdown]
# ## Chaos
#
# One research run, and a worker that dies at random moments, again and again. Twelve seconds here; in a
# classroom, use `seconds=60` and a slower model, and let people bet.

# %%
lab.fault("slow", delay_s=1.5, seconds=12)
handle, status = await ask("How do Python web frameworks compare?")
await lab.chaos(handle, seconds=12)

# %% [markdown]
# ## Overnight
#
# Answer one question, then close everything, the Codespace too. Tomorrow the first cell of this notebook
# will say how long the research waited for you, and what that cost. Its id is fixed: this cell finds the
# same run again, and sending the same answer twice counts once.

# %%
from temporalio.common import WorkflowIDConflictPolicy

overnight = await client.start_workflow(
    Research.run,
    id="research-overnight",
    task_queue=TASK_QUEUE,
    memo={"query": "job queues"},
    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
)
await overnight.execute_update(Research.start_research, UserQueryInput(query="job queues"))
answer = SingleClarificationInput(answer="a small team with one server", question_index=0)
status = await overnight.execute_update(Research.provide_clarification, answer)
print("It waits for this answer of yours:", status.current_question)
lab.status()

# %% [markdown]
# ## Going further
#
# What is refused, what a failed search leaves behind, and what happens when the model, the web server or
# Temporal is gone.

# %% [markdown]
# ### Refused
#
# An answer to a question that is not open: the validator says no. A refused Update is not recorded; the
# history has no more events than before.

# %%
from temporalio.client import WorkflowUpdateFailedError

length = (await overnight.describe()).history_length
try:
    await overnight.execute_update(
        Research.provide_clarification, SingleClarificationInput(answer="Too early.", question_index=2)
    )
except WorkflowUpdateFailedError as error:
    print("refused:", error.cause)
print("events more than before:", (await overnight.describe()).history_length - length)

# %% [markdown]
# ### A search that fails for good
#
# Status 400 is not retried. One search of five is lost. The report is still written, and says what was not
# looked at.

# %%
lab.fault("bad_request", times=1, match="best practices")
handle, status = await ask("How do Python web frameworks compare?")
report = await handle.result()
print(report.markdown_report[report.markdown_report.index("## Searches that failed") :])
for search in (await handle.query(Research.get_status)).searches:
    print(search.state, "·", search.query)

# %% [markdown]
# ### The model is away
#
# A server in trouble is different: it will be back. Such a call is retried for a length of time, here up to
# a day, and not a number of times. The run's description says which attempt this is, why, and when the next
# one is due; so does the web page.

# %%
name = f"research-{uuid4()}"
lab.fault("unavailable", seconds=12, match="Search the web", of=name)
handle, status = await ask("How do Python web frameworks handle errors?", name)
await asyncio.sleep(5)
for call in (await handle.describe()).raw_description.pending_activities:
    due = call.next_attempt_schedule_time.ToDatetime()
    print(f"attempt {call.attempt} · {call.last_failure.message} · next attempt at {due:%H:%M:%S} UTC")

await lab.watch(handle)
await lab.receipts(handle)

# %% [markdown]
# ### The web server holds nothing
#
# The web application asks the server, and the server asks Temporal. We kill it and ask its successor. A
# page that was open in your browser reconnects by itself.

# %%
import httpx

server.crash()
server.restart()
answer = httpx.get(f"{server.url}/api/status/{overnight.id}", trust_env=False).json()
print(answer["query"], "·", answer["status"], "·", answer["clarification_responses"])
lab.web_app(overnight, "This research in the browser")

# %% [markdown]
# ### Temporal stops
#
# The last process that everything depends on. Its histories are in a database file. We stop the server
# while two searches run, and start it again. What happens to the two searches?

# %%
name = f"research-{uuid4()}"
lab.fault("slow", delay_s=4, times=2, match="Search the web", of=name)
handle, status = await ask("Compare durable execution with job queues for AI agents", name)
await lab.watch(handle, until=lambda run: len(run.receipts) == 5)
lab.stop_temporal()

# %%
print("The web server says:", httpx.get(f"{server.url}/api/health", trust_env=False).json().get("detail", "all is well"))
lab.start_temporal()
await lab.watch(handle)
await lab.receipts(handle)

# %% [markdown]
# The worker kept running. The five seconds of the heartbeat timeout count from its last heartbeat. Was the
# server back by then? Then the searches delivered what they had found, in one attempt each. On a busy machine
# it takes longer, and they were made again. No recorded call ever was.

# %% [markdown]
# ## What you have seen
#
# A person is one more step of a workflow, reached by Updates, and waiting is free. Parallel calls are
# recorded one by one. Any process may die: worker, web server, Temporal. What is recorded is never made
# again; what was in flight is.

# %% [markdown]
# ## Questions to think about
#
# Why does `start_research` not do the research? What would a double click cost without `question_index`?
# Which of your own applications waits for a person, and where does it keep its state meanwhile?
#
# The exercise begins with the same application, with its state in memory. It works, until you kill it.

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>Why does <code>start_research</code> not do the research?</summary>
#
# The caller would have to hold a connection open for minutes. It returns as soon as the questions are
# known; the run goes on by itself, and anyone may ask how far it is.
#
# </details>
# <details>
# <summary>What would a double click cost without <code>question_index</code>?</summary>
#
# The second click would answer the next question with the answer meant for this one. With the index, the
# validator can tell, and the same answer twice counts once.
#
# </details>
