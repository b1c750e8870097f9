"""The web server that forgets: it keeps its research in a dict. Start it with its port: in_memory_server.py 8237"""

import sys
from typing import Any
from uuid import uuid4

import uvicorn
from deep_research.web.patience import Protocol
from deep_research.web.protection import protect
from dotenv import load_dotenv
from fastapi import FastAPI, HTTPException
from in_memory import Research
from web_forms import Answer, Query, shown

app = FastAPI(title="Deep research, in memory")
protect(app)
runs: dict[str, Research] = {}


def research(session_id: str) -> Research:
    if session_id not in runs:
        raise HTTPException(404, f"There is no research {session_id}.")
    return runs[session_id]


@app.post("/api/start-research")
async def start_research(given: Query) -> dict[str, Any]:
    session_id = f"research-{uuid4()}"
    runs[session_id] = Research(given.query)
    await research(session_id).triaged()
    return shown(session_id, research(session_id).known.status())


@app.get("/api/status/{session_id}")
async def status(session_id: str) -> dict[str, Any]:
    return shown(session_id, research(session_id).known.status())


@app.post("/api/answer/{session_id}/{question_index}")
async def answer(session_id: str, question_index: int, given: Answer) -> dict[str, Any]:
    research(session_id).answer(question_index, given.answer)
    return {"status": "accepted", "session_status": research(session_id).known.stage}


@app.get("/api/result/{session_id}")
async def result(session_id: str) -> dict[str, Any]:
    report = await research(session_id).report
    return {"session_id": session_id, **report.model_dump()}


@app.get("/api/health")
async def health() -> dict[str, Any]:
    return {"status": "healthy"}


if __name__ == "__main__":
    load_dotenv(override=True)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), http=Protocol)
