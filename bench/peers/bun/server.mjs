// Bun: its own server.
const slowRate = 1000000;
const piece = new Uint8Array(256 * 1024).fill(120);
const ended = { count: 0, last: 0n };

function addEnded() {
  ended.count += 1;
  ended.last = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

function number(url, name, otherwise) {
  const value = url.searchParams.get(name);
  return value === null ? otherwise : Number(value);
}

async function sink(request) {
  let total = 0;
  for await (const chunk of request.body)
    total += chunk.length;
  return new Response(String(total));
}

async function slowSink(request, rate) {
  let total = 0;
  let isOver = false;
  request.signal.addEventListener('abort', () => isOver || addEnded());
  for await (const chunk of request.body) {
    total += chunk.length;
    await Bun.sleep((chunk.length * 1000) / rate);
  }
  isOver = true;
  return new Response(String(total));
}

function download(octets) {
  let left = octets;
  const content = new ReadableStream({
    type: 'direct',
    async pull(controller) {
      while (left > 0) {
        const size = Math.min(left, piece.length);
        controller.write(size === piece.length ? piece : piece.subarray(0, size));
        left -= size;
        await controller.flush();
      }
      controller.close();
    },
  });
  return new Response(content, { headers: { 'Content-Length': String(octets) } });
}

const plaintext = { headers: { 'Content-Type': 'text/plain' } };

Bun.serve({
  port: Number(process.argv[2]),
  hostname: '127.0.0.1',
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  idleTimeout: 255,
  fetch(request, server) {
    if (request.url.endsWith('/plaintext'))
      return new Response('Hello, World!', plaintext);
    const url = new URL(request.url);
    if (request.headers.has('upgrade')) {
      const rate = url.pathname === '/echo' ? 0 : number(url, 'rate', slowRate);
      return server.upgrade(request, { data: { rate } }) ? undefined : new Response('', { status: 400 });
    }
    switch (url.pathname) {
      case '/sink': return sink(request);
      case '/slow-sink': return slowSink(request, number(url, 'rate', slowRate));
      case '/download': return download(number(url, 'octets', 0));
      case '/ended': return new Response(`{"ended": ${ended.count}, "last_ns": ${ended.last}}`);
      default: return new Response('', { status: 404 });
    }
  },
  websocket: {
    idleTimeout: 960,
    async message(socket, message) {
      if (socket.data.rate === 0)
        socket.send(message);
      else
        await Bun.sleep((message.length * 1000) / socket.data.rate);
    },
    close(socket) {
      if (socket.data.rate > 0)
        addEnded();
    },
  },
});
