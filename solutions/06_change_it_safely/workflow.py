"""A refund agent that may not act alone: it asks a person, and waits a week at most."""

from datetime import timedelta

from agents import Agent, FunctionTool, Runner
from agents.items import ToolApprovalItem
from temporalio import workflow
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import find_order, refund_order

TASK_QUEUE = "refund-queue"
DEADLINE = timedelta(days=7)
TOOL_TIME = timedelta(seconds=10)


@workflow.defn
class RefundWorkflow:
    def __init__(self) -> None:
        self.asked: dict[str, str] = {}  # the call that waits for a person
        self.decision = ""

    @workflow.run
    async def run(self, request: str) -> str:
        agent = self._agent()
        result = await Runner.run(agent, request)
        while result.interruptions:  # the model has called a tool that needs approval
            state = result.to_state()
            for call in result.interruptions:
                if await self._decision_on(call) == "approved":
                    state.approve(call)
                else:
                    state.reject(call, rejection_message=self.decision)
            result = await Runner.run(agent, state)
        return str(result.final_output)

    def _agent(self) -> Agent:
        find = activity_as_tool(find_order, start_to_close_timeout=TOOL_TIME)
        refund = activity_as_tool(refund_order, start_to_close_timeout=TOOL_TIME)
        assert isinstance(refund, FunctionTool)
        refund.needs_approval = True
        return Agent(
            name="Refund Agent",
            instructions="You handle refunds for a shop. Be brief.",
            tools=[find, refund],
        )

    async def _decision_on(self, call: ToolApprovalItem) -> str:
        self.asked, self.decision = {"id": call.call_id or "", "call": f"{call.name} {call.arguments}"}, ""
        try:
            await workflow.wait_condition(lambda: bool(self.decision), timeout=DEADLINE)
        except TimeoutError:
            self.decision = "Refused: nobody answered in time."
        self.asked = {}
        return self.decision

    @workflow.query
    def waits_for(self) -> dict[str, str]:
        return self.asked

    @workflow.update
    def decide(self, call_id: str, approve: bool) -> str:
        self.decision = "approved" if approve else "Refused by a person."
        return self.decision

    @decide.validator
    def check(self, call_id: str, approve: bool) -> None:
        # A decision counts for the call that its person has seen. A refusal leaves no trace.
        if not self.asked or self.decision:
            raise ValueError("nothing waits for a decision")
        if call_id != self.asked["id"]:
            raise ValueError(f"{call_id} doesn't wait for a decision; {self.asked['id']} does: {self.asked['call']}")
