# Debian's `aiohttp` as a client. Usage: aiohttp_client.py MODE URL; prints one line of JSON. It cannot fragment.
import asyncio
import json
import sys

import aiohttp

PAYLOAD = bytes((i * 31 + 7) & 255 for i in range(1 << 20))
LONG = "grüße, 世界 👋 " * 3000
SMALL = ['{"number":%d,"text":"grüße, 世界 👋","more":"%s"}' % (i, "-" * 100) for i in range(200)]


async def talk(session, url):
    options = {"protocols": ["chat.v1", "echo.v2"], "max_msg_size": 0, "autoping": False}
    async with session.ws_connect(url, **options) as ws:
        report = {"subprotocol": ws.protocol}
        await ws.send_str("grüße, 世界 👋")
        report["text"] = await ws.receive_str()
        await ws.send_bytes(PAYLOAD)
        report["binary"] = await ws.receive_bytes() == PAYLOAD
        await ws.ping(b"are you there")
        pong = await ws.receive(5)
        report["pong"] = pong.type == aiohttp.WSMsgType.PONG and bytes(pong.data) == b"are you there"
        await ws.send_str("please: ping")
        ping = await ws.receive(5)
        await ws.pong(ping.data)
        report["answered"] = await ws.receive_str()
        await ws.close(code=4001, message="done ✓".encode())
        report["close"] = [ws.close_code, None]
        return report


async def compressed(session, url):
    async with session.ws_connect(url, compress=15, max_msg_size=0) as ws:
        # No public way leads to the fields of the answer.
        report = {"extensions": ws._response.headers.get("Sec-WebSocket-Extensions", "") if ws.compress else ""}
        for name, message in [("long", LONG), ("noText", "")]:
            await ws.send_str(message)
            report[name] = await ws.receive_str() == message
        for name, message in [("binary", PAYLOAD), ("noBytes", b"")]:
            await ws.send_bytes(message)
            report[name] = await ws.receive_bytes() == message
        for message in SMALL:
            await ws.send_str(message)
        report["small"] = [await ws.receive_str() for _ in SMALL] == SMALL
        await ws.close(code=4001, message="done ✓".encode())
        report["close"] = [ws.close_code, None]
        return report


async def closed(session, url):
    async with session.ws_connect(url, autoclose=False) as ws:
        message = await ws.receive(5)
        await ws.close(code=message.data, message=message.extra.encode())
        return {"close": [message.data, message.extra]}


async def refused(session, url):
    try:
        async with session.ws_connect(url, origin="http://evil.example"):
            return {"status": 101}
    except aiohttp.WSServerHandshakeError as error:
        return {"status": error.status, "type": error.headers.get("Content-Type")}


async def main():
    mode, url = sys.argv[1:]
    async with aiohttp.ClientSession() as session:
        print(json.dumps(await {"talk": talk, "closed": closed, "refused": refused, "compressed": compressed}[mode](session, url)), flush=True)


asyncio.run(main())
