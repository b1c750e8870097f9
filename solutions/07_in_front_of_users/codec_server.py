"""The codec as a service: whoever may ask it reads plain text in the CLI and in the Web UI. On a server it asks for a login first.

python codec_server.py
"""

import os

import uvicorn
from codec import Encryption
from fastapi import FastAPI, Request, Response
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads

app = FastAPI()
PORT = int(os.environ.get("RESEARCH_APP_PORT", "8234"))


@app.get("/api/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/decode")
async def decode(request: Request) -> Response:
    payloads = json_format.Parse(await request.body(), Payloads())
    answer = Payloads(payloads=await Encryption().decode(payloads.payloads))
    return Response(json_format.MessageToJson(answer), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=PORT, log_level="warning")
