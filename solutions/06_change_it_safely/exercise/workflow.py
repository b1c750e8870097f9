"""The refund agent: it asks a person before it pays, and waits three days at most."""

from datetime import timedelta

from agents import Agent, FunctionTool, Runner
from agents.items import ToolApprovalItem
from temporalio import workflow
from temporalio.openai_agents.workflow import activity_as_tool

with workflow.unsafe.imports_passed_through():
    from activities import check_fraud, find_order, refund_order

TASK_QUEUE = "refund-exercise-queue"
DEADLINE = timedelta(days=3)
STEP_TIME = timedelta(seconds=10)


@workflow.defn
class RefundWorkflow:
    def __init__(self) -> None:
        self.asked: dict[str, str] = {}  # the call that waits for a person; empty if none does
        self.decision = ""

    @workflow.run
    async def run(self, request: str) -> str:
        ### BEGIN SOLUTION from "fraud.py": task C
        if workflow.patched("fraud-check"):
            verdict = await workflow.execute_activity(check_fraud, request, start_to_close_timeout=STEP_TIME)
            if verdict != "ok":
                return f"Refused: {verdict}."
        ### END SOLUTION
        find = activity_as_tool(find_order, start_to_close_timeout=STEP_TIME)
        refund = activity_as_tool(refund_order, start_to_close_timeout=STEP_TIME)
        assert isinstance(refund, FunctionTool)
        refund.needs_approval = True
        agent = Agent(name="Refund Agent", instructions="You handle refunds for a shop.", tools=[find, refund])
        result = await Runner.run(agent, request)
        ### BEGIN SOLUTION: while there are result.interruptions, decide on each call, and run the agent with the state
        while result.interruptions:
            state = result.to_state()
            for call in result.interruptions:
                if await self._decision_on(call) == "approved":
                    state.approve(call)
                else:
                    state.reject(call, rejection_message=self.decision)
            result = await Runner.run(agent, state)
        ### END SOLUTION
        return str(result.final_output)

    async def _decision_on(self, call: ToolApprovalItem) -> str:
        """Wait for a person, for DEADLINE at most. Return "approved", or why not."""
        self.asked, self.decision = {"id": call.call_id or "", "call": f"{call.name} {call.arguments}"}, ""
        ### BEGIN SOLUTION: wait until self.decision is set; after DEADLINE set it to a refusal
        try:
            await workflow.wait_condition(lambda: bool(self.decision), timeout=DEADLINE)
        except TimeoutError:
            self.decision = "Refused: nobody answered in time."
        ### END SOLUTION
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
        if not self.asked or self.decision:
            raise ValueError("nothing waits for a decision")
        if call_id != self.asked["id"]:
            raise ValueError(f"{call_id} doesn't wait for a decision; {self.asked['id']} does: {self.asked['call']}")
