# %% [markdown]
# # 01 · A plain agent, and what a crash costs it
#
# Fourteen minutes. You will build an agent with a tool, kill it in the middle of an answer, and see on the
# bill what was lost.

# %%
from workshop.lab import Lab

lab = Lab("01_agent_hello_world")

# %% [markdown]
# ## A tool
#
# A *tool* is a Python function that the model can ask for. The decorator reads its name, types
# and docstring: that is all the model knows about it.

# %%
import json
import os
import time

import httpx
from agents import Agent, Runner, function_tool

# %% include="01_agent_hello_world/agent.py" symbol="alerts_url,get_weather"

# %% [markdown]
# ## An agent
#
# An agent is made of instructions and a list of tools. This one names no model, so the SDK uses its current
# default.

# %% include="01_agent_hello_world/agent.py" symbol="agent"

# %% [markdown]
# ## Ask
#
# `Runner.run` is the *agent loop*: ask the model, run the tool it wants, show it the result, and ask again,
# until it answers. In a notebook you can `await` it directly.

# %%
before = time.time()
result = await Runner.run(agent, "Are there weather alerts in California?")
print(result.final_output)

# %% [markdown]
# One question took more than one model call. The steps show why: the model asked for a tool, got its
# output, and then answered.

# %%
for item in result.new_items:
    print(item.agent.name, "→", item.type)

# %%
lab.bill(before)

# %% [markdown]
# ## Your turn (2 minutes)
#
# Ask about two states at once, for instance Texas and Ohio, and run the three cells above again. How many
# tool calls do you see, and how many model calls?

# %% [markdown]
# ## The same agent as a program
#
# `%%writefile` saves the cell as a file. Here is the whole agent as a script, the way you would run it on a
# server.

# %% include="01_agent_hello_world/agent.py"

# %% [markdown]
# ## Kill it in the middle of its answer
#
# The script starts in the background. First the model asks for the tool; then it reads the alerts and
# writes its answer. We slow that second call down, and *while it writes*, the `kill` line ends the process.

# %%
question = "Are there weather alerts in Texas?"
before = time.time()
lab.fault("slow", delay_s=5, match="severity")  # only the call that reads alerts
first = lab.process("agent.py", question)
await lab.model_call_in_flight(first, for_s=1.5)
# !kill -9 {first.pid}
print("exit code:", first.exit_code(), "· printed:", repr(first.output))

# %% [markdown]
# `-9` is SIGKILL: what the system sends when memory runs out, and as abrupt as a power cut. The program
# printed nothing. Now we start it again with the same question.
#
# **Predict:** how many model calls can it skip because the first process already paid for them? 0, 1 or 2?

# %%
prediction = None  # 0, 1 or 2?

# %%
lab.clear_faults()
second = lab.process("agent.py", question)
print(second.wait())

# %%
lost = lab.calls(first)
lab.compare(prediction, 2 - len(lab.calls(second)), "the bill", killed=first)
print(f"lost with process {first.pid}: {len(lost)} calls, ${sum(row['price_usd'] for row in lost):.6f}")
lab.bill(before)

# %% [markdown]
# Look at the receipts. The first process had one answer *delivered* and one *cut off*: the connection
# broke, and a real provider may charge for that, too. Both were lost. The second process knew about neither and
# bought everything again.
#
# A long research run makes fifty such calls. That is why the next lesson introduces Temporal.

# %% [markdown]
# ## Going further
#
# Two more ways the world can break under a plain agent.

# %% [markdown]
# ### A tool that fails
#
# The weather service is now down. The SDK turns the tool's exception into text and hands it to the model,
# which can only apologize. Nobody tries again.

# %%
lab.fault("unavailable", on="weather")
result = await Runner.run(agent, "Are there weather alerts in Ohio?")
print(result.final_output)

# %%
print([item.output for item in result.new_items if item.type == "tool_call_output_item"])
lab.clear_faults()

# %% [markdown]
# ### An outage that is longer than the client's patience
#
# The OpenAI client tries each call three times. A longer outage ends the run with an exception, and
# everything paid for so far is lost with it. The line in red is the SDK's own log.

# %%
from openai import RateLimitError

lab.fault("rate_limit", match="severity")
try:
    await Runner.run(agent, "Are there weather alerts in Ohio?")
except RateLimitError as error:
    print(type(error).__name__, "· the run is lost, and so is its first model call")
lab.clear_faults()

# %% [markdown]
# ## Questions to think about
#
# What would you have to save, and when, for the script to continue on its own after a crash? Where would
# you keep that file, and who would restart the process? Keep your answer for lesson 02.

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>What would you have to save, and when?</summary>
#
# Each model answer and each tool result, before the next step uses it. Anything not saved by the moment of
# the crash is bought again.
#
# </details>
# <details>
# <summary>Where would you keep it, and who restarts the process?</summary>
#
# Somewhere that outlives the machine, so a database rather than a local file; and a second program has to
# watch the first one. That record and that watcher are what Temporal provides.
#
# </details>
