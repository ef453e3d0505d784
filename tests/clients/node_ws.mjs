// Node's ws against an echo of `sluice demo`: the arguments are the address and the extensions to be agreed on.
import assert from 'node:assert/strict';
import WebSocket from 'ws';

const [address, extensions] = process.argv.slice(2);

function open() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, { perMessageDeflate: { threshold: 0 } });
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

function once(socket, event) {
  return new Promise((resolve) => socket.once(event, (...all) => resolve(all)));
}

const socket = await open();
assert.equal(socket.extensions, extensions);
const numbers = Array.from({ length: 20_000 }, (_, i) => i).join(' ');
for (const content of ['', 'text', '\u00fc\u20ac', 'x'.repeat(60_000), numbers]) {
  socket.send(content);
  const [data, isBinary] = await once(socket, 'message');
  assert.equal(isBinary, false);
  assert.equal(data.toString(), content);
}
const octets = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * i) >> 9)); // neither noise nor a bomb
socket.send(octets);
const [data, isBinary] = await once(socket, 'message');
assert.equal(isBinary, true);
assert.ok(data.equals(octets));

socket.ping('hey');
const [pong] = await once(socket, 'pong');
assert.equal(pong.toString(), 'hey');

// Many at once come back in order.
const count = 1000;
const seen = [];
const all = new Promise((resolve) => {
  socket.on('message', (each) => {
    seen.push(each.toString());
    if (seen.length === count) resolve();
  });
});
for (let i = 0; i < count; ++i) socket.send(String(i));
await all;
assert.deepEqual(seen, Array.from({ length: count }, (_, i) => String(i)));

socket.close(1000, 'done');
const [code, reason] = await once(socket, 'close');
assert.equal(code, 1000);
assert.equal(reason.toString(), 'done');
console.log('ok');
