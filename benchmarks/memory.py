"""How much memory everything takes together while lesson 03 runs: services, JupyterLab, kernel, keeper and
worker.

    .venv/bin/python benchmarks/memory.py [--lesson 03_durable_agent] [--trial]

The script runs the lesson on its own services and looks at all processes twice a second. Resident memory
counts a shared page in each process that uses it; the proportional share (Linux only) counts it once. The
table shows the moment with the largest share (a fork for a shell command doubles the kernel's resident memory
for an instant, although no page is added). Exit code 1 if the largest share is above the limit.
"""

from __future__ import annotations

import sys
import threading

import psutil
from common import MB, Bench, parser, report, services, sizes

from workshop.commands import lessons

LIMIT_MB = 1000
"""The limit for the proportional share of all processes together."""


def name_of(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    names = {"ipykernel": "kernel", "start-dev": "Temporal server", "workshop.gateway": "model gateway"}
    names |= {"workshop.weather": "weather service", "jupyterlab": "JupyterLab"}
    if "workshop.processes.keeper" in line:
        parent = process.parent()
        return "worker" if parent and "workshop.processes.keeper" in " ".join(parent.cmdline()) else "keeper"
    return next((name for part, name in names.items() if part in line), line[:40])


def look(bench: Bench) -> dict[str, tuple[float, float]]:
    """Return (resident, proportional share) in MB, by name, of every process that the course is running."""
    seen: dict[str, tuple[float, float]] = {}
    for process in psutil.process_iter():
        try:
            # Not by parents: the services, the keeper, and its workers have sessions of their own.
            if process.environ().get("WORKSHOP_HOME") != str(bench.home):
                continue
            memory, name = process.memory_full_info(), name_of(process)
        except psutil.Error:  # it has ended meanwhile
            continue
        resident, share = seen.get(name, (0.0, 0.0))
        seen[name] = (resident + memory.rss / MB, share + getattr(memory, "pss", memory.rss) / MB)
    return seen


def main(lesson: str, trial: bool) -> int:
    looks: list[dict[str, tuple[float, float]]] = []
    done = threading.Event()
    with services("memory", latency=0.2, lab=True) as bench:

        def sample() -> None:
            while not done.wait(0.5):
                looks.append(look(bench))

        thread = threading.Thread(target=sample)
        thread.start()
        result = lessons.execute(lessons.NOTEBOOKS / f"{lesson}.ipynb", env=bench.env)
        done.set()
        thread.join()
    missing = {"kernel", "keeper", "worker", "Temporal server", "model gateway"} - {
        name for seen in looks for name in seen
    }
    assert not missing, f"never seen: {missing}"
    most = max(looks, key=lambda seen: sum(share for _, share in seen.values()))
    named = sorted(most.items(), key=lambda item: -item[1][1])
    resident, share = (sum(value[column] for value in most.values()) for column in (0, 1))
    rows = [
        {"process": name, "resident MB": round(one), "share MB": round(other)}
        for name, (one, other) in [*named, ("together", (resident, share))]
    ]
    report("memory", {"rows": rows, "lesson": lesson, "looks": len(looks), "ok": result.ok}, trial)
    print(f"{lesson}: {'ok' if result.ok else result}, {result.seconds:.0f} s, {len(looks)} looks")
    return 0 if result.ok and share <= LIMIT_MB else 1


if __name__ == "__main__":
    given = sizes(parser(__doc__), lesson=("03_durable_agent", "00_start_here"))
    sys.exit(main(given.lesson, given.trial))
