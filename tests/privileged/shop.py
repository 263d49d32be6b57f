#!/usr/bin/env python3
"""A provider that extends pictures, for tests/privileged/run: PORT is written to FOLDER/port once it listens, and a
line to FOLDER/submits for each paid request. It knows the source, so it decodes nothing."""
import json
import os
import struct
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = sys.argv[1]


def level(x, y, channel):
    """The source: blocks of colours, none like its neighbour."""
    return (x // 7 * 67 + y // 9 * 101 + channel * 59 + (x // 7) * (y // 9) * 13) % 256


def png(width, height, left, top, size):
    """The source of `size` pixels a side at this place on a grey canvas."""
    rows = []
    for y in range(height):
        row = bytearray([0])
        for x in range(width):
            inside = left <= x < left + size and top <= y < top + size
            row += bytes(level(x - left, y - top, c) if inside else 128 for c in range(3))
        rows.append(bytes(row))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    orders = {}

    def log_message(self, *_):
        pass

    def reply(self, body, kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = "job-%d" % (len(self.orders) + 1)
        self.orders[name] = order
        with open(os.path.join(FOLDER, "submits"), "a") as submits:
            submits.write(name + "\n")
        self.reply({"id": name})

    def do_GET(self):
        name = self.path.rsplit("/", 1)[1]
        if self.path.startswith("/jobs/"):
            origin = "http://" + self.headers["Host"]
            return self.reply({"status": "done", "url": origin + "/pictures/" + name})
        order = self.orders[name]
        self.reply(png(order["width"], order["height"], order["left"], order["top"], order["side"]), "image/png")


if __name__ == "__main__":
    with open(os.path.join(FOLDER, "source.png"), "wb") as source:
        source.write(png(120, 120, 0, 0, 120))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    with open(os.path.join(FOLDER, "port.new"), "w") as port:
        port.write(str(server.server_port))
    os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
    server.serve_forever()
