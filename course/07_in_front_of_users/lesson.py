# %% [markdown]
# # 07 · In front of users
#
# Fifty-five minutes. You will build a chat that lasts for months: it streams its words, keeps secrets, and
# knows what it costs. You will first see each of these go wrong.

# %%
from workshop.lab import Lab

lab = Lab("07_in_front_of_users")
lab.bring("activities.py", "serving.py", "ways.py")

# %% [markdown]
# The tools are activities, as in lesson 03: alerts, a bulletin of 27 kB, and an archive of 2.6 MB.
# `activities.py` has them. You will meet `ways.py` later.

# %% [markdown]
# ## A conversation is a workflow
#
# One run per conversation. It waits; each message is an *Update*, a call that enters the run and returns
# the answer. The list of what was said is ordinary workflow state.

# %% include="07_in_front_of_users/workflow.py"

# %% [markdown]
# `Runner.run` gets the whole conversation at each turn: a model remembers nothing. Keep that in mind for
# the prediction below.
#
# The worker is lesson 03's again, since each lesson's folder runs by itself. Four places are marked *new*.

# %% include="07_in_front_of_users/worker.py"

# %% [markdown]
# Who starts the run? The first message does. *Update-with-start* sends the message to the chat of this id,
# and starts that chat if there is none: one call, no race.

# %% include="07_in_front_of_users/front.py"

# %%
import os
from uuid import uuid4

from front import say
from temporalio.client import Client
from temporalio.openai_agents import OpenAIAgentsPlugin

lab.terminate_open_runs()  # chats of an earlier visit
worker = lab.worker("worker.py")
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])
chat = f"chat-{uuid4()}"
for text in ("My name is Ada. Are there weather alerts in California?", "What is my name?"):
    print(await say(client, chat, text, "ChatWorkflow"), "\n")

# %% [markdown]
# Two messages, one run. Between them no process has to remember anything.
#
# **Predict:** six turns, two of which read a bulletin of 27 kB. How large will the history be, measured in
# these two bulletins?

# %%
prediction = None  # 2, 6 or 12 times as large?

TURNS = (
    "My name is Ada. Are there weather alerts in California?",
    "Read the bulletin for Ohio.",
    "And in Texas?",
    "Read the bulletin for Utah.",
    "Are there weather alerts in Florida?",
    "What is my name?",
)


async def history_bytes(chat: str) -> int:
    """How large the history of a chat is now, as the server counts it."""
    described = await client.get_workflow_handle(chat).describe()
    return described.raw_description.workflow_execution_info.history_size_bytes


async def measure(workflow: str, show: bool = False) -> int:
    """Hold the conversation of six turns in a new chat; return the bytes of its history."""
    chat, before = f"measured-{uuid4()}", 0
    for text in TURNS:
        await say(client, chat, text, workflow)
        size = await history_bytes(chat)
        if show:
            print(f"{'█' * ((size - before) // 5000):36} {(size - before) // 1000:4} kB  {text}")
        before = size
    await client.get_workflow_handle(chat).terminate()
    return before


sizes = {"plain": await measure("ChatWorkflow", show=True)}
lab.compare(prediction, round(sizes["plain"] / 54_000))

# %% [markdown]
# A bulletin is read once, and then is part of every call that follows: it goes to the model again at each
# turn. What a chat costs grows with the *square* of its length, in bytes and in tokens.

# %% [markdown]
# ## The limit
#
# One payload may have 2 MB at most, a history 50 MB. This tool's result is 2.6 MB. Watch what happens.

# %%
import asyncio

asking = asyncio.create_task(say(client, chat, "Read the archive of Texas.", "ChatWorkflow"))
handle = client.get_workflow_handle(chat)
run = await lab.watch(handle, until=lambda run: run.attempts("read_archive") >= 2)
for pending in (await handle.describe()).raw_description.pending_activities:
    print(pending.activity_type.name, "· attempt", pending.attempt, "·", pending.last_failure.message)

# %% [markdown]
# The tool has done its work, but the result can't be recorded. A retry gives the same result, so this would
# go on forever. The cure is *external storage*: large values go into a file, and the history keeps a
# reference.

# %% include="07_in_front_of_users/storage.py"

# %% [markdown]
# A driver has a name and two methods. The *claim* is the reference: here, a file name. Both ends get the
# driver, like the plugin. The run that hangs needs nothing else.

# %%
from pathlib import Path

from storage import STORED

worker = lab.worker("worker.py", env={"CONVERTER": "storage:STORED"})
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], data_converter=STORED, plugins=[OpenAIAgentsPlugin()])
print((await asking)[:90], "…")
largest = max(file.stat().st_size for file in Path("store").iterdir())
print(f"{await history_bytes(chat) // 1000} kB of history, and the largest file has {largest // 1000} kB")

# %% [markdown]
# The same run, fixed from outside. Storage is one of three ways to keep a history small. `ways.py` has the
# others: a chat that keeps only the last receipt (`previous_response_id`: the provider keeps the past), and
# a codec that compresses.
#
# Which one do you expect to win?

# %%
from pkgutil import resolve_name


async def start(chats: str = "workflow:ChatWorkflow", converter: str = "temporalio.converter:DataConverter.default"):
    """Start a worker of these chats, and a client that reads and writes payloads as it does."""
    worker = lab.worker("worker.py", env={"CHATS": chats, "CONVERTER": converter})
    kept = resolve_name(converter)
    return worker, await Client.connect(os.environ["TEMPORAL_ADDRESS"], data_converter=kept, plugins=[OpenAIAgentsPlugin()])


sizes["stored"] = await measure("ChatWorkflow")
worker, client = await start("ways:ChainedChatWorkflow")
sizes["chained"] = await measure("ChainedChatWorkflow")
worker, client = await start(converter="ways:ZIPPED")
sizes["compressed"] = await measure("ChatWorkflow")
for way, size in sizes.items():
    print(f"{way:12} {size // 1000:4} kB  {'█' * (size // 10_000)}")

# %% [markdown]
# Compressed and stored are small, and they still grow; so do the tokens, which a provider charges for. The
# chained chat pays for them too: the provider reads the whole past at each turn. Something has to be left
# out.

# %% [markdown]
# ## A new run, the same chat
#
# *Continue-as-new* ends a run and starts the next one under the same id, with an empty history. It is
# handed whatever it needs: here, what was said, without the tools' output.

# %% include="07_in_front_of_users/long_chat.py"

# %% [markdown]
# A chat with a lot to read, then `kill -9`, then a question about its very beginning. Will it know?

# %%
worker, client = await start("long_chat:LongChatWorkflow")
long = f"long-{uuid4()}"
for text in (TURNS[0], *(f"Read the bulletin for {state}." for state in ("Ohio", "Utah", "Iowa", "Maine"))):
    await say(client, long, text, "LongChatWorkflow")
lab.fault("slow", delay_s=2, times=1, of=long)
asking = asyncio.create_task(say(client, long, "What is my name?", "LongChatWorkflow"))
await lab.model_call_in_flight(client.get_workflow_handle(long))
# !kill -9 {worker.pid}
worker.restart()
print(await asking)


async def list_runs(query: str):
    """What the server's table says of these runs, newest first."""
    return [run async for run in client.list_workflows(query)]


for run in await list_runs(f'WorkflowId = "{long}"'):
    one = await client.get_workflow_handle(long, run_id=run.run_id).describe()  # the table has no size of an open run
    print(run.status.name, "·", one.raw_description.workflow_execution_info.history_size_bytes // 1000, "kB")

# %% [markdown]
# One chat, several runs, each of bounded size: `LIMIT` and one turn more. Handles, Updates and the id don't
# notice: a message goes to whichever run is open. So a chat can last for months.

# %% [markdown]
# ## Your turn (3 minutes)
#
# In the cell of `long_chat.py`, set `LIMIT` to 15,000, run it and the cell after it. How many runs are
# there now? What if the limit is smaller than what is carried over? Try 300, then put 150,000 back.

# %% [markdown]
# <details>
# <summary>What happens at 300?</summary>
#
# Each answer ends a run. And if `run` didn't wait for an answer first, the next run would be too long before
# anybody has spoken: it would end at once, and so would the one after it.
#
# </details>

# %% [markdown]
# ## Words as they come
#
# Nobody likes to wait for a whole answer. `Runner.run_streamed` makes each model call send its events to a
# *workflow stream* too: a log that clients can read while the call is still under way.

# %% include="07_in_front_of_users/streamed_chat.py" lines=63

# %% [markdown]
# The stream belongs to the run, and so survives what the run survives. A reader asks for all events after
# an *offset*. Let's read it here.

# %%
import time
from datetime import timedelta

from temporalio.contrib.workflow_streams import WorkflowStreamClient

worker, client = await start("streamed_chat:StreamedChatWorkflow")


async def listen(chat: str):
    """The events of a chat until the next answer is complete."""
    stream = WorkflowStreamClient.create(client, chat)
    async for item in stream.subscribe(["turns", "events"], poll_cooldown=timedelta(milliseconds=200)):
        yield item.data
        if "answer" in item.data:
            return


async def ask(question: str):
    """Ask in a new chat; return its id and the task that waits for the answer."""
    chat = f"streamed-{uuid4()}"
    asking = asyncio.create_task(say(client, chat, question, "StreamedChatWorkflow"))
    await asyncio.sleep(0.2)  # the chat begins with its first message
    return chat, asking


# %%
async def print_answer(chat: str) -> float:
    """Print the words of an answer as they come; return the moment of the first."""
    first = 0.0
    async for event in listen(chat):
        if event.get("type") == "response.output_text.delta":
            first = first or time.monotonic()
            print(event["delta"], end="", flush=True)
    return first


lab.fault("trickle", delay_s=2, match="severity")  # the words of the answer take two seconds
began = time.monotonic()
chat, asking = await ask("Are there weather alerts in California?")
first = await print_answer(chat)
print(f"\n\nfirst words after {first - began:.1f} s, the result after {time.monotonic() - began:.1f} s")

# %% [markdown]
# Now the connection to the model drops in the middle of the answer. The activity is retried, as always.
#
# **Predict:** a page that appends every word. What will it show: the answer once, or one and a half times?

# %%
prediction = None  # "once" or "more"?


async def read_along(chat: str) -> tuple[str, str]:
    """What two pages show in the end: one that appends every word, and one that knows when to begin again."""
    naive = shown = ""
    async for event in listen(chat):
        match event:
            case {"type": "response.created"}:  # a call begins, or begins again: what was there is void
                shown = ""
            case {"type": "response.output_text.delta", "delta": words}:
                naive, shown = naive + words, shown + words
    return naive, shown


lab.clear_faults()
lab.fault("truncate", characters=100, times=1, match="severity")
chat, asking = await ask("Are there weather alerts in California?")
naive, shown = await read_along(chat)
answer = await asking
print(naive, "\n")
print("appended == answer:", naive == answer, "· cleared at response.created == answer:", shown == answer)
lab.compare(prediction, "once" if naive == answer else "more", "the page")
events = (await client.get_workflow_handle(chat).fetch_history()).events
print(f"History of this turn: {await history_bytes(chat) // 1000} kB in {len(events)} events")

# %% [markdown]
# What has streamed is not yet the answer. And streaming has a price: each batch of words is a *Signal* (a
# message without a reply), each poll by a reader an Update, all in the history. So have one reader per
# chat; for many browsers, fan out in the web server.

# %% [markdown]
# The same in a browser. `events` turns the stream into *server-sent events*; the offset is the event's id,
# so a browser that lost its connection says where to resume.

# %%
import inspect

lab.bring("page.py", "page.html", "trouble.py")
server = lab.server("page.py")
import page

print(inspect.getsource(page.events))
lab.web_app(text="The chat's page")

# %% [markdown]
# Open it and ask something. The cells below start workers that don't serve this page, so it stops there. It
# keeps what you type, and tells you what is missing.

# %% [markdown]
# ## Who can read it?
#
# A secret is typed into a chat. The history is in the Temporal server's database.
#
# **Predict:** how often does the secret appear in that file after three turns?

# %%
prediction = None  # "never", "once" or "often"?

from secrets import token_hex

worker, client = await start("long_chat:LongChatWorkflow")


async def plant() -> tuple[str, str]:
    """Tell a new chat a secret, and go on talking."""
    chat, secret = f"planted-{uuid4()}", f"pin{token_hex(12)}"
    for text in (f"My code is {secret}.", "Are there weather alerts in Texas?", "And in Ohio?"):
        await say(client, chat, text, "LongChatWorkflow")
    return chat, secret


def found(secret: str) -> int:
    """How often it occurs in the files of Temporal's database."""
    return sum(file.read_bytes().count(secret.encode()) for file in Path("../../.lab").glob("temporal.db*"))


chat, secret = await plant()
print(found(secret), "times")
lab.compare(prediction, "often" if found(secret) > 1 else "never", "the database")

# %% [markdown]
# Anyone who can read the database, or open the Web UI, can read what your users write. A *payload codec*
# encrypts inside your own processes, before anything leaves them.

# %% include="07_in_front_of_users/codec.py"

# %% [markdown]
# Now nobody can read it, not even you. A *codec server* decrypts it for those who are allowed to read it:
# it holds the keys. The CLI asks it, and so does the Web UI, from your browser: it answers to no other page.

# %%
import sys

from codec import FOLDER

lab.bring("codec_server.py", "new_key.py")
from new_key import make_key

if not any(FOLDER.glob("*.key")):
    make_key()
worker, client = await start("long_chat:LongChatWorkflow", "codec:ENCRYPTED")
chat, secret = await plant()
print("in the database:", found(secret), "times")

codec = lab.server("codec_server.py", second=True)  # next to the chat's page
show = f"{Path(sys.prefix) / 'bin' / 'temporal'} workflow show -w {chat} --detailed --address {os.environ['TEMPORAL_ADDRESS']}"
# !echo "the CLI alone: $({show} | grep -o {secret} | wc -l) times"
# !echo "with the codec server: $({show} --codec-endpoint {codec.url} | grep -o {secret} | wc -l) times"

# %% [markdown]
# On its own, the CLI finds nothing; with the codec server it does. Ids, names of workflows and activities,
# and search attributes are not encrypted. And the model's provider reads everything.

# %% [markdown]
# ## Money
#
# `RunHooks` are called before and after each model call, in the workflow. So what they count survives a
# kill, and at the limit they can do what workflows can do: fail, or wait.

# %% include="07_in_front_of_users/budget.py"

# %% [markdown]
# `budget_chat.py` is a chat that passes these hooks to `Runner.run`; its Update `allow` sets a new limit.
# First an account that stops.

# %%
lab.bring("budget_chat.py")
from budget import Account
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import WorkflowUpdateFailedError

new = {"Tenant": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, "Tokens": IndexedValueType.INDEXED_VALUE_TYPE_INT}
await client.operator_service.add_search_attributes(AddSearchAttributesRequest(namespace="default", search_attributes=new))
worker, client = await start("budget_chat:BudgetChatWorkflow")
tenant = f"tenant-{token_hex(4)}"
stops = f"budget-{uuid4()}"
await say(client, stops, "Are there weather alerts in Texas?", "BudgetChatWorkflow", Account(tenant, allowed=500))
try:
    await say(client, stops, "And in Ohio?", "BudgetChatWorkflow")
except WorkflowUpdateFailedError as error:
    print(error.cause)

# %% [markdown]
# The message was refused before any model call was made, and the chat is still there. The other kind of
# budget waits for a person. Meanwhile, we kill the worker. The person clicks twice: `allow` sets the limit
# and doesn't add to it, so nothing counts double.

# %%
asks = f"budget-{uuid4()}"
await say(client, asks, "Are there weather alerts in Texas?", "BudgetChatWorkflow", Account(tenant, 500, asks=True))
asking = asyncio.create_task(say(client, asks, "And in Ohio?", "BudgetChatWorkflow"))
await asyncio.sleep(1)
# !kill -9 {worker.pid}
worker.restart()
handle = client.get_workflow_handle(asks)
print("answered before it was allowed:", asking.done())
print("allowed after each of two clicks:", [await handle.execute_update("allow", 2500) for _ in range(2)])
print(await asking)
await lab.receipts(handle)

# %% [markdown]
# No recorded call was made again. Tenant and tokens are *search attributes*: the server keeps them in a
# table that you can query. Do they agree with the bill?

# %%
await asyncio.sleep(1)  # the table follows the histories within a second
runs = await list_runs(f'Tenant = "{tenant}"')
by_query = {run.id: next(pair.value for pair in run.typed_search_attributes if pair.key.name == "Tokens") for run in runs}
rows = [row for run in runs for row in lab.calls(client.get_workflow_handle(run.id))]
print(
    "by one query:",
    sum(by_query.values()),
    "tokens · on the bill:",
    sum(row["input_tokens"] + row["output_tokens"] for row in rows),
)
lab.terminate_open_runs()
worker.stop()

# %% [markdown]
# ## Going further
#
# What operators ask for on day one: traces, metrics, certificates, rate limits, schedules, several agents,
# and a model that is down. All of it runs here, with what is already installed.

# %% include="07_in_front_of_users/further.py"

# %% include="07_in_front_of_users/worker_further.py"

# %% [markdown]
# ### One trace across a kill
#
# A *span* is one piece of work with its duration; the spans of one trace belong together, whichever process
# made them. The collector takes twenty lines.

# %% include="07_in_front_of_users/spans.py"

# %%
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

spans: list[dict[str, Any]] = []


class Collector(BaseHTTPRequestHandler):
    """Takes spans by POST. In production this is Jaeger, Tempo, or a service that you rent."""

    def do_POST(self) -> None:
        spans.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *told: object) -> None:
        """Say nothing."""


collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
Thread(target=collector.serve_forever, daemon=True).start()

# %%
from further import TASK_QUEUE, DeskWorkflow, FallbackWorkflow, StatesWorkflow, StateWorkflow


def free_port() -> int:
    """A port that nobody listens on now."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


metrics = free_port()
lab.bring("worker_models.py")
env = {"SPANS": f"http://127.0.0.1:{collector.server_port}", "METRICS": str(metrics)}
worker = lab.worker("worker_further.py", env=env)
client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], plugins=[OpenAIAgentsPlugin()])


async def begin(run, *args, **options):
    """Start a workflow of this part."""
    return await client.start_workflow(run, args=args, id=f"further-{uuid4()}", task_queue=TASK_QUEUE, **options)


handle = await begin(StateWorkflow.run, "Ohio")
print(await handle.result())
lab.fault("slow", delay_s=2, times=2, match="severity")
handle = await begin(StateWorkflow.run, "Texas")
await lab.model_call_in_flight(handle, for_s=1)
# !kill -9 {worker.pid}
worker.restart()
print(await handle.result())

# %%
await asyncio.sleep(1)
newest = spans[-1]["trace"]
for span in (span for span in spans if span["trace"] == newest):
    print(f"process {span['process']}  {span['ms']:7.0f} ms  {span['name']}")

# %% [markdown]
# One trace, two processes. Whatever was open when the first one died is missing: a span is sent when it
# ends. So for money and proof, use the history; for hunting bugs, the trace. Spans with prompts and tokens
# need one more package, `openinference-instrumentation-openai-agents`, and `use_otel_instrumentation=True`.

# %% [markdown]
# ### Metrics
#
# The worker counts, Prometheus collects, a dashboard draws. Here is the page Prometheus would read, with
# three of its 200 lines drawn.

# %%
import httpx

told = httpx.get(f"http://127.0.0.1:{metrics}/metrics", trust_env=False).text
for line in told.splitlines():
    if line.startswith(
        ("temporal_workflow_completed{", "temporal_activity_execution_latency_count{", "temporal_worker_task_slots_available{")
    ):
        name, value = line.rsplit(" ", 1)
        kind = name.partition('activity_type="')[2].partition('"')[0] or name.partition('worker_type="')[2].partition('"')[0]
        print(f"{name.partition('{')[0]:42} {kind:24} {'█' * min(int(float(value)), 40)} {value}")

# %% [markdown]
# They vanish with the process: a counter starts again at 0, and Prometheus allows for that. Alerts worth
# having: schedule-to-start latency (too few workers), failed workflow tasks (a bug), slots at zero.

# %% [markdown]
# ### Certificates, and a profile
#
# Temporal Cloud, or a cluster of your own, asks who you are: by an API key, or by a certificate. `mtls.py`
# creates a certificate authority and puts a TLS proxy in front of our server.

# %% include="07_in_front_of_users/mtls.py"

# %%
from mtls import certificate, open_door

folder = Path("certificates")
folder.mkdir(exist_ok=True)
authority = certificate("authority", folder)
for name in ("server", "worker"):
    certificate(name, folder, authority)
certificate("stranger", folder)  # signed by itself
door = await open_door(folder, int(os.environ["TEMPORAL_ADDRESS"].rpartition(":")[2]))
port = door.sockets[0].getsockname()[1]
profile = """[profile.{name}]
address = "127.0.0.1:{port}"
[profile.{name}.tls]
client_cert_path = "certificates/{name}.pem"
client_key_path = "certificates/{name}.key"
server_ca_cert_path = "certificates/authority.pem"
"""
profiles = "".join(profile.format(name=name, port=port) for name in ("worker", "stranger"))
connections = Path("temporal.toml")
connections.write_text(profiles)
print(profiles)

# %%
from temporalio.envconfig import ClientConfig

for name in ("worker", "stranger"):
    options = ClientConfig.load_client_connect_config(
        profile=name, config_file=str(connections), override_env_vars={"TEMPORAL_PROFILE": name}
    )
    try:
        through = await asyncio.wait_for(Client.connect(**options, plugins=[OpenAIAgentsPlugin()]), 5)
        print(name, "·", (await through.get_workflow_handle(handle.id).describe()).status.name)
    except (RuntimeError, TimeoutError) as error:
        print(name, "·", "refused:", str(error)[:80])
door.close()

# %% [markdown]
# The code is lesson 04's; only the profile says where and who. Careful: `TEMPORAL_ADDRESS` in the
# environment overrides the profile.

# %% [markdown]
# ### Model calls on a queue of their own
#
# A provider allows only so many calls at once, and you have many workers. So give the calls their own
# workers: here at most two at once, whoever asks. `priority_key=1` goes first.

# %%
from temporalio.common import Priority

worker = lab.worker("worker_further.py", env={"MODEL_QUEUE": "chat-models-queue"})
models = lab.worker("worker_models.py", name="models")
lab.fault("slow", delay_s=0.4, seconds=20)
began = time.time()
handles = [await begin(StateWorkflow.run, state) for state in ("Ohio", "Utah", "Iowa", "Texas")]
urgent = await begin(StateWorkflow.run, "Florida", priority=Priority(priority_key=1))
await urgent.result()
done = [(await handle.describe()).status.name for handle in handles].count("COMPLETED")
print(f"the urgent one came last and was answered before {len(handles) - done} of {len(handles)}")
for handle in handles:
    await handle.result()
lab.clear_faults()
calls = [row for run in [*handles, urgent] for row in lab.calls(run)]
print(
    "calls:",
    len(calls),
    "· at once, at most:",
    max(sum(one["started"] <= each["started"] < one["ended"] for one in calls) for each in calls),
)
models.stop()

# %% [markdown]
# ### A schedule, and the nights it missed
#
# A *schedule* starts a workflow by the clock. `backfill` makes up for times it missed: here, the last three
# nights.

# %%
from datetime import UTC, datetime

from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleOverlapPolicy,
    ScheduleSpec,
)

worker = lab.worker("worker_further.py")
action = ScheduleActionStartWorkflow(StateWorkflow.run, "Texas", id="nightly", task_queue=TASK_QUEUE)
spec = ScheduleSpec(cron_expressions=["0 3 * * *"], time_zone_name="America/Chicago")
nightly = await client.create_schedule(f"nightly-{uuid4()}", Schedule(action=action, spec=spec))
now = datetime.now(UTC)
await nightly.backfill(ScheduleBackfill(now - timedelta(days=3), now, overlap=ScheduleOverlapPolicy.ALLOW_ALL))
for _ in range(50):
    info = (await nightly.describe()).info
    if info.num_actions >= 3:
        break
    await asyncio.sleep(0.1)
print("runs:", info.num_actions, "· next:", info.next_action_times[0])
await nightly.delete()

# %% [markdown]
# ### Several agents: children, or tools
#
# A *child workflow* has its own history: use it for many, for large ones, or for another team's. An agent
# as a tool stays in this history: one answer that another agent uses.

# %%
parent = await begin(StatesWorkflow.run, ["Ohio", "Utah", "Iowa"])
print(*await parent.result(), sep="\n")
desk = await begin(DeskWorkflow.run, "Are there weather alerts in Texas?")
print(await desk.result())
print(
    "runs of the first:",
    len(await list_runs(f'RootWorkflowId = "{parent.id}"')),
    "· model calls of the second:",
    len(lab.calls(desk)),
)

# %% [markdown]
# ### A second model
#
# Two attempts, then the next model. The agent's run starts over: what the first model was paid for is paid
# again.

# %%
lab.fault("unavailable", times=2, match="severity")  # the second call, at both attempts
handle = await begin(FallbackWorkflow.run, "Are there weather alerts in Utah?")
print(await handle.result())
lab.clear_faults()
print([(row["model"], row["status"]) for row in lab.calls(handle)])

# %% [markdown]
# ### The frozen worker
#
# A frozen worker is worse than a dead one: its connections stay open, so the server keeps handing it work,
# and each piece waits for its time-out. This takes half a minute; say *yes* to see it.

# %%
freeze = None  # "yes": 30 seconds


async def four_answers() -> float:
    """Return how long they take, in seconds."""
    began = time.monotonic()
    handles = [await begin(StateWorkflow.run, state) for state in ("Ohio", "Utah", "Iowa", "Maine")]
    for handle in handles:
        await handle.result()
    return time.monotonic() - began


if freeze == "yes":
    second = lab.worker("worker_further.py", name="second")
    print(f"four answers from two workers: {await four_answers():.0f} s")
    handle = await begin(StateWorkflow.run, "Texas")
    # !kill -STOP {second.pid}
    print(f"four answers with one of them frozen: {await four_answers():.0f} s")
    # !kill -CONT {second.pid}
    second.stop()
else:
    print("Not frozen: the worker still answers.")

# %%
lab.terminate_open_runs(TASK_QUEUE)
worker.stop()
collector.shutdown()

# %% [markdown]
# ## Questions to think about
#
# Which of your users' data would you not carry over to the next run? Who may ask your codec server? Which
# calls are on the bill and not in this count?

# %% [markdown]
# Think first, then open these.
#
# <details>
# <summary>What would you not carry over?</summary>
#
# Whatever the next answers don't need: tool output, and anything private that the user has since taken
# back. What isn't carried over is gone when the old run's retention ends.
#
# </details>
# <details>
# <summary>Who may ask your codec server?</summary>
#
# Only people who may read the conversations. It should check who is asking, like any other service that
# hands out user data.
#
# </details>
# <details>
# <summary>Which calls are on the bill and not in this count?</summary>
#
# Calls that were cut off or made again: the hooks run in the workflow, and count each answer that the
# history recorded once.
#
# </details>
