// A demo that is made up: it serves the start page out of start_page.cpp, with its policy, and takes what the page pours
// at the rate that it is told. What it says of the kernel is true, what it says of its memory is made up.
// To look at the page: `node stub_demo.mjs [port]`.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const source = (name) => readFileSync(new URL('../../server/demo/' + name, import.meta.url), 'utf8');

export const page = () =>
  [...source('start_page.cpp').matchAll(/R"html\(([\s\S]*?)\)html"/g)].map((each) => each[1]).join('');
export const policy = () => {
  const literals = /"Content-Security-Policy",\s*((?:"[^"]*"\s*)+)\)/.exec(source('demo_routes.cpp'))[1];
  return [...literals.matchAll(/"([^"]*)"/g)].map((each) => each[1]).join('');
};

const memory = (here) => 19_300_000 + here + 4096 * Math.floor(8 * Math.random()); // a server's in C++, not Node's

/// What waits in the kernel for us to read it, of the connection to that port of the peer.
function unread(socket) {
  const hex = (port) => ':' + port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const part = line.trim().split(/\s+/);
    if (part.length > 4 && part[1].endsWith(hex(socket.localPort)) && part[2].endsWith(hex(socket.remotePort)))
      return parseInt(part[4].split(':')[1], 16);
  }
  return 0;
}

const frame = (opcode, content) => {
  const size = Buffer.from(content.length < 126 ? [0x80 | opcode, content.length]
    : [0x80 | opcode, 126, content.length >> 8, content.length & 255]);
  return Buffer.concat([size, content]);
};

/// Takes frames apart (RFC 6455 sec. 5.2) as they arrive. `on_frame(opcode, content)`: content only of the small ones.
class frame_reader {
  left = 0;      // of the frame that is skipped
  kept = Buffer.alloc(0);
  constructor(on_frame) { this.on_frame = on_frame; }
  /// @returns octets of payload data
  feed(piece) {
    let taken = 0;
    for (;;) {
      const skipped = Math.min(this.left, piece.length);
      this.left -= skipped;
      taken += skipped;
      piece = piece.subarray(skipped);
      if (piece.length === 0) return taken;
      const all = Buffer.concat([this.kept, piece]);
      const short = all.length < 2 ? 0 : all[1] & 127, head = short === 127 ? 14 : short === 126 ? 8 : 6;
      const size = all.length < head ? 0 : short === 127 ? Number(all.readBigUInt64BE(2)) : short === 126 ? all.readUInt16BE(2) : short;
      if (all.length < head || (size < 4096 && all.length < head + size)) {
        this.kept = all;
        return taken;
      }
      this.kept = Buffer.alloc(0);
      piece = all.subarray(head);
      if (size >= 4096) {
        this.left = size;
        continue;
      }
      const mask = all.subarray(head - 4, head);
      this.on_frame(all[0] & 15, Buffer.from(piece.subarray(0, size)).map((each, i) => each ^ mask[i % 4]));
      taken += size;
      piece = piece.subarray(size);
    }
  }
}

/// A handler that takes what arrives at a rate. It holds one piece until that is due.
class tank {
  constructor(id, socket, rate, on_end) {
    Object.assign(this, { id, socket, rate, state: 'open', taken: 0, budget: 0, last: performance.now(), reason: null });
    this.marks = [[this.last, 0]];
    this.reader = new frame_reader((opcode) => { if (opcode === 8) end('peer_closed'); });
    const end = (reason) => {
      if (this.state === 'ended') return;
      this.state = 'ended';
      this.reason = reason;
      clearInterval(this.timer);
      socket.destroy();
      on_end(this);
    };
    const take = () => {
      const now = performance.now();
      this.budget = Math.min(this.budget + this.rate * (now - this.last) / 1000, Math.max(65536, this.rate / 20));
      this.last = now;
      while (this.state === 'open' && this.budget >= 1) {
        const piece = socket.read(Math.min(socket.readableLength, Math.floor(this.budget)) || undefined);
        if (piece === null) break;
        this.budget -= piece.length;
        this.taken += this.reader.feed(piece);
      }
    };
    socket.on('readable', take);
    socket.on('end', () => end('peer_closed'));
    socket.on('error', () => end('peer_closed'));
    socket.on('close', () => end('peer_closed'));
    // Who does not read hears of the client's end only by writing: the client's kernel answers with a reset.
    let beats = 0;
    this.timer = setInterval(() => {
      take();
      if (tank.pings && ++beats % 5 === 0) socket.write(frame(9, Buffer.alloc(0)));
    }, 20);
    this.end = end;
  }
  static pings = true;
  picture() {
    const now = performance.now();
    this.marks.push([now, this.taken]);
    while (this.marks.length > 2 && this.marks[0][0] < now - 1000) this.marks.shift();
    const [then, before] = this.marks[0], isOpen = this.state === 'open';
    const here = isOpen ? this.socket.readableLength : 0;
    return {
      state: this.state, taken: this.taken, rate: isOpen ? Math.round(1000 * (this.taken - before) / Math.max(1, now - then)) : 0,
      kernel: isOpen ? unread(this.socket) : 0, held: Math.max(0, here - 65536), with_handler: Math.min(here, 65536),
      memory: memory(here), reason: this.reason,
    };
  }
}
const none = () => ({
  state: 'none', taken: 0, rate: 0, kernel: 0, held: 0, with_handler: 0, memory: memory(0), reason: null,
});

/// @returns the server. Its members `broken` (true: feeds get no answer; or a status code), `period` and `deaf` (to rates)
/// may be set any time.
export async function startStub(port = 0) {
  const tanks = new Map(), feeds = new Map(), sockets = new Set();
  const stub = {
    broken: false,
    deaf: false,
    period: 100, // ms
    tanks,
    /// Ends the feeds that are open.
    cut() { for (const each of feeds.keys()) each.destroy(); },
    stop() {
      stub.cut();
      for (const each of sockets) each.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
  const say = (response, id) =>
    response.write('data: ' + JSON.stringify(tanks.has(id) ? tanks.get(id).picture() : none()) + '\n\n');
  const text = (response, status, content) =>
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }).end(content);

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://stub'), id = url.searchParams.get('id');
    if (url.pathname === '/') {
      response.writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy(), 'Cache-Control': 'no-cache',
      });
      return response.end(page());
    }
    if (url.pathname === '/memory') return text(response, 200, String(memory(0)));
    if (url.pathname === '/files/hello.txt') return text(response, 200, 'Hello!\n');
    if (url.pathname === '/tank/rate') {
      const rate = Number(url.searchParams.get('rate'));
      if (request.method !== 'POST') return text(response, 405, '');
      if (stub.deaf || !tanks.has(id)) return text(response, 404, '');
      tanks.get(id).rate = rate;
      return response.writeHead(204).end();
    }
    if (url.pathname !== '/tank/watch') return text(response, 404, '');
    if (stub.broken === true) return request.socket.destroy();
    if (stub.broken) return response.writeHead(stub.broken, { 'Content-Type': 'application/problem+json' }).end('{}');
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    feeds.set(response, id);
    let timer;
    const again = () => {
      say(response, id);
      timer = setTimeout(again, stub.period);
    };
    again();
    response.on('close', () => { clearTimeout(timer); feeds.delete(response); });
  });

  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url, 'http://stub');
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const key = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11');
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: '
      + key.digest('base64') + '\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    if (url.pathname === '/tank') {
      const id = url.searchParams.get('id');
      tanks.set(id, new tank(id, socket, Number(url.searchParams.get('rate')), () => {
        for (const [response, of] of feeds) if (of === id) say(response, id);
      }));
      return;
    }
    socket.on('error', () => {});
    const reader = new frame_reader((opcode, content) => {
      if (opcode === 8) socket.end(frame(8, content));
      else if (opcode < 3) socket.write(frame(opcode, content));
    });
    socket.on('data', (piece) => reader.feed(piece));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  stub.url = 'http://127.0.0.1:' + server.address().port + '/';
  stub.pings = (whether) => { tank.pings = whether; };
  return stub;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stub = await startStub(Number(process.argv[2] || 0));
  console.log(stub.url);
}
