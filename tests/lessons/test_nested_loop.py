"""A script's own `asyncio.run` in a notebook, on whatever Python this is: lesson 03's cell, and what a
learner runs after it.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from bench_instance import Bench
from nbformat.v4 import new_code_cell, new_notebook

from workshop.commands import lessons

SCRIPT = """
import asyncio
async def answer(question): await asyncio.sleep(0.01); return question
def main(question): print(asyncio.run(answer(question)))
"""
CALL = """
import asyncio, os, httpx
async with httpx.AsyncClient(timeout=20) as client:
    response = await client.get(os.environ["WEATHER_API_BASE"] + "/alerts/active/area/CA")
print(response.status_code, asyncio.current_task() is not None)
"""
AGENT = """
from agents import Agent, Runner
print((await Runner.run(Agent(name="Clerk", instructions="Answer briefly."), "Hello!")).final_output)
"""
TIMES = "print(await asyncio.wait_for(asyncio.gather(*(asyncio.sleep(0, n) for n in range(3))), 5))"


def test_after_a_nested_loop_agents_and_calls_work_in_the_same_notebook(bench: Bench, tmp_path: Path) -> None:
    lesson = nbformat.read(lessons.NOTEBOOKS / "03_durable_agent.ipynb", as_version=4)
    [nested] = [
        cell.source for cell in lesson.cells if cell.cell_type == "code" and ".apply()" in cell.source
    ]
    settings = (
        f"from dotenv import load_dotenv\nassert load_dotenv({str(bench.home / '.env')!r}, override=True)"
    )
    cells = [nested, settings, CALL, AGENT, TIMES, nested, AGENT]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    (tmp_path / "starter.py").write_text(SCRIPT)
    nbformat.write(notebook, tmp_path / "nested.ipynb")
    result = lessons.execute(tmp_path / "nested.ipynb", cwd=tmp_path, env=bench.env, timeout=60)
    assert result.ok, result
    said = ["".join(output.get("text", "") for output in cell.outputs) for cell in result.notebook.cells]
    assert [said[0], said[2], said[4]] == [
        "Are there weather alerts in Maine?\n",
        "200 True\n",
        "[0, 1, 2]\n",
    ]
    assert said[3].strip() and said[3] == said[6]
