"""The codec as a service, so that the CLI and the Web UI can show plain text. On a server, put a login in front of it.

python codec_server.py [PORT]
"""

import os
import sys

import uvicorn
from codec import Encryption
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from google.protobuf import json_format
from temporalio.api.common.v1 import Payloads

WEB_UI = os.environ.get("TEMPORAL_UI_URL", "http://localhost:8233")

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    # The Web UI asks from the browser. No other page may read the answers.
    allow_origins=[WEB_UI, WEB_UI.replace("//localhost:", "//127.0.0.1:")],
    allow_methods=["POST"],
    allow_headers=["content-type", "x-namespace"],
)


@app.get("/api/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/decode")
async def decode(request: Request) -> Response:
    payloads = json_format.Parse(await request.body(), Payloads())
    answer = Payloads(payloads=await Encryption().decode(payloads.payloads))
    return Response(json_format.MessageToJson(answer), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8081, log_level="warning")
