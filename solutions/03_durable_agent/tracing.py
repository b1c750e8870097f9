"""Traces of the Agents SDK, printed as trees for those who have no platform to send them to."""

from typing import Any

from agents.tracing import Span, Trace, TracingProcessor


class TreePrinter(TracingProcessor):
    """A processor that collects the spans of a trace and prints them, indented, when it ends."""

    def __init__(self) -> None:
        self._spans: dict[str, list[Span[Any]]] = {}

    def on_trace_start(self, trace: Trace) -> None:
        self._spans[trace.trace_id] = []

    def on_span_start(self, span: Span[Any]) -> None:
        self._spans.setdefault(span.trace_id, []).append(span)

    def on_span_end(self, span: Span[Any]) -> None:
        pass

    def on_trace_end(self, trace: Trace) -> None:
        print(f"trace {trace.name!r}, group {(trace.export() or {}).get('group_id')}")
        spans = self._spans.pop(trace.trace_id, [])
        self._print_below(None, spans, depth=1)

    def _print_below(self, parent: str | None, spans: list[Span[Any]], depth: int) -> None:
        for span in (span for span in spans if span.parent_id == parent):
            data = span.span_data.export()
            print(f"{'  ' * depth}{data.get('type')}: {data.get('name', '')}")
            self._print_below(span.span_id, spans, depth + 1)

    def shutdown(self) -> None:
        pass

    def force_flush(self) -> None:
        pass
