"""A replica of Ray Serve: owns a Node process with a server of kernel-helpers/serve, and passes requests on to it."""

import asyncio
import json
import os

import aiohttp
from ray import serve
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse

# Of one connection only (RFC 9110, section 7.6.1), or said by Serve as well.
LEFT_OUT = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host", "date", "server", "x-request-id"}


def end_to_end(headers):
    return {name: value for name, value in headers.items() if name.lower() not in LEFT_OUT}


@serve.deployment
class Replica:
    async def __init__(self, config):
        self.node = await asyncio.create_subprocess_exec(
            *config["command"], json.dumps(config["options"]), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        line = await self.node.stdout.readline()  # its input stays open as long as this process lives, and it ends with it
        if not line:
            raise RuntimeError(f"the server did not start: its process ended with {await self.node.wait()}; its log says why")
        told = json.loads(line)
        if "error" in told:
            raise RuntimeError(told["error"])
        self.url = told["url"]
        no_limit = aiohttp.ClientTimeout(total=None)  # the server has its own
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=no_limit, auto_decompress=False)
        self.watch = asyncio.create_task(self._end_with_node())

    async def _end_with_node(self):
        await self.node.wait()
        await asyncio.sleep(0.2)  # what was under way is told that it failed
        os._exit(1)  # Serve puts another in its place

    async def check_health(self):
        if self.node.returncode is not None:
            raise RuntimeError(f"node {self.node.pid} ended with {self.node.returncode}")
        async with self.session.get(f"{self.url}/health", timeout=aiohttp.ClientTimeout(total=20)) as answer:
            answer.raise_for_status()

    async def __call__(self, request: Request):
        url = f"{self.url}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        body = await request.body()
        try:
            answer = await self.session.request(request.method, url, headers=end_to_end(request.headers), data=body, allow_redirects=False)
        except aiohttp.ClientError as error:
            failure = {"message": f"the replica's server is gone: {error}", "type": "server_error", "code": "replica_died"}
            return JSONResponse({"error": failure}, 502)

        async def pieces():
            # An answer that breaks off breaks off for the client, too: the error ends the connection without the end of the body.
            async with answer:
                async for piece in answer.content.iter_any():
                    yield piece

        return StreamingResponse(pieces(), answer.status, end_to_end(answer.headers))


def build(config: dict):
    return Replica.bind(config)
