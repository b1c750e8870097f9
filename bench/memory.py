"""How much memory everything takes together while lesson 03 runs: services, JupyterLab, kernel, keeper and worker.

    python3 -m workshop up
    .venv/bin/python bench/memory.py

Executes lesson 03 and looks at all processes twice a second. Resident memory counts a shared page in each process that uses it,
the proportional share (Linux only) counts it once. Prints the moment with the largest share (a fork for a shell command doubles
the resident memory of the kernel for an instant, though not one page more is used), and writes bench/results/memory.json.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import psutil

from workshop import run
from workshop.config import LAB_DIR

MB = 1_000_000


def name_of(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    names = {"ipykernel": "kernel", "start-dev": "Temporal server", "services.gateway": "model gateway"}
    names |= {"services.weather": "weather service", "jupyterlab": "JupyterLab"}
    if "workshop.keeper" in line:
        parent = process.parent()
        return "worker" if parent and "workshop.keeper" in " ".join(parent.cmdline()) else "keeper"
    return next((name for part, name in names.items() if part in line), line[:40])


def look() -> dict[str, tuple[float, float]]:
    """Name -> (resident, proportional share) in MB, of every process that the course runs at this moment."""
    roots = [psutil.Process(json.loads(path.read_text())["pid"]) for path in (LAB_DIR / "services").glob("*.json")]
    processes = set(psutil.Process().children(recursive=True))
    for root in roots:
        processes |= {root, *root.children(recursive=True)}
    seen: dict[str, tuple[float, float]] = {}
    for process in processes:
        try:
            memory, name = process.memory_full_info(), name_of(process)
        except psutil.Error:  # ended in between
            continue
        resident, share = seen.get(name, (0.0, 0.0))
        seen[name] = (resident + memory.rss / MB, share + getattr(memory, "pss", memory.rss) / MB)
    return seen


def main() -> int:
    looks: list[dict[str, tuple[float, float]]] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.5):
            looks.append(look())

    thread = threading.Thread(target=sample)
    thread.start()
    began = time.monotonic()
    result = run.execute(run.NOTEBOOKS / "03_durable_agent.ipynb")
    done.set()
    thread.join()
    most = max(looks, key=lambda seen: sum(share for _, share in seen.values()))
    total = [sum(value[column] for value in most.values()) for column in (0, 1)]
    print("| process | resident MB | proportional share MB |\n|---|---|---|")
    for name, (resident, share) in sorted(most.items(), key=lambda item: -item[1][0]):
        print(f"| {name} | {resident:.0f} | {share:.0f} |")
    print(f"| all, at the moment with the most | {total[0]:.0f} | {total[1]:.0f} |")
    print(f"lesson 03: {'ok' if result.ok else result}, {time.monotonic() - began:.0f} s, {len(looks)} looks")
    report = {"most": most, "resident_mb": total[0], "share_mb": total[1], "ok": result.ok}
    out = Path(__file__).parent / "results" / "memory.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
