# %% [markdown]
# # 00 · Start here
#
# Eight minutes. You will see what runs on this machine, ask a model one question, and find that question on
# a bill. Press Shift+Enter to run the cell below, then the next, and so on.
#
# If it says *No module named 'workshop'*: choose the kernel `.venv`, or type `python3 -m workshop up` in a
# terminal.

# %%
from workshop.lab import Lab

lab = Lab("00_start_here")

# %% [markdown]
# ## What runs where
#
# ![A notebook and its worker processes talk to Temporal, to the model gateway and to the weather service](../docs/images/what_runs_where.svg)
#
# Everything runs on your machine. The picture shows the default ports; if you changed them, see the table
# above.

# %% [markdown]
# ## The first question
#
# An *agent* is a model with instructions and, later, tools. `Runner.run` sends it your question and waits
# for the answer. This is the OpenAI Agents SDK, unchanged. Loading it takes a few seconds the first time.

# %%
from agents import Agent, Runner

agent = Agent(name="Greeter", instructions="Answer in one short sentence.")
result = await Runner.run(agent, "Hello! Who are you?")
print(result.final_output)

# %% [markdown]
# ## The bill
#
# Each model call went through the *gateway* on port 8235 and was added to a bill. The provider gives every
# answer a unique id. We call that id the *receipt*: it proves which calls were made.

# %%
print("receipt in this notebook:", result.raw_responses[0].response_id)
lab.bill()

# %% [markdown]
# ## How a lesson works: predict, then look
#
# Before each surprise comes a question. Suppose you ask the same thing again, word for word. How many
# different receipts will the two answers have, 1 or 2? Put your number in place of `None`.

# %%
prediction = None  # 1 or 2?

# %%
again = await Runner.run(agent, "Hello! Who are you?")
receipts = {answer.response_id for run in (result, again) for answer in run.raw_responses}
lab.compare(prediction, len(receipts), "the bill")

# %% [markdown]
# Asked twice, billed twice. Keep that in mind: this course is about programs that crash, start again, and
# do **not** ask twice.

# %% [markdown]
# ## Your turn (2 minutes)
#
# Go back to *The first question*, change the instructions to `"Answer as a haiku."`, then run that cell and
# the bill again. A new answer, a new receipt.

# %% [markdown]
# ## Four folders matter
#
# `notebooks/` holds the lessons, `exercises/` what you will build yourself, and `solutions/` the finished
# code as ordinary Python files. Whatever your cells write goes to `my_work/`. You can ignore everything
# else.

# %% [markdown]
# ## Going further
#
# Unless you put a key in `.env`, the model that answered is the **practice model**: hand-written rules, no
# neural network, no internet. It understands tools, languages and schemas well enough for every lesson.

# %%
result = await Runner.run(agent, "What are you, and what can't you do?")
print(result.final_output)

# %% [markdown]
# The gateway can also fail on purpose, the way real providers do. Here it refuses two calls with HTTP
# status 429, *too many requests*. The OpenAI client retries by itself, so all you notice is the wait.

# %%
lab.fault("rate_limit", times=2)
result = await Runner.run(agent, "What is HTTP status 429?")
print(result.final_output)

# %%
lab.bill()

# %% [markdown]
# Two calls failed and cost nothing; the third was delivered. Retries inside a living process are easy. The
# next lesson asks what happens when the process itself dies.
