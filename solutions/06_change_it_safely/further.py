"""Three more workflows: tools from an MCP server, an approval carried as JSON, a chat that moves to a new version."""

import asyncio
from datetime import timedelta
from typing import Any

from agents import Agent, RunConfig, Runner, RunState, TResponseInputItem
from agents.models import get_default_model
from temporalio import workflow
from temporalio.openai_agents.workflow import temporal_mcp_server
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from workflow import RefundWorkflow


@workflow.defn
class ShopWorkflow(RefundWorkflow):
    """The refund agent with a tool of an MCP server; it asks a person before each call."""

    @workflow.run
    async def run(self, request: str) -> str:
        return await super().run(request)

    def _agent(self) -> Agent:
        # These calls send no heartbeats, so a short time-out takes their place.
        times = ActivityConfig(start_to_close_timeout=timedelta(seconds=8))
        shop = temporal_mcp_server("shop", activity_config=times, require_approval="always")
        return Agent(name="Shop Agent", instructions="You handle refunds for a shop.", mcp_servers=[shop])


@workflow.defn
class CarriedWorkflow(RefundWorkflow):
    """Carries the agent's state as JSON into a fresh run before it approves. `cured`: with the model named."""

    @workflow.run
    async def run(self, request: str, cured: bool = False, carried: dict[str, Any] | None = None) -> str:
        agent = self._agent()
        if carried is None:
            result = await Runner.run(agent, request)
            workflow.continue_as_new(args=[request, cured, result.to_state().to_json()])
        state = await RunState.from_json(agent, carried)
        for call in state.get_interruptions():
            state.approve(call)
        config = RunConfig(model=get_default_model()) if cured else None
        return str((await Runner.run(agent, state, run_config=config)).final_output)


@workflow.defn
class ChatWorkflow:
    """A chat that continues as new when a newer version becomes current, and takes the conversation with it."""

    @workflow.init  # runs before the first Update, so its handler finds the conversation
    def __init__(self, items: list[Any] | None = None) -> None:
        self.items: list[TResponseInputItem] = items or []
        self.turn = asyncio.Lock()

    @workflow.run
    async def run(self, items: list[Any] | None = None) -> None:
        await workflow.wait_condition(workflow.info().is_target_worker_deployment_version_changed)
        await workflow.wait_condition(workflow.all_handlers_finished)
        upgrade = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
        workflow.continue_as_new(self.items, initial_versioning_behavior=upgrade)

    @workflow.update
    async def say(self, text: str) -> str:
        async with self.turn:  # one turn after the other, also after one that failed
            agent = Agent(name="Chat Agent", instructions="Be brief.")
            result = await Runner.run(agent, [*self.items, {"role": "user", "content": text}])
            self.items = result.to_input_list()
        version = workflow.info().get_current_deployment_version()
        return f"[{version.build_id if version else 'no version'}, {len(self.items)} items] {result.final_output}"
