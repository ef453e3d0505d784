"""Quart, to be served by Hypercorn."""

import asyncio
import time

from quart import Quart, request, websocket

SLOW_RATE = 1_000_000
PIECE = b"x" * (256 * 1024)

app = Quart(__name__)
app.config["MAX_CONTENT_LENGTH"] = None
app.config["BODY_TIMEOUT"] = None
app.config["RESPONSE_TIMEOUT"] = None
ended = {"ended": 0, "last_ns": 0}


def add_ended():
    ended["ended"] += 1
    ended["last_ns"] = time.time_ns()


@app.get("/plaintext")
async def plaintext():
    # Hypercorn 0.13 closes a connection that is answered before it has seen the request's end.
    await request.get_data()
    return "Hello, World!", {"Content-Type": "text/plain"}


@app.post("/sink")
async def sink():
    total = 0
    async for piece in request.body:
        total += len(piece)
    return str(total)


@app.post("/slow-sink")
async def slow_sink():
    rate = int(request.args.get("rate", SLOW_RATE))
    total = 0
    try:
        async for piece in request.body:
            total += len(piece)
            await asyncio.sleep(len(piece) / rate)
    except asyncio.CancelledError:
        add_ended()
        raise
    return str(total)


@app.get("/download")
async def download():
    await request.get_data()  # as above
    octets = int(request.args.get("octets", 0))

    async def pieces():
        left = octets
        while left > 0:
            yield PIECE[:left]
            left -= len(PIECE)

    return pieces(), {"Content-Length": str(octets)}


@app.websocket("/echo")
async def echo():
    while True:
        await websocket.send(await websocket.receive())


@app.websocket("/slow-sink")
async def slow_web_socket_sink():
    rate = int(websocket.args.get("rate", SLOW_RATE))
    try:
        while True:
            message = await websocket.receive()
            await asyncio.sleep(len(message) / rate)
    except asyncio.CancelledError:
        add_ended()
        raise


@app.get("/ended")
async def ended_so_far():
    await request.get_data()  # as above
    return ended
