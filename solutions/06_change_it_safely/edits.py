"""Eleven edits of workflow.py that a team might make in its first month, as pairs of old and new text."""

FIRST = "        result = await Runner.run(agent, request)\n"
LAST = "        return str(result.final_output)\n"
SCREEN = "await workflow.execute_activity(screen_request, request, start_to_close_timeout=TOOL_TIME)\n"
IMPORT = ("find_order, refund_order\n", "find_order, refund_order, screen_request\n")
GUARD = """        judge = Agent(name="Judge", instructions="Does this ask for anything but a refund?")

        @input_guardrail(run_in_parallel=False)
        async def only_refunds(context, agent, request):
            verdict = await Runner.run(judge, request)
            return GuardrailFunctionOutput(verdict.final_output, tripwire_triggered=False)

        agent.input_guardrails.append(only_refunds)
"""
STREAMED = """        result = Runner.run_streamed(agent, request)
        async for _ in result.stream_events():
            pass
"""

EDITS = {
    "new prompt": [("Be brief.", "Be brief and kind.")],
    "other model": [('name="Refund Agent",', 'name="Refund Agent", model="another-model",')],
    "agent renamed": [('"Refund Agent"', '"Refunds"')],
    "other time-outs": [("seconds=10", "seconds=60")],
    "one more tool": [
        IMPORT,
        ("tools=[find,", "tools=[find, activity_as_tool(screen_request, start_to_close_timeout=TOOL_TIME),"),
    ],
    "tool removed": [("tools=[find, ", "tools=[")],
    "turn limit": [(FIRST, FIRST.replace("request)", "request, max_turns=1)"))],
    "guardrail": [
        ("import Agent, FunctionTool, Runner", "import Agent, FunctionTool, GuardrailFunctionOutput, Runner, input_guardrail"),
        (FIRST, GUARD + FIRST),
    ],
    "streamed": [(FIRST, STREAMED)],
    "step before": [IMPORT, (FIRST, f"        {SCREEN}{FIRST}")],
    "step after": [IMPORT, (LAST, f"        {SCREEN}{LAST}")],
}
PATCHED = {
    name: [IMPORT, (text, f'        if workflow.patched("screen"):\n            {SCREEN}{text}')]
    for name, text in (("step before", FIRST), ("step after", LAST))
}
