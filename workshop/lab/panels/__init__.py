"""Widgets for a notebook: each button shows the line of code that does the same."""

from workshop.lab.panels.console import QUEUE, WORKFLOW, ResearchConsole
from workshop.lab.panels.faults import FaultPanel
from workshop.lab.panels.parts import Panel
from workshop.lab.panels.worker import WorkerPanel

__all__ = ["QUEUE", "WORKFLOW", "FaultPanel", "Panel", "ResearchConsole", "WorkerPanel"]
