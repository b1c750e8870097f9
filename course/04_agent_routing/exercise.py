# %% [markdown]
# # Exercise 04 · A fourth specialist, and a guard at the door
#
# Twenty-five minutes, of which five are a stretch. You will add an agent to a running application, prove
# that a crash costs it nothing, and keep e-mail addresses away from every model.

# %% [markdown]
# You will know when it works: each task ends with a check. It asks in sentences that you have not seen,
# kills your worker, and reads the event history. Run it as often as you like.

# %%
from workshop.lab import Lab

lab = Lab("04_agent_routing_exercise")

# %% [markdown]
# ## Task 1 (core, 9 minutes): one more language
#
# The lesson's application, on its own task queue. Choose a language, and write a specialist for it next to
# the three. Name it after the language, in English: *German Agent*, *Italian Agent*, *Japanese Agent*.
#
# The guardrail above it is task 3; leave it for now.

# %% include="04_agent_routing/exercise/workflow.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# Triage sees a handoff's name and its `handoff_description`, and nothing else about the specialist. And it
# sees only the agents in the list.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# german = Agent(
#     name="German Agent",
#     handoff_description="Answers requests that are written in German.",
#     instructions="You only speak German. Answer in German.",
# )
# specialists = [french, spanish, english, german]
# ```
#
# </details>
#
# [Solution](../../solutions/04_agent_routing/exercise/solution.ipynb)

# %% [markdown]
# The rest of the application is the lesson's, word for word.

# %% include="04_agent_routing/connection.py" lines=75

# %% include="04_agent_routing/worker.py"

# %% [markdown]
# Try it. This cell starts your worker with the files as they are now, and one run. Put a sentence in your
# language here, and come back after each change.

# %%
from uuid import uuid4

from connection import connect
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, RoutingWorkflow

worker = lab.worker("worker.py")
client = await connect(plugins=[OpenAIAgentsPlugin()])
handle = await client.start_workflow(
    RoutingWorkflow.run,
    "Guten Tag, was können Sie für mich tun?",
    id=f"routing-{uuid4()}",
    task_queue=TASK_QUEUE,
)
run = await lab.watch(handle, until=lambda run: run.stuck, timeout=20)
print(run.status, "·", run.result)

# %%
lab.check("04.fourth")

# %% [markdown]
# A new agent must not take work from the others. Requests in French, Spanish and English, and in languages
# that no agent speaks:

# %%
lab.check("04.others")

# %% [markdown]
# ## Task 2 (core, 4 minutes): does it survive?
#
# The check kills your worker while your specialist is answering, and starts it again. Before you run it:
# how many model calls will the bill show for this run, and whose answer did nobody get to read?

# %%
lab.check("04.crash")

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# You don't need to write anything here if `worker.py` is the lesson's. If the check is red, compare its
# time-outs and retries with the lesson.
#
# </details>
#
# [Solution](../../solutions/04_agent_routing/exercise/solution.ipynb)

# %% [markdown]
# ## Task 3 (core, 7 minutes): no e-mail addresses
#
# A request with an e-mail address must end before any model has read it. In `workflow.py`, fill in the
# guardrail `no_email_address`, and put it on the Triage Agent.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# A guardrail returns `GuardrailFunctionOutput(output_info=…, tripwire_triggered=…)`. It raises nothing
# itself. `EMAIL_ADDRESS.search(text)` gives `None` if there is none; the request may be a text or a list.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# found = EMAIL_ADDRESS.search(str(request))
# return GuardrailFunctionOutput(output_info=None, tripwire_triggered=found is not None)
# ```
#
# And further down: `guardrails = [no_email_address]`.
#
# </details>
#
# [Solution](../../solutions/04_agent_routing/exercise/solution.ipynb)

# %%
lab.check("04.guard")

# %% [markdown]
# ## Task 4 (stretch, 5 minutes): say it in words
#
# A failed run tells the person who asked nothing useful. In `run`, answer a refused request with a sentence
# instead. Every other failure must stay a failure.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `Runner.run` raises when the guardrail trips, and workflow code may catch that. The name of the exception
# is imported already.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# try:
#     result = await Runner.run(triage_agent(), msg)
# except InputGuardrailTripwireTriggered:
#     return "Please ask again without the e-mail address."
# ```
#
# </details>
#
# [Solution](../../solutions/04_agent_routing/exercise/solution.ipynb)

# %%
lab.check("04.words")

# %%
lab.progress()

# %% [markdown]
# ## Questions to think about
#
# 1. The guardrail has kept the address from every model. Where can it still be read?
# 2. You deploy the fourth specialist while runs are open. Which of them may meet a non-determinism error?
# 3. Should triage be one model call, or a rule in plain Python?

# %% [markdown] only="exercise"
# Think first; the answers are at the end of the [solution](../../solutions/04_agent_routing/exercise/solution.ipynb).

# %% [markdown] only="solution"
# ## Answers
#
# 1. In the event history: it is the workflow's input. To keep it out of there, check in the starter, or encrypt payloads before they leave the process (lesson 07).

# %% [markdown] only="solution"
# 2. None, because the steps stay the same two model calls. The guardrail is another matter: an open run whose request holds an address has a triage call in its
# history, which the new code would never make.

# %% [markdown] only="solution"
# 3. A rule is cheaper and always the same; it knows what its author thought of. A model also copes with mixed languages and typos, and costs a call. Measure how
# often they differ on real requests.

# %% [markdown]
# Three agents or four: to Temporal it is one run, two calls, each recorded once.
