# %% [markdown]
# # Exercise 07 · Ada's help desk
#
# Forty-five minutes. A help desk that works on the first day: its agent answers, its words stream. You will make it fit for the hundredth day: long, correct, private and
# affordable.

# %% [markdown]
# You will know that it works: each task ends with a check that talks to your help desk, kills its worker once, and reads histories, database and bill. They take between ten seconds and
# forty.

# %%
from workshop.lab import Lab

lab = Lab("07_in_front_of_users_exercise")

# %% [markdown]
# ## What is given
#
# A tool, a worker and a chat. Run the cells as they are. The parts that you will change have modules of their own: `carrying`, `page`, `keeping` and `budget`.

# %% include="07_in_front_of_users/exercise/activities.py"

# %% include="07_in_front_of_users/exercise/worker.py"

# %% include="07_in_front_of_users/exercise/keeping.py"

# %% include="07_in_front_of_users/exercise/budget.py"

# %% include="07_in_front_of_users/exercise/page.py"

# %% [markdown]
# ## Task 1 (core, 12 minutes): forty turns
#
# Each turn sends the whole conversation again. After forty turns no run may have more than 400 kB of history, and the desk must still know the name from turn 1. What does a next run
# need?

# %% include="07_in_front_of_users/exercise/carrying.py"

# %% [markdown]
# The workflow uses `LIMIT` and `spoken`. Everything in it is given but the two lines in `run`: when does this run end, and with what does the next one begin?

# %% include="07_in_front_of_users/exercise/workflow.py" lines=70

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# Two places: in `run`, wait until the history is larger than `LIMIT` and no turn is under way (`self.turn.locked()`), then continue as new. In `spoken`, leave out what can be looked up
# again.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# await workflow.wait_condition(lambda: workflow.info().get_current_history_size() > LIMIT and …)
# items = spoken(self.desk.items)
# await self.stream.continue_as_new(lambda state: [replace(self.desk, items=items, stream=state)])
# ```
#
# What people and agent said are the items that have a `"role"`. Of many, keep the first two and the last twenty.
#
# </details>
#
# [Solution](../../solutions/07_in_front_of_users/exercise/solution.ipynb)

# %% [markdown]
# Try it. This cell starts your worker with the files as they are now, and says two things. Come back to it after each change.

# %%
import os
from uuid import uuid4

from keeping import CONVERTER
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.openai_agents import OpenAIAgentsPlugin
from workflow import TASK_QUEUE, HelpDeskWorkflow

lab.terminate_open_runs()
worker = lab.worker("worker.py")
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], data_converter=CONVERTER, plugins=[OpenAIAgentsPlugin()])
chat = f"desk-{uuid4()}"
for text in ("Hello, my name is Ada.", "Look up invoices."):
    start = WithStartWorkflowOperation(
        HelpDeskWorkflow.run, id=chat, task_queue=TASK_QUEUE, id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
    )
    print(await client.execute_update_with_start_workflow(HelpDeskWorkflow.say, text, start_workflow_operation=start), "\n")

# %%
lab.check("07.long")

# %% [markdown]
# ## Task 2 (core, 8 minutes): the page tells the truth
#
# `Page.show` takes one event of the stream at a time. The model's line will drop twice in mid answer, the page's own line twice, and the worker dies. In the end the page
# must show the answer, letter for letter.

# %% [markdown] only="exercise"
# Change the cell of `page.py` above, run it, then the check.
#
# <details><summary>Hint</summary>
#
# Each attempt of a model call begins with an event of the type `response.created`. And who reads on after a drop asks for the event *behind* the last one.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# self.offset = item.offset + 1
# match item.data:
#     case {"type": "response.created"}:
#         …
#     case {"type": "response.output_text.delta", "delta": str(words)}:
#         self.text += words
# ```
#
# </details>
#
# [Solution](../../solutions/07_in_front_of_users/exercise/solution.ipynb)

# %%
lab.check("07.page")

# %% [markdown]
# ## Task 3 (core, 12 minutes): nobody reads along
#
# What customers write must not be readable in the database. `key()` is given. Write a codec, and a `CONVERTER` that has it; the messages of errors may quote a customer, so they are encrypted
# too.

# %% [markdown] only="exercise"
# Change the cell of `keeping.py` above, run it, restart the kernel, run the notebook again up to *Try it*: the client needs your converter too.
#
# <details><summary>Hint</summary>
#
# `PayloadCodec` has two methods, `encode` and `decode`; each takes payloads and returns as many. `key().encrypt(nonce, data, None)` wants 12 bytes that are new each time. Where can `decode` find them?
#
# </details>
# <details><summary>Bigger hint</summary>
#
# The whole payload goes in, `payload.SerializeToString()`, and comes back with `Payload.FromString(…)`. Put the nonce before the data, and a word into `metadata={"encoding": …}`,
# so that `decode` leaves older payloads alone.
#
# </details>
# <details><summary>The converter</summary>
#
# ```python
# CONVERTER = dataclasses.replace(
#     DataConverter.default,
#     payload_codec=…,
#     failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
# )
# ```
#
# </details>
#
# [Solution](../../solutions/07_in_front_of_users/exercise/solution.ipynb)

# %%
lab.check("07.secret")

# %% [markdown]
# ## Task 4 (core, 10 minutes): a budget that asks
#
# `Account` says how many tokens a conversation may use. At the limit a turn must wait, before it makes a call. The Update `allow` is there already. A kill while it waits must
# change nothing.

# %% [markdown] only="exercise"
# Change the cell of `budget.py` above: two hooks.
#
# <details><summary>Hint</summary>
#
# Hooks run in the workflow: `await workflow.wait_condition(lambda: …)` is allowed, and what they count is workflow state.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# `response.usage.total_tokens` is what one call has used. `self.account` lasts as long as the conversation; a new `Budget` is made for each turn.
#
# </details>
#
# [Solution](../../solutions/07_in_front_of_users/exercise/solution.ipynb)

# %%
lab.check("07.budget")

# %%
lab.progress()

# %% [markdown]
# ## Questions to think about
#
# 1. Suppose a summary by a model were carried over, not the last twenty messages. Where would that call have to be made?
# 2. Suppose the key is lost. Which runs can still go on?
# 3. A worker freezes in mid stream and wakes up after its call was given to another. What may a page show for a moment?

# %% [markdown] only="solution"
# ## Answers
#
# 1. In the workflow, with `Runner.run`, before `continue_as_new`: then it is recorded, and made once. It costs a call for each new run.

# %% [markdown] only="solution"
# 2. None of those that have anything in their history: each replay needs it. So keys are backed up and never overwritten; a new one is added beside.

# %% [markdown] only="solution"
# 3. Words of both attempts, mixed. The next beginning clears them, and the result is the truth at the end: the lesson's page sets it when the answer has come.

# %% [markdown]
# A chat in front of users is a small workflow and four decisions: what is carried, what is shown, who can read it, and who pays.
