"""What a page knows about an answer that is on its way."""

from dataclasses import dataclass
from typing import Any

from temporalio.contrib.workflow_streams import WorkflowStreamItem


@dataclass
class Page:
    text: str = ""
    offset: int = 0
    """Where to go on reading after the line has dropped."""

    def show(self, item: WorkflowStreamItem[dict[str, Any]]) -> None:
        """Take one event of the model: `item.data` has its type, and a delta if it is one; `item.offset` its place."""
        ### BEGIN SOLUTION: append each delta, begin again when the model begins again, and remember the place
        self.offset = item.offset + 1
        match item.data:
            case {"type": "response.created"}:
                self.text = ""
            case {"type": "response.output_text.delta", "delta": str(words)}:
                self.text += words
        ### END SOLUTION
