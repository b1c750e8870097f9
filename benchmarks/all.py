"""All benchmarks, one after the other, each as a separate process: one command for every figure and picture
in the documents.

    .venv/bin/python benchmarks/all.py [--only recovery,cost] [--trial] [--list]

Run it on a machine that does nothing else. It prints the output of each benchmark, then a line with its
duration, and goes on when one fails or misses its target. Exit code 1 if any did. `--list` shows the names
and how long each took in its last full run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
DURATIONS = HERE / "results" / "durations.json"
STAGES = ("hello", "agent", "routing", "research")
"""Stages 02 to 05, as tests/helpers/crash_cases.py names them."""
BENCHES: dict[str, list[str]] = {
    **{name: [name] for name in ("recovery", "heartbeat", "first_answer", "sticky", "cost", "step_price")},
    **{name: [name] for name in ("throughput", "conversation", "chats", "starts")},
    **{name: [name] for name in ("research_load", "gateway_load", "memory")},
    **{f"crash_matrix_{stage}": ["crash_matrix", stage] for stage in STAGES},
    "two_machines": ["two_machines"],
    "pictures": ["pictures"],
    "reading": ["reading"],
}
"""Name -> script and its arguments, in the order in which they run."""


def chosen(names: str) -> list[str]:
    """Return the benchmarks named in a list such as `recovery,crash_matrix`; a script's name means all that
    it does.
    """
    if not names:
        return list(BENCHES)
    asked = names.split(",")
    if unknown := [
        name for name in asked if not any(name in (bench, words[0]) for bench, words in BENCHES.items())
    ]:
        raise SystemExit(f"There is no bench {', '.join(unknown)}. There are: {', '.join(BENCHES)}")
    return [bench for bench, words in BENCHES.items() if bench in asked or words[0] in asked]


def run(name: str, trial: bool) -> tuple[int, float]:
    """Run a benchmark; return its exit code and the seconds that it took."""
    script, *arguments = BENCHES[name]
    command = [sys.executable, str(HERE / f"{script}.py"), *arguments, *(["--trial"] if trial else [])]
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    return code, time.monotonic() - began


def taken() -> dict[str, float]:
    """Return the seconds that each benchmark took in its last full run."""
    return json.loads(DURATIONS.read_text()) if DURATIONS.exists() else {}


def main(names: list[str], trial: bool) -> int:
    print(
        f"{len(names)} benches. Load of the machine in the last minute: {os.getloadavg()[0]:.1f}", flush=True
    )
    lines, failed = [], 0
    for name in names:
        code, seconds = run(name, trial)
        failed += bool(code)
        lines.append(f"{name:24} {seconds:7.1f} s   {f'exit code {code}' if code else 'ok'}")
        print(f"== {lines[-1]}", flush=True)
        if not trial:
            DURATIONS.write_text(json.dumps(taken() | {name: round(seconds, 1)}, indent=1) + "\n")
    well = "All ran. A trial says nothing of targets." if trial else "All kept their targets."
    print("", *lines, f"{failed} of {len(names)} failed or missed a target." if failed else well, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAME,NAME",
        help="these benches; crash_matrix stands for all of its stages",
    )
    parser.add_argument(
        "--trial", action="store_true", help="small sizes: shows that each runs, and keeps nothing"
    )
    parser.add_argument("--list", action="store_true", help="the names and durations, and nothing else")
    given = parser.parse_args()
    picked = chosen(given.only)
    if given.list:
        for bench in picked:
            print(f"{bench:24} {f'{took:7.1f} s' if (took := taken().get(bench)) else 'not yet timed'}")
        sys.exit(0)
    sys.exit(main(picked, given.trial))
