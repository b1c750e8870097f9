"""Research as the practice model does it: brief, plan, search in the library, report; and a guardrail's verdicts."""
