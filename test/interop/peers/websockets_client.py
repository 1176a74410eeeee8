# Debian's `websockets` as a client. Usage: websockets_client.py MODE URL [CA]; prints one line of JSON.
# The modes are those of ../scenario.ts and ../compressed.ts: talk, closed, refused, compressed.
import asyncio
import json
import ssl
import sys

import websockets

PAYLOAD = bytes((i * 31 + 7) & 255 for i in range(1 << 20))
LONG = "grüße, 世界 👋 " * 3000
SMALL = ['{"number":%d,"text":"grüße, 世界 👋","more":"%s"}' % (i, "-" * 100) for i in range(200)]


async def talk(url, **options):
    async with websockets.connect(url, subprotocols=["chat.v1", "echo.v2"], max_size=None, **options) as ws:
        report = {"subprotocol": ws.subprotocol}
        await ws.send("grüße, 世界 👋")
        report["text"] = await ws.recv()
        await ws.send(PAYLOAD)
        report["binary"] = await ws.recv() == PAYLOAD
        await ws.send(["one ", "two ", "three"])
        report["fragments"] = await ws.recv()
        pong = await ws.ping(b"are you there")
        await asyncio.wait_for(pong, 5)
        report["pong"] = True
        await ws.send("please: ping")
        report["answered"] = await ws.recv()
        await ws.close(4001, "done ✓")
        report["close"] = [ws.close_code, ws.close_reason]
        return report


async def compressed(url, **options):
    async with websockets.connect(url, max_size=None, **options) as ws:
        report = {"extensions": ws.response_headers["Sec-WebSocket-Extensions"] if ws.extensions else ""}
        for name, message in [("long", LONG), ("binary", PAYLOAD), ("noText", ""), ("noBytes", b"")]:
            await ws.send(message)
            report[name] = await ws.recv() == message
        for message in SMALL:
            await ws.send(message)
        report["small"] = [await ws.recv() for _ in SMALL] == SMALL
        await ws.close(4001, "done ✓")
        report["close"] = [ws.close_code, ws.close_reason]
        return report


async def closed(url, **options):
    async with websockets.connect(url, **options) as ws:
        await ws.wait_closed()
        return {"close": [ws.close_code, ws.close_reason]}


async def refused(url, **options):
    try:
        async with websockets.connect(url, origin="http://evil.example", **options):
            return {"status": 101}
    except websockets.exceptions.InvalidStatusCode as error:
        return {"status": error.status_code, "type": error.headers.get("Content-Type")}


async def main():
    mode, url, *ca = sys.argv[1:]
    options = {"ssl": ssl.create_default_context(cafile=ca[0])} if ca else {}
    print(json.dumps(await {"talk": talk, "closed": closed, "refused": refused, "compressed": compressed}[mode](url, **options)), flush=True)


asyncio.run(main())
