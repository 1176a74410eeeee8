# Debian's `websockets` as a server. Usage: websockets_server.py [CERT KEY]; prints its port, then one line of JSON for
# every connection that has ended. The paths are those of ../scenario.ts: /echo, /close, /private.
import asyncio
import http
import json
import ssl
import sys

import websockets


async def handler(ws, path):
    if path == "/close":
        await ws.close(4002, "bye ✓")
        return
    try:
        async for message in ws:
            if message == "please: ping":
                await asyncio.wait_for(await ws.ping(b"server asks"), 5)
                await ws.send("pong came")
            elif message == "please: fragments":
                await ws.send(["one ", "two ", "three"])
            else:
                await ws.send(message)
    except websockets.exceptions.ConnectionClosed:
        pass
    print(json.dumps({"close": [ws.close_code, ws.close_reason]}), flush=True)


async def refuse(path, headers):
    if path == "/private":
        return http.HTTPStatus.UNAUTHORIZED, [("WWW-Authenticate", 'Bearer realm="peers"')], b"no token\n"


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    options = {"subprotocols": ["echo.v2"], "max_size": None, "process_request": refuse, "ssl": context}
    async with websockets.serve(handler, "127.0.0.1", 0, **options) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
