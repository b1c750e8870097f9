"""The help desk's one tool: it looks up an article of some 6 kB."""

import json

from temporalio import activity


@activity.defn
async def look_up(topic: str) -> str:
    """Look up the help desk's article on a topic.

    Args:
        topic: The topic, in one or two words, such as invoices.
    """
    steps = [f"Step {number}: open the settings, choose {topic}, and confirm what is shown there." for number in range(1, 81)]
    return json.dumps({"topic": topic, "answer": f"Open the settings and choose {topic}.", "steps": " ".join(steps)})
