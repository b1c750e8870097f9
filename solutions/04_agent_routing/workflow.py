"""A triage agent hands each request over to the specialist who speaks its language."""

from agents import Agent, Runner, trace
from temporalio import workflow

TASK_QUEUE = "routing-workflow-queue"


def triage_agent() -> Agent:
    """The agents of one run. A handoff passes the whole conversation on to another agent."""
    french = Agent(
        name="French Agent",
        handoff_description="Answers requests that are written in French.",
        instructions="You only speak French. Answer in French.",
    )
    spanish = Agent(
        name="Spanish Agent",
        handoff_description="Answers requests that are written in Spanish.",
        instructions="You only speak Spanish. Answer in Spanish.",
    )
    english = Agent(
        name="English Agent",
        handoff_description="Answers requests in English, and in every language that nobody else speaks.",
        instructions="You only speak English. Answer in English.",
    )
    return Agent(
        name="Triage Agent",
        instructions=(
            "Hand over to the agent that speaks the language of the request. "
            "Unsure, or a language that no agent speaks: hand over to the English Agent."
        ),
        handoffs=[french, spanish, english],
    )


@workflow.defn
class RoutingWorkflow:
    @workflow.run
    async def run(self, msg: str) -> str:
        with trace("Routing example", group_id=workflow.info().workflow_id):
            result = await Runner.run(triage_agent(), msg)
        workflow.logger.info("answered by the %s", result.last_agent.name)
        return str(result.final_output)
