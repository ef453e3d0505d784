"""Whether a server answers rightly: before it does, no figure of it means anything."""

import http.client
import os
import socket
import struct

HANDSHAKE = ("GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n\r\n")


class WrongAnswer(Exception):
    pass


def demand(condition, what):
    if not condition:
        raise WrongAnswer(what)


def check_http(port, peer):
    def ask(method, target, body=None, **options):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, target, body, **options)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        demand(response.status == 200, f"{method} {target}: {response.status}")
        return response, content

    response, content = ask("GET", "/plaintext")
    demand(content == b"Hello, World!", f"GET /plaintext: {content!r}")
    demand(response.headers.get_content_type() == "text/plain", "GET /plaintext: its type")
    if "actor" in peer.can:
        demand(ask("GET", "/plain-actor")[1] == content, "GET /plain-actor")
    if "count" in peer.can:
        for target in ("/sink", "/slow-sink?rate=100000000"):
            body = b"x" * 300_000
            demand(ask("POST", target, body)[1] == b"300000", f"POST {target}")
            pieces = iter([b"x" * 70_000, b"y" * 30])
            chunked = ask("POST", target, pieces, encode_chunked=True,
                          headers={"Transfer-Encoding": "chunked"})[1]
            demand(chunked == b"70030", f"POST {target} in chunks: {chunked!r}")
    if "download" in peer.can:
        octets = len(ask("GET", "/download?octets=1048576")[1])
        demand(octets == 1048576, f"GET /download: {octets} octets")
    if "cancel" in peer.can:
        demand(b'"ended"' in ask("GET", "/ended")[1], "GET /ended")


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        demand(more, "the WebSocket was closed")
        data += more
    return data


def receive_message(connection):
    """The opcode and payload of the next message, from all its frames."""
    opcode, payload, is_last = 0, b"", False
    while not is_last:
        first, length = receive(connection, 2)
        is_last = first & 0x80 != 0
        opcode = opcode or first & 0x0F
        if length == 126:
            length, = struct.unpack("!H", receive(connection, 2))
        payload += receive(connection, length)
    return opcode, payload


def masked_frame(opcode, payload):
    mask = os.urandom(4)
    masked = bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))
    length = (bytes([0x80 | len(payload)]) if len(payload) < 126
              else b"\xfe" + struct.pack("!H", len(payload)))
    return bytes([0x80 | opcode]) + length + mask + masked


def check_echo(port, target="/echo"):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HANDSHAKE.format(target=target).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += receive(connection, 1)
        demand(b" 101 " in head and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head, f"{target}: handshake")
        for message in ((1, b"text"), (2, os.urandom(16384))):
            connection.sendall(masked_frame(*message))
            demand(receive_message(connection) == message, f"{target}: another message came back")


def check(port, peer):
    """Raises WrongAnswer, OSError or http.client.HTTPException."""
    check_http(port, peer)
    if "ws" in peer.can:
        check_echo(port)
    if "callback" in peer.can:
        check_echo(port, "/echo-callback")
