# %% [markdown]
# # Exercise 01 · The storm notifier, a plain agent
#
# Fifteen minutes, and four more for the stretch task. You will build an agent that reads weather alerts
# and tells people about them. It must find out what a request wants: reading, telling, or both.

# %% [markdown]
# You will know when it works: each task ends with a check. A check asks your agent, then looks at the
# weather service, the notice board and the bill. Run it as often as you like.

# %%
from workshop.lab import Lab

lab = Lab("01_agent_hello_world_exercise")

# %% [markdown]
# ## Task 1 (core, 6 minutes): a tool that reads
#
# Write `read_alerts`. The model never sees its code. It sees the name, the types and the docstring. Leave
# `post_notice` for task 2.

# %% include="01_agent_hello_world/exercise/tools.py"

# %% [markdown]
# The agent is the rest of the program. Give it instructions and the one tool you have so far.

# %% include="01_agent_hello_world/exercise/notifier.py"

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# The lesson's `get_weather` does nearly this: the type of `state`, a docstring with `Args:`,
# `raise_for_status()`, and JSON text as the result. The address begins with `WEATHER_URL`.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# async with httpx.AsyncClient(headers={"User-Agent": "storm-notifier"}) as client:
#     response = await client.get(f"{WEATHER_URL}/alerts/active/area/{state}")
# response.raise_for_status()
# ```
#
# Each of `response.json()["features"]` has `properties`, among them `event`, `severity` and `areaDesc`. The
# agent gets `tools=[read_alerts]` for now.
#
# </details>
#
# [Solution](../../solutions/01_agent_hello_world/exercise/solution.ipynb)

# %%
lab.check("01.read")

# %% [markdown]
# ## Task 2 (core, 5 minutes): a tool that acts
#
# The board takes a POST to `/notices` with `state`, `subscriber` and `text` as JSON. Write `post_notice`
# and add it to the agent's tools. The model writes the text; your instructions say when to post.

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# `client.post(address, json=notice)` sends a dictionary as JSON. The address is `BOARD_URL` and `/notices`.
# If the board refuses, the model should hear about it: which line in task 1 did that?
#
# </details>
# <details><summary>Bigger hint</summary>
#
# ```python
# notice = {"state": state, "subscriber": subscriber, "text": text}
# async with httpx.AsyncClient() as client:
#     response = await client.post(f"{BOARD_URL}/notices", json=notice)
# response.raise_for_status()
# ```
#
# Return a short text that says for whom it was posted.
#
# </details>
#
# [Solution](../../solutions/01_agent_hello_world/exercise/solution.ipynb)

# %% [markdown]
# Try it. This cell runs `notifier.py` as a separate program and then shows the newest notices for Ana.

# %%
program = lab.process("notifier.py", "Tell Ana about the storms in Texas.")
program.wait()
program.tail(2)
for notice in [notice for notice in lab.weather.notices() if notice["subscriber"] == "Ana"][-2:]:
    print(notice["state"], "·", notice["text"])

# %%
lab.check("01.post")

# %% [markdown]
# ## Task 3 (core, 4 minutes): two at once
#
# Two people, two states, one request.
#
# **Predict:** how many model calls does it take? Two reads, two notices, one answer: 3, 4 or 5?

# %%
prediction = None  # 3, 4 or 5?

# %%
import time

before = time.time()
program = lab.process("notifier.py", "Tell Ana about the storms in Texas and Ben about the storms in Ohio.")
program.wait()
lab.compare(prediction, len(lab.calls(program)), "the bill")
lab.bill(before)

# %% [markdown]
# A model may ask for several tools in one answer, and the SDK then runs them at the same time. You don't
# need to write anything here, as long as no tool of yours blocks the others. The check slows the weather
# service down and measures the time.

# %%
lab.check("01.two")

# %% [markdown] only="exercise"
# <details><summary>Hint</summary>
#
# Inside an `async def`, a call without `await` stops everybody until it returns. `httpx.get` is such a
# call. `await client.get` of an `AsyncClient` is not.
#
# </details>
# <details><summary>Bigger hint</summary>
#
# Three things that spoil this check: a blocking call, `ModelSettings(parallel_tool_calls=False)`, and a
# variable outside the tools that both calls write to.
#
# </details>
#
# [Solution](../../solutions/01_agent_hello_world/exercise/solution.ipynb)

# %% [markdown]
# ## Task 4 (stretch, 4 minutes): who has been told?
#
# The check asks your program to tell Ines about Missouri. As soon as her notice is on the board, it kills
# the process and starts it again with the same request.
#
# **Predict:** how many notices for Ines?

# %% only="exercise"
prediction = None  # 0, 1 or 2?

# %% only="solution"
prediction = 2  # 0, 1 or 2?

# %%
lab.check("01.forgets", prediction=prediction)

# %% [markdown]
# Green does not mean that your program is fine. It means that you have seen what it loses: the knowledge
# that Ines was told, and every model call already paid for. Exercise 03 brings both back.

# %%
lab.progress()

# %% [markdown]
# ## Questions to think about
#
# 1. You rename `post_notice` to `f2` and empty its docstring. What does the model still know?
# 2. You save "Ines has been told" to a file, before the POST or after it. What does a kill between the two do?
# 3. The board is down. Who decides whether to try again: tool, SDK or model?

# %% [markdown] only="exercise"
# Think first; the answers are at the end of the [solution](../../solutions/01_agent_hello_world/exercise/solution.ipynb).

# %% [markdown] only="solution"
# ## Answers
#
# 1. The names and types of its arguments, and what the instructions say. A model may guess well from `subscriber` and `text`, and may guess wrong.

# %% [markdown] only="solution"
# 2. Before: after a kill in between, the file says that Ines was told, and nobody told her. After: she is told twice. A file alone can't give exactly
# one; the board has to recognize a notice that it already has.

# %% [markdown] only="solution"
# 3. Nobody does by itself. The SDK turns the exception into text and the model reads it; most models apologize. Deciding it in code, once and for every step, is what lesson 02 is about.

# %% [markdown]
# You have an application with a side effect, and you know what a crash costs it. In the next
# exercises it learns to survive one.
