"""What a page knows about an answer that is still coming."""

from dataclasses import dataclass
from typing import Any

from temporalio.contrib.workflow_streams import WorkflowStreamItem


@dataclass
class Page:
    text: str = ""
    offset: int = 0
    """Where to resume reading after the connection has dropped."""

    def show(self, item: WorkflowStreamItem[dict[str, Any]]) -> None:
        """Take one event of the model: `item.data` has its type and perhaps a delta, `item.offset` its place."""
        ### BEGIN SOLUTION: append each delta, start over when the model starts over, and remember the place
        self.offset = item.offset + 1
        match item.data:
            case {"type": "response.created"}:
                self.text = ""
            case {"type": "response.output_text.delta", "delta": str(words)}:
                self.text += words
        ### END SOLUTION
