# %% [markdown]
# # 01 · A plain agent, and what a crash costs it
#
# Eleven minutes. You will build an agent with a tool, kill it in the middle of an answer, and read on the bill what was lost.

# %%
from workshop.lab import Lab

lab = Lab("01_agent_hello_world")

# %% [markdown]
# ## A tool
#
# A *tool* is a Python function that the model may ask for. The decorator reads the name, the types and the docstring: they are all that the model
# knows about it.

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
# Instructions and a list of tools make the agent. It names no model, so the SDK's current default is used.

# %% include="01_agent_hello_world/agent.py" symbol="agent"

# %% [markdown]
# ## Ask
#
# `Runner.run` is the *agent loop*: ask the model, run the tool it wants, show it the result, ask again, until it answers. In a notebook you can
# `await` it directly.

# %%
before = time.time()
result = await Runner.run(agent, "Are there weather alerts in California?")
print(result.final_output)

# %% [markdown]
# One question took more than one model call. The steps show why: the model wanted a tool, got its output, and then answered.

# %%
for item in result.new_items:
    print(item.agent.name, "→", item.type)

# %%
lab.bill(before)

# %% [markdown]
# ## Your turn (2 minutes)
#
# Ask about two states at once, for instance Texas and Ohio, and run the three cells above again. How many tool calls do you see, and how many
# model calls?

# %% [markdown]
# ## The same agent as a program
#
# `%%writefile` writes the cell into a file. Here is the whole agent as a script, as you would start it on a server.

# %% include="01_agent_hello_world/agent.py"

# %% [markdown]
# ## Kill it in the middle of its answer
#
# The script starts in the background. We make its last model call slow, so that there is time: first the model asks for the tool, then it reads the
# alerts and writes. *While it writes*, the last line but one kills the process.

# %%
question = "Are there weather alerts in Texas?"
before = time.time()
lab.fault("slow", delay_s=5, match="severity")  # only the call that reads alerts
first = lab.process("agent.py", question)
await lab.model_call_in_flight(first, for_s=1.5)
# !kill -9 {first.pid}
print("exit code:", first.exit_code(), "· printed:", repr(first.output))

# %% [markdown]
# `-9` is SIGKILL: what the system sends when memory runs out, and what a power cut amounts to. The program printed nothing. Now it is started again
# with the same question.
#
# **Predict:** of the model calls it makes now, how many can it skip because the first process had paid for them already? 0, 1 or 2?

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
# Look at the receipts. The first process had one answer *delivered* and one *cut off*: the line broke, and a real provider charges for it all the
# same. Both were lost. The second process knew nothing of either and bought everything again.
#
# A long research run makes fifty such calls. That is why the next lesson is about Temporal.

# %% [markdown]
# ## Going further
#
# Two more ways in which a plain agent meets a broken world.

# %% [markdown]
# ### A tool that fails
#
# The weather service is down now. The SDK turns the tool's exception into text and hands it to the model, which can only apologise. Nobody tries
# again.

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
# The OpenAI client tries each call three times. A longer outage ends the run with an exception, and with it all that had been paid for. The line in red is
# the SDK's own log.

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
# What would you have to save, and when, to make the script continue after a crash by itself? Where would you put a file for it, and who would start the
# process again? Keep your answer for lesson 02.
