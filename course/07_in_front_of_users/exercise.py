# %% [markdown]
# # Exercise 07 · Ada's help desk
#
# Forty-five minutes. You get a help desk that works on its first day: the agent answers, and its words
# stream. You will prepare it for day one hundred, with long chats, correct pages, private data and a bill
# you can afford.

# %% [markdown]
# You will know when it works: each task ends with a check that talks to your help desk, kills its worker
# once, and reads the histories, the database and the bill. A check takes ten to forty seconds; run it as
# often as you like.

# %%
from workshop.lab import Lab

lab = Lab("07_in_front_of_users_exercise")

# %% [markdown]
# ## What is given
#
# A tool, a worker and a chat. Run these cells as they are. You will change four modules: `carrying`,
# `page`, `keeping` and `budget`.

# %% include="07_in_front_of_users/exercise/activities.py"

# %% include="07_in_front_of_users/exercise/worker.py"

# %% include="07_in_front_of_users/exercise/keeping.py"

# %% include="07_in_front_of_users/exercise/budget.py"

# %% include="07_in_front_of_users/exercise/page.py"

# %% [markdown]
# ## Task 1 (core, 12 minutes): forty turns
#
# Each turn sends the whole conversation again. After forty turns, no run may have more than 400 kB of
# history, and the desk must still know the name from turn 1. What does the next run need?

# %% include="07_in_front_of_users/exercise/carrying.py"

# %% [markdown]
# The workflow uses `LIMIT` and `spoken`. All of it is given, except two lines in `run`: when does this run
# end, and what does the next one start with?

# %% include="07_in_front_of_users/exercise/workflow.py" lines=70

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# There are two places. In `run`, wait until the history is larger than `LIMIT` and no turn is under way
# (`self.turn.locked()`), then continue as new. In `spoken`, leave out whatever can be looked up again.
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
# Items with a `"role"` are what the person and the agent said. If there are many, keep the first two and
# the last twenty.
#
# </details>
#
# [Solution](../../solutions/07_in_front_of_users/exercise/solution.ipynb)

# %% [markdown]
# Try it. This cell starts your worker with the files as they are now, and says two things. Come back to it
# after each change.

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
# `Page.show` takes one event of the stream at a time. The check drops the model's connection twice in the
# middle of an answer, the page's own connection twice, and kills the worker. In the end the page must show
# the answer, letter for letter.

# %% [markdown] only="exercise"
# Change the `page.py` cell above and run it, then run the check.
#
# <details><summary>Hint</summary>
#
# Each attempt of a model call begins with an event of type `response.created`. And a page that reconnects
# asks for the event *after* the last one it has seen.
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
# ## Task 3 (core, 12 minutes): nobody else can read it
#
# What customers write must not be readable in the database. `key()` is given. Write a codec and a
# `CONVERTER` that uses it. Error messages may quote a customer, so encrypt them too.

# %% [markdown] only="exercise"
# Change the `keeping.py` cell above and run it. Then restart the kernel and run the notebook again up to
# *Try it*: the client needs your converter too.
#
# <details><summary>Hint</summary>
#
# `PayloadCodec` has two methods, `encode` and `decode`; each takes a list of payloads and returns one of
# the same length. The `nonce` of `key().encrypt(nonce, data, None)` is 12 bytes, new each time. Where will
# `decode` find them?
#
# </details>
# <details><summary>Bigger hint</summary>
#
# Encrypt the whole payload, `payload.SerializeToString()`; it comes back with `Payload.FromString(…)`. Put
# the nonce in front of the data, and a word of your own into `metadata={"encoding": …}`, so that `decode`
# leaves older payloads alone.
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
# `Account` says how many tokens a conversation may use. At the limit, a turn must wait before it makes
# another call. The Update `allow`, which sets a new limit, is already there. A kill during the wait must
# change nothing.

# %% [markdown] only="exercise"
# Change the `budget.py` cell above: two hooks.
#
# <details><summary>Hint</summary>
#
# Hooks run in the workflow. So `await workflow.wait_condition(lambda: …)` is allowed, and whatever they
# count is workflow state.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# `response.usage.total_tokens` is what one call used. `self.account` lasts as long as the conversation;
# each turn gets a new `Budget`.
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
# 1. Suppose you carried over a model's summary instead of the last twenty messages. Where would you make that call?
# 2. Suppose the key is lost. Which runs can still continue?
# 3. A worker freezes in mid-stream and wakes up after another worker got its call. What may a page show for a moment?

# %% [markdown] only="exercise"
# Think first; the answers are at the end of the [solution](../../solutions/07_in_front_of_users/exercise/solution.ipynb).

# %% [markdown] only="solution"
# ## Answers
#
# 1. In the workflow, with `Runner.run`, before `continue_as_new`. Then it is recorded and made once. It costs one call for each new run.

# %% [markdown] only="solution"
# 2. None that has anything in its history, because each replay needs the key. So back keys up and never overwrite one; add the new key next to it.

# %% [markdown] only="solution"
# 3. Words of both attempts, mixed. The next `response.created` clears them, and in the end the result is the truth: the lesson's page shows it when the answer arrives.

# %% [markdown]
# A chat in front of users is a small workflow and four decisions: what you carry over, what you show, who
# can read it, and who pays.
