"""Widgets for a notebook: worker panel, fault panel, research console. Each button stands beside its one-line code twin."""

from workshop.panels.console import QUEUE, WORKFLOW, ResearchConsole
from workshop.panels.faults import FaultPanel
from workshop.panels.parts import Panel
from workshop.panels.worker import WorkerPanel

__all__ = ["QUEUE", "WORKFLOW", "FaultPanel", "Panel", "ResearchConsole", "WorkerPanel"]
