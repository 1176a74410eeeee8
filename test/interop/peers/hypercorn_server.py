# Debian's hypercorn, which speaks RFC 8441, with an echo on ASGI. Usage: hypercorn_server.py CERT KEY; prints its port, then one
# line of JSON for every WebSocket that it takes and for every one that has ended. The paths are those of ../scenario.ts: /echo
# (it does not answer "please: …", since ASGI has neither pings nor fragments), /close, /private (which ASGI refuses with 403).
import asyncio
import json
import socket
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config


def tell(**facts):
    print(json.dumps(facts), flush=True)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    await receive()
    if scope["path"] == "/private":
        await send({"type": "websocket.close"})
        return
    spoken = "echo.v2" if "echo.v2" in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": spoken})
    tell(http=scope["http_version"], scheme=scope["scheme"], path=scope["path"])
    if scope["path"] == "/close":
        await send({"type": "websocket.close", "code": 4002, "reason": "bye ✓"})
        return
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            tell(ended=True)
            return
        kind = "text" if event.get("text") is not None else "bytes"
        await send({"type": "websocket.send", kind: event[kind]})


async def main():
    listener = socket.create_server(("127.0.0.1", 0))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile, config.keyfile = sys.argv[1:3]
    config.alpn_protocols = ["h2", "http/1.1"]
    print(listener.getsockname()[1], flush=True)
    await serve(app, config)


asyncio.run(main())
