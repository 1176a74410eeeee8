"""A guest of the chat in another language: joins with a name, says each line of stdin, prints each message."""
import asyncio
import json
import sys

import websockets


async def main(url, name):
    async with websockets.connect(url, subprotocols=["json"]) as socket:
        await socket.send(json.dumps({"type": "join", "name": name}))
        asyncio.get_running_loop().create_task(say(socket))
        async for message in socket:
            print(message, flush=True)
        print(json.dumps({"type": "closed", "code": socket.close_code}), flush=True)


async def say(socket):
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        await socket.send(json.dumps({"type": "say", "text": line.decode().rstrip("\n")}))
    await socket.close()


asyncio.run(main(*sys.argv[1:]))
