"""What is known about a research run at one moment. Plain data: it doesn't care who keeps it, or for how long."""

from dataclasses import dataclass, field
from datetime import datetime

from deep_research.models import ResearchStatus, Stage


@dataclass
class Known:
    started: datetime
    changed: datetime
    stage: Stage = Stage.PENDING
    query: str = ""
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        return len(self.answers) == len(self.questions)

    def enter(self, stage: Stage, now: datetime) -> None:
        self.stage, self.changed = stage, now

    def status(self) -> ResearchStatus:
        """What everybody outside gets to see."""
        index = len(self.answers)
        return ResearchStatus(
            status=self.stage,
            query=self.query,
            clarification_questions=self.questions,
            clarification_responses={f"question_{number}": answer for number, answer in enumerate(self.answers)},
            current_question=None if self.is_answered else self.questions[index],
            current_question_index=index,
            started=self.started,
            changed=self.changed,
        )
