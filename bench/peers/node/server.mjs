// Node.js: its http module, with the package ws.
import http from 'node:http';
import { WebSocketServer } from 'ws';

const slowRate = 1000000;
const hello = Buffer.from('Hello, World!');
const piece = Buffer.alloc(256 * 1024, 'x');
const ended = { count: 0, last: 0n };

function addEnded() {
  ended.count += 1;
  ended.last = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

const pause = (octets, rate) => new Promise((go) => setTimeout(go, (octets * 1000) / rate));

function rateOf(url) {
  const rate = new URL(url, 'http://localhost').searchParams.get('rate');
  return rate === null ? slowRate : Number(rate);
}

function answer(response, text) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': text.length });
  response.end(text);
}

async function sink(request, response) {
  let total = 0;
  for await (const chunk of request)
    total += chunk.length;
  answer(response, String(total));
}

async function slowSink(request, response) {
  const rate = rateOf(request.url);
  let total = 0;
  let isOver = false;
  // The handler would learn of it only with the next chunk; a program that cares listens for it.
  response.once('close', () => isOver || addEnded());
  for await (const chunk of request) {
    total += chunk.length;
    await pause(chunk.length, rate);
  }
  isOver = true;
  answer(response, String(total));
}

async function download(request, response) {
  let left = Number(new URL(request.url, 'http://localhost').searchParams.get('octets'));
  response.writeHead(200, { 'Content-Length': left });
  while (left > 0 && !response.destroyed) {
    const size = Math.min(left, piece.length);
    left -= size;
    if (!response.write(size === piece.length ? piece : piece.subarray(0, size)))
      await new Promise((go) => { response.once('drain', go); response.once('close', go); });
  }
  response.end();
}

const server = http.createServer((request, response) => {
  const path = request.url.split('?', 1)[0];
  const end = () => response.destroy();
  if (path === '/plaintext')
    answer(response, hello);
  else if (path === '/sink')
    sink(request, response).catch(end);
  else if (path === '/slow-sink')
    slowSink(request, response).catch(end);
  else if (path === '/download')
    download(request, response).catch(end);
  else if (path === '/ended')
    answer(response, `{"ended": ${ended.count}, "last_ns": ${ended.last}}`);
  else
    response.writeHead(404).end();
});
server.requestTimeout = 0; // an upload takes as long as it takes
server.keepAliveTimeout = 60000; // like Sluice's; 5 s by default

const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (socket, request) => {
  socket.on('error', () => {});
  if (request.url.startsWith('/echo')) {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    return;
  }
  const rate = rateOf(request.url);
  socket.on('message', async (data) => {
    socket.pause();
    await pause(data.length, rate);
    socket.resume();
  });
  socket.on('close', addEnded);
});

server.listen(Number(process.argv[2]), '127.0.0.1', 4096);
