// An admin port that is made up: it serves the live page out of live_page.cpp, with its policy, and a feed that changes.
// To look at the page: `node stub_admin.mjs [port] [scene]`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const source = (name) => readFileSync(new URL('../../server/admin/' + name, import.meta.url), 'utf8');

export const page = () => /R"html\(([\s\S]*)\)html"/.exec(source('live_page.cpp'))[1];
export const policy = () => {
  const literals = /live_page_policy\s*=\s*((?:"[^"]*"\s*)+);/.exec(source('live_page.hpp'))[1];
  return [...literals.matchAll(/"([^"]*)"/g)].map((each) => each[1]).join('');
};

export const hostile = {
  route: '/<img src=x onerror=window.parsed=1>/{name}',
  peer: '"><script>window.parsed=1</script><b>[::1]:666',
  name: '<svg onload=window.parsed=1>&amp;',
};

const none = { read: 0, parked: 0, unsent: 0, kernel_unread: 0, kernel_unsent: 0 };
const counter = { actor: 4, name: 'counter', waiting: 23 };

function handler(actor, waits_for, rest = {}) {
  return { actor, placement: 'on_loop', state: 'running', waits_for, holds_seconds: null, ...rest };
}

function stall(connection, rest) {
  return {
    connection, loop: connection % 2, peer: '192.0.2.' + connection % 200 + ':' + (50000 + connection),
    protocol: 'HTTP/1.1', method: 'GET', route: '/', phase: 'open', waits_for: null, reason: null,
    seconds: 0, seconds_left: null, handler: null, detached_handlers: 0, ...rest, octets: { ...none, ...rest.octets },
  };
}
const waiting = (connection, whom, reason, seconds, rest) =>
  stall(connection, { waits_for: whom, reason, seconds, ...rest });

/// All connections, `t` pictures after the start.
function busy(t) {
  const wave = (t % 7) / 7;
  const all = [
    waiting(17, 'client', 'content', 3.2 + t, {
      method: 'POST', route: '/upload/{name}', seconds_left: 56.8 - t % 56, octets: { read: 812 },
      handler: handler(18, ['content']),
    }),
    waiting(21, 'handler', 'handler', 41 + t, {
      method: 'POST', route: '/sink', seconds_left: 19,
      octets: { read: 65536, kernel_unread: Math.round(2_400_000 * (0.7 + wave / 3)) },
      handler: handler(22, ['time'], { holds_seconds: 0.8 }),
    }),
    waiting(34, 'network', 'write', 12.4 + t, {
      route: '/download', seconds_left: 47.6,
      octets: { unsent: 262144, kernel_unsent: Math.round(2_600_000 * (1 - wave / 3)) },
      handler: handler(35, ['sent'], { holds_seconds: 12.4 + t }),
    }),
    waiting(40, 'handler', 'handler', 0.4 + wave, {
      peer: '[2001:db8:85a3:1234:5678:8a2e:370:7334]:51234', protocol: 'WebSocket', route: '/chat/{room}',
      octets: { parked: 49152, read: 1200, kernel_unread: 180_000 },
      handler: handler(41, ['reply', 'time'], { placement: 'pooled', asked: counter, holds_seconds: 0.4 + wave }),
    }),
    waiting(52, 'handler', 'handler', 7384 + t, {
      method: 'DELETE', route: hostile.route, peer: hostile.peer, detached_handlers: 2,
      handler: handler(53, ['reply'], { state: 'cancelled', asked: { actor: 99, name: hostile.name, waiting: 1 } }),
    }),
    waiting(60, 'handler', 'handler', 184 + t, {
      method: 'PUT', route: '/a/route/that/is/rather/long/and/has/no/place/to/break/' + 'x'.repeat(60), seconds_left: 2.1,
      handler: handler(61, [], { placement: 'detached' }),
    }),
    waiting(61, 'client', 'header', 1.5 + t % 8, {
      protocol: '', method: '', route: '', seconds_left: 8.5 - t % 8, octets: { read: 18 },
    }),
    waiting(70, 'client', 'close_handshake', 0.9, {
      protocol: 'WebSocket', route: '/echo', phase: 'finishing', seconds_left: 4.1,
    }),
    waiting(71, 'handler', 'close_answer', 2.2, { protocol: 'WebSocket', route: '/echo', handler: handler(72, null) }),
    waiting(72, 'client', 'linger', 0.3, { method: 'POST', route: '/orders', phase: 'lingering', seconds_left: 1.7 }),
    waiting(80, 'client', 'keep_alive', 20 + t, { seconds_left: 40 }),
    stall(81, { protocol: 'WebSocket', route: '/echo', handler: handler(82, ['message', 'inbox']) }),
  ];
  for (let i = 0; i < 6; ++i)
    all.push(waiting(100 + i, 'handler', 'handler', 5.5 - i * 0.7 + t, {
      route: '/count', seconds_left: 24.5, handler: handler(200 + i, ['reply'], { asked: counter }),
    }));
  if (t % 3 === 0) // comes and goes
    all.push(waiting(90, 'network', 'write', 0.2, {
      route: '/report', octets: { unsent: 4096, kernel_unsent: 65536 }, handler: handler(91, ['sent']),
    }));
  return all;
}

const is_idle = (row) => row.waits_for === null || row.reason === 'keep_alive';
const total = (row) => Object.values(row.octets).reduce((sum, each) => sum + each, 0);

function picture(scene, t, search) {
  const calm = scene === 'calm', held = scene === 'held';
  let all = calm ? busy(t).filter(is_idle) : busy(t);
  if (held) all = all.filter((row) => row.loop === 1);
  const get = (name) => search.get(name) || '';
  all = all.filter((row) => (get('idle') === 'true' || !is_idle(row)) && (!get('route') || row.route === get('route'))
    && row.peer.startsWith(get('peer')) && (!get('waits_for') || row.waits_for === get('waits_for')));
  all.sort(get('by') === 'octets' ? (a, b) => total(b) - total(a) : (a, b) => b.seconds - a.seconds);
  const most = Number(get('n') || 100);
  return {
    server: {
      state: scene === 'draining' ? 'draining' : 'serving',
      connections: calm ? 36 : 1204, web_sockets: calm ? 3 : 87, handlers: calm ? 4 : 391, requests_total: 90_000 + t * 1834,
      received_bytes_total: 7e9 + t * 31_457_280, sent_bytes_total: 3e9 + t * 152_000_000,
      resident_bytes: 41_234_432 + (t % 5) * 81920,
    },
    loops: [
      {
        loop: 0, connections: calm ? 20 : held ? 12 : 604, answered: !held,
        busy_seconds: held ? 4.7 + t : 0, runs: held ? '/slow' : null,
      },
      { loop: 1, connections: calm ? 16 : 600, answered: true, busy_seconds: 0, runs: null },
    ],
    matching: all.length,
    stalls: all.slice(0, most),
  };
}

/// @returns the server. Its members `scene`, `t` (pictures shown), `broken` (true: no answer; or a status code) and `period`
/// may be set any time.
export async function startStub(port = 0) {
  const feeds = new Set();
  const stub = {
    scene: 'busy',
    t: 0,
    broken: false,
    period: 1000, // ms
    /// Ends the feeds that are open.
    cut() { for (const each of feeds) each.destroy(); },
    stop() { stub.cut(); server.closeAllConnections(); server.close(); },
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://stub');
    if (url.pathname === '/') {
      response.writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy(), 'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff',
      });
      return response.end(page());
    }
    if (url.pathname === '/stalls') {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      return response.end(JSON.stringify(picture(stub.scene, stub.t, url.searchParams)));
    }
    if (url.pathname !== '/stalls/live') return response.writeHead(404).end();
    if (stub.broken === true) return request.socket.destroy();
    if (stub.broken) return response.writeHead(stub.broken, { 'Content-Type': 'application/problem+json' }).end('{}');
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    feeds.add(response);
    const send = () => {
      response.write('data: ' + JSON.stringify(picture(stub.scene, ++stub.t, url.searchParams)) + '\n\n');
      timer = setTimeout(send, stub.period);
    };
    let timer;
    send();
    response.on('close', () => { clearTimeout(timer); feeds.delete(response); });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  stub.url = 'http://127.0.0.1:' + server.address().port + '/';
  return stub;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stub = await startStub(Number(process.argv[2] || 0));
  stub.scene = process.argv[3] || 'busy';
  console.log(stub.url + ' shows "' + stub.scene + '"; there are busy, calm, held and draining');
}
