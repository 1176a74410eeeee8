# Debian's `aiohttp` as a server. Prints its port, then one line of JSON for every connection that has ended.
import asyncio
import json

from aiohttp import WSMsgType, web


async def echo(request):
    ws = web.WebSocketResponse(protocols=["echo.v2"], max_msg_size=0, autoping=False)
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.PING:
            await ws.pong(message.data)
        elif message.type == WSMsgType.PONG:
            await ws.send_str("pong came")
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data)
        elif message.data == "please: ping":
            await ws.ping(b"server asks")
        else:
            await ws.send_str(message.data)
    print(json.dumps({"close": [ws.close_code, None]}), flush=True)
    return ws


async def close(request):
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.close(code=4002, message="bye ✓".encode())
    return ws


async def private(request):
    return web.Response(status=401, text="no token\n", headers={"WWW-Authenticate": 'Bearer realm="peers"'})


async def main():
    app = web.Application()
    app.add_routes([web.get("/echo", echo), web.get("/close", close), web.get("/private", private)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()


asyncio.run(main())
