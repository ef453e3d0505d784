#include "sluice/server/demo/start_page.hpp"

namespace sluice {

std::string_view start_page() noexcept {
  return R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice: try it</title>
<link rel="icon" href="data:,">
<style>
  :root {
    color-scheme: light dark;
    --paper: #f7f6f2; --card: #fff; --ink: #1d2730; --soft: #51606c; --line: #d9dcd8;
    --water: #0b6478; --on-water: #fff; --code: #eef2f1; --pool: #2b93aa; --ripple: #63b6c8;
    --alarm: #a3161f; --alarm-back: #fdebea;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #12181d; --card: #1a2229; --ink: #e8edef; --soft: #a5b3bc; --line: #33404a;
      --water: #63c5da; --on-water: #0a1a20; --code: #10161a; --pool: #2a8ba1; --ripple: #56b3c8;
      --alarm: #ffa9a4; --alarm-back: #431b1e;
    }
  }
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  body {
    margin: 0 auto; max-width: 66rem; padding: 0 1.5rem; background: var(--paper); color: var(--ink);
    font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums;
  }
  header { padding-top: 1.75rem; }
  h1 { font-size: clamp(1.5rem, 6vw, 2.2rem); line-height: 1.15; margin: 0 0 .3rem; letter-spacing: -.02em; }
  h2 { font-size: 1.15rem; margin: 0 0 .4rem; }
  p { margin: 0 0 .7rem; }
  a { color: var(--water); }
  .soft { color: var(--soft); }
  .lead { font-size: 1.1rem; color: var(--soft); margin-bottom: .9rem; }
  code, pre, .log { font: .9rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  :focus-visible { outline: 3px solid var(--water); outline-offset: 2px; }
  section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.4rem; }
  section > :last-child { margin-bottom: 0; }
  .warning {
    margin: 0 0 .75rem; padding: .6rem 1.1rem; color: var(--alarm); background: var(--alarm-back);
    border: 1px solid currentColor; border-left-width: .4rem; border-radius: .75rem;
  }
  button, input { font: inherit; border-radius: .5rem; padding: .5rem .85rem; }
  button { background: var(--water); color: var(--on-water); border: 1px solid transparent; cursor: pointer; }
  button.quiet { background: transparent; color: var(--water); border-color: currentColor; font-size: .9rem; }
  button:disabled, button[aria-disabled=true] { opacity: .55; cursor: default; }

  .lever { display: flex; flex-wrap: wrap; gap: .6rem 1.2rem; align-items: center; }
  #start { font-size: 1.35rem; font-weight: 600; line-height: 1.3; padding: .6rem 1rem; min-width: 14rem; border-radius: .75rem; }
  #kill { background: transparent; color: var(--alarm); border: 2px solid currentColor; border-radius: .75rem;
    padding: .6rem 1.1rem; font-weight: 600; }
  #kill[aria-disabled=true] { color: var(--soft); opacity: 1; border-style: dashed; }
  #story { flex: 1 1 20rem; margin: 0; font-size: 1.1rem; line-height: 1.35; min-height: 3.6rem; display: flex;
    align-items: center; }
  #took { font-size: 1.9rem; line-height: 1; color: var(--water); white-space: nowrap; }
  #took:empty { display: none; }

  .scene { display: grid; grid-template-columns: 1.55fr 8.2rem 1.1fr 8.2rem .85fr; margin: .9rem 0 1rem; }
  .tank, .pipe { display: grid; grid-template-rows: 1.9rem 10.5rem auto; min-width: 0; }
  .tank h2 { font-size: 1.05rem; margin: 0; white-space: nowrap; }
  .box { position: relative; border: 3px solid var(--soft); border-top-color: transparent; border-radius: .2rem .2rem .7rem .7rem;
    overflow: hidden; background: var(--code); }
  .water { position: absolute; inset: auto 0 0; height: calc(var(--level, 0) * 96%); background: var(--pool);
    border-top: 3px solid var(--ripple); transition: height .12s linear; }
  .box[data-empty] .water { border: 0; }
  .ended { position: absolute; inset: 0; display: grid; place-items: center; font-weight: 700; }
  .tank p { margin: .3rem 0 0; line-height: 1.3; }
  .number { display: block; font-size: 1.35rem; font-weight: 600; white-space: nowrap; }
  .tank .soft, .say { font-size: .9rem; }

  .pipe { margin: 0 -3px; z-index: 1; }
  .way { grid-row: 2; position: relative; }
  .channel { position: absolute; inset: auto 0 1.3rem; height: 2rem; border: solid var(--soft); border-width: 3px 0;
    background: var(--code); overflow: hidden; }
  .stream { position: absolute; inset: 0; background: var(--pool); }
  .pipe[data-gate=shut] .stream { right: 50%; }
  .pipe[data-gate=none] .stream { display: none; }
  .pipe[data-gate=ajar] .stream { clip-path: polygon(0 0, 50% 0, 50% 70%, 100% 70%, 100% 100%, 0 100%); }
  .stream::before { content: ""; position: absolute; inset: 0 0 0 -40px; display: none;
    background: repeating-linear-gradient(90deg, var(--pool) 0 28px, var(--ripple) 34px, var(--pool) 40px);
    animation: flow var(--pace, 1s) linear infinite; }
  .pipe[data-gate=open] .stream::before, .pipe[data-gate=ajar] .stream::before { display: block; }
  @keyframes flow { to { transform: translateX(40px); } }
  .gate { position: absolute; left: 50%; bottom: 1.3rem; width: 1.1rem; height: 4.2rem; margin-left: -.55rem;
    border: solid var(--soft); border-width: 0 3px; }
  .gate::before { content: ""; position: absolute; inset: 0 -.45rem auto; height: 3px; background: var(--soft); }
  .plate { position: absolute; inset: auto 0 0; height: 2rem; background: var(--soft); transition: transform .25s ease-out;
    transform: translateY(-2rem); }
  .pipe[data-gate=ajar] .plate { transform: translateY(-.6rem); }
  .pipe[data-gate=shut] .plate { transform: none; inset: auto -6px 0;
    background: repeating-linear-gradient(135deg, var(--alarm) 0 6px, var(--card) 6px 9px); outline: 2px solid var(--alarm); }
  .say { position: absolute; inset: auto .3rem 5.9rem; text-align: center; line-height: 1.3; }
  .say b { display: inline-block; font-size: 1rem; padding: .05rem .6rem; border-radius: .4rem; border: 2px solid transparent;
    white-space: nowrap; }
  .pipe[data-gate=shut] .say b { color: var(--alarm); background: var(--alarm-back); border-color: currentColor;
    text-transform: uppercase; letter-spacing: .04em; }
  .say span { display: block; color: var(--soft); white-space: nowrap; }

  .valve { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 1.4rem; align-items: start; }
  .valve label { line-height: 1.3; }
  .valve output { display: block; font-size: 1.35rem; font-weight: 600; min-width: 8rem; }
  input[type=range] { display: block; width: 100%; height: 2rem; margin: 0; padding: 0; accent-color: var(--water); cursor: pointer; }
  .ticks { position: relative; height: 1.3rem; font-size: .85rem; line-height: 1.3; color: var(--soft); margin: 0 .5rem; }
  .ticks span { position: absolute; left: calc(var(--at) * 100%); transform: translateX(-50%); white-space: nowrap; }
  .ticks span:first-child { transform: translateX(-.5rem); }
  .ticks span:last-child { transform: translateX(calc(-100% + .5rem)); }

  figure { margin: .9rem 0 0; }
  figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1.6rem; align-items: baseline; margin-bottom: .3rem; line-height: 1.3; }
  figcaption b { font-size: 1.2rem; }
  .key { display: inline-block; width: 1.6rem; margin-right: .45rem; vertical-align: .28em; border-top: 4px solid var(--water); }
  .key.waits { border-top: 3px dashed var(--soft); }
  .chart { display: grid; grid-template-columns: auto 1fr; column-gap: .5rem; font-size: .85rem; line-height: 1; color: var(--soft); }
  .chart svg { display: block; width: 100%; height: 7rem; background: var(--code); border: 1px solid var(--line); border-radius: .4rem; }
  .chart svg path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
  #curve { stroke: var(--water); stroke-width: 4; }
  #waits { stroke: var(--soft); stroke-width: 2.5; stroke-dasharray: 6 4; }
  .chart .grid { stroke: var(--line); stroke-width: 1; }
  .axis { display: flex; flex-direction: column; justify-content: space-between; text-align: right; }
  .times { grid-column: 2; display: flex; justify-content: space-between; padding-top: .3rem; }
  .stale .from-feed { opacity: .45; }

  .more { columns: 25rem 2; column-gap: 1.1rem; margin: 1.1rem 0 0; }
  .more h2 { font-size: 1.05rem; }
  .more section { break-inside: avoid; margin-bottom: 1.1rem; }
  .command { display: flex; gap: .6rem; align-items: flex-start; margin: 0 0 .7rem; }
  .command button { min-width: 5.6rem; }
  pre {
    flex: 1; min-width: 0; margin: 0; padding: .5rem .7rem; background: var(--code);
    border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
  #text { flex: 1; min-width: 8rem; background: var(--paper); color: var(--ink); border: 1px solid var(--soft); }
  .log {
    margin: .7rem 0 0; padding: .5rem .7rem; height: 7.6rem; overflow: auto;
    background: var(--code); border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere;
  }
  footer { color: var(--soft); padding: 1.1rem 0 3rem; font-size: .95rem; }

  @media (max-width: 52rem) { /* the tanks stand one under the other, and water falls */
    body { padding: 0 .8rem; }
    header { padding-top: .8rem; }
    .lead { font-size: .95rem; line-height: 1.35; margin-bottom: .6rem; }
    section { padding: .8rem .9rem; }
    .lever { gap: .5rem; }
    #start { flex: 1.2; min-width: 0; padding: .5rem .3rem; font-size: 1.25rem; white-space: nowrap; }
    #kill { flex: 1; padding: .4rem .3rem; line-height: 1.2; font-size: .95rem; }
    #story { flex: 1 1 100%; font-size: .95rem; min-height: 4.1em; align-items: start; }
    #took { font-size: 1.5rem; }
    .scene { display: block; margin: .5rem 0 .7rem; }
    .tank { grid-template: auto auto / 8.4rem 1fr; height: 3.7rem; }
    .tank h2 { font-size: 1rem; line-height: 1.3; align-self: end; }
    .box { grid-area: 1 / 2 / 3 / 3; }
    .tank p { margin: 0; grid-area: 2 / 1; }
    .tank p .soft { display: none; }
    .number { font-size: 1.1rem; }
    .pipe { display: block; margin: -3px 0 -2px; height: 2.2rem; }
    .way { height: 100%; }
    .channel { inset: 0 auto 0 calc(8.4rem + (100% - 8.4rem) / 2 - 1rem); width: 2rem; height: auto; border-width: 0 3px; }
    .pipe[data-gate=shut] .stream { right: 0; bottom: 50%; }
    .pipe[data-gate=ajar] .stream { clip-path: polygon(0 0, 100% 0, 100% 50%, 30% 50%, 30% 100%, 0 100%); }
    .stream::before { inset: -24px 0 0; animation-name: fall;
      background: repeating-linear-gradient(180deg, var(--pool) 0 15px, var(--ripple) 19px, var(--pool) 24px); }
    @keyframes fall { to { transform: translateY(24px); } }
    .gate { left: calc(8.4rem + (100% - 8.4rem) / 2 - 1rem); top: 50%; bottom: auto; width: 4.2rem; height: .8rem; margin: -.4rem 0 0; border-width: 3px 0; }
    .gate::before { inset: -.3rem 0 -.3rem auto; width: 3px; height: auto; }
    .plate { inset: 0 auto 0 0; width: 2rem; height: auto; transform: translateX(2rem); }
    .pipe[data-gate=ajar] .plate { transform: translateX(.6rem); }
    .pipe[data-gate=shut] .plate { inset: -5px auto -5px 0; }
    .say { inset: 0 auto 0 0; display: flex; gap: .4rem; align-items: center; text-align: left; font-size: .85rem; }
    .tank .say, .say b { font-size: .9rem; padding: 0; }
    .pipe[data-gate=shut] .say b { padding: 0 .5rem; }
    .pipe[data-gate=shut] .say span { display: none; }
    .valve { grid-template-columns: 1fr; }
    .valve label { display: flex; gap: .5rem; align-items: baseline; }
    .valve output { font-size: 1.15rem; }
    .long { display: none; }
    .key { width: 1.1rem; margin-right: .3rem; }
    figcaption b { font-size: 1rem; }
    figcaption { font-size: .9rem; column-gap: .8rem; }
    figure { margin-top: .6rem; }
    .chart svg { height: 5rem; }
  }
  @media (max-width: 34rem) {
    .command { flex-direction: column; align-items: stretch; }
    .command button { align-self: flex-end; }
  }
  @media (prefers-reduced-motion: reduce) {
    .stream::before { animation: none; }
    .water, .plate { transition: none; }
  }
  @media (forced-colors: active) {
    .water, .stream, .plate, .key { forced-color-adjust: none; }
    :root { --pool: Highlight; --ripple: HighlightText; --alarm: CanvasText; --water: Highlight; --soft: GrayText; }
  }
</style>
</head>
<body>
<header>
  <h1>Sluice is running.</h1>
  <p class="lead">It takes no more than it can use. The rest waits with you, not in its memory.</p>
</header>
<main>

<noscript><p class="warning">Without JavaScript the tanks stay empty, and the commands below name port 8080, which may
not be this server's.</p></noscript>
<p class="warning" id="broken" hidden></p>

<section id="show" aria-label="Back-pressure, live">
  <div class="lever">
    <button type="button" id="start">Start</button>
    <button type="button" id="kill" aria-disabled="true">Close the tab on it</button>
    <p id="story"><span><span id="took"></span> <span id="tale" role="status">Your browser pours 8 MB/s into the server. The
    handler takes as much as you let it.</span></span></p>
  </div>

  <div class="scene">
    <div class="tank">
      <h2>your browser</h2>
      <div class="box" id="browser" data-empty><div class="water"></div></div>
      <p><span class="number">0 B</span> <span class="soft">waits to be sent; 32 MiB fill it</span></p>
    </div>
    <div class="pipe" id="send" data-gate="none"><div class="way">
      <div class="channel" aria-hidden="true"><div class="stream"></div></div>
      <div class="gate" aria-hidden="true"><div class="plate"></div></div>
      <p class="say"><b></b><span></span></p>
    </div></div>
    <div class="tank from-feed">
      <h2>the kernel</h2>
      <div class="box" id="kernel" data-empty><div class="water"></div></div>
      <p><span class="number">0 B</span> <span class="soft">arrived, not read</span></p>
    </div>
    <div class="pipe from-feed" id="read" data-gate="none"><div class="way">
      <div class="channel" aria-hidden="true"><div class="stream"></div></div>
      <div class="gate" aria-hidden="true"><div class="plate"></div></div>
      <p class="say"><b></b><span></span></p>
    </div></div>
    <div class="tank from-feed">
      <h2>the handler</h2>
      <div class="box" id="handler" data-empty><div class="water"></div><span class="ended" id="ended" hidden>ended</span></div>
      <p><span class="number">0 B</span> <span class="soft"><span id="taken">0 B</span> taken so far</span></p>
    </div>
  </div>

  <div class="valve">
    <label for="rate">The handler takes <output id="rate-now" for="rate"></output></label>
    <div>
      <input type="range" id="rate" min="0" max="13" step="1" value="5" autocomplete="off">
      <div class="ticks" aria-hidden="true"><span style="--at:0">stopped</span><span style="--at:.3846">1 MB/s</span><span
        style="--at:.6923">10</span><span style="--at:1">100 MB/s</span></div>
    </div>
  </div>

  <figure>
    <figcaption>
      <span class="from-feed"><span class="key"></span><span class="long">the </span>server's memory <b id="memory">…</b>
        <span class="soft"><span id="more"></span><span class="long" id="since" hidden> since Start</span></span></span>
      <span><span class="key waits"></span>waits in your browser</span>
    </figcaption>
    <div class="chart from-feed">
      <div class="axis"><span id="top">64 MiB</span><span>0</span></div>
      <svg viewBox="0 0 600 100" preserveAspectRatio="none" role="img" aria-label="The server's memory in the last 60 seconds">
        <path class="grid" d="M0 50H600M150 0V100M300 0V100M450 0V100"/><path id="waits"/><path id="curve"/></svg>
      <div class="times"><span>60 s ago</span><span>now</span></div>
    </div>
  </figure>
</section>

<div class="more">
<section aria-labelledby="upload-title">
  <h2 id="upload-title">The same with curl: upload slowly</h2>
  <p>This handler takes 20 MB/s, however fast you are. Press Ctrl+C in the middle: it is cancelled at once.</p>
  <div class="command"><pre>head -c 4294967296 /dev/zero | curl -X POST -T - '<span class="origin">http://localhost:8080</span>/sink?rate=20000000' | cat</pre></div>
  <p>The server's memory meanwhile, in octets (bytes):</p>
  <div class="command"><pre>watch -n 1 curl -s '<span class="origin">http://localhost:8080</span>/memory'</pre></div>
</section>

<section aria-labelledby="download-title">
  <h2 id="download-title">The other way round: download slowly</h2>
  <p>Here curl is the slow one, and the handler waits for it.</p>
  <div class="command"><pre>curl --limit-rate 5M -o /dev/null '<span class="origin">http://localhost:8080</span>/download?octets=10000000000'</pre></div>
  <p class="soft">Or one megabyte in this browser: <a href="/download?octets=1000000">download</a>.</p>
</section>

<section aria-labelledby="hello-title">
  <h2 id="hello-title">Say hello</h2>
  <p>The same answer, from a plain function and from an actor of its own.</p>
  <div class="command"><pre>curl -w '\n' '<span class="origin">http://localhost:8080</span>/plaintext'</pre></div>
  <div class="command"><pre>curl -w '\n' '<span class="origin">http://localhost:8080</span>/plaintext-actor'</pre></div>
</section>

<section aria-labelledby="file-title">
  <h2 id="file-title">Keep a file</h2>
  <p>It gets its name when it is whole. If you go away before that, nothing is left behind. All files are deleted when
  the demo ends.</p>
  <div class="command"><pre>curl -T /etc/hostname '<span class="origin">http://localhost:8080</span>/uploads/mine.txt'</pre></div>
  <div class="command"><pre>curl '<span class="origin">http://localhost:8080</span>/files/mine.txt'</pre></div>
  <p class="soft">There is one already: <a href="/files/hello.txt">hello.txt</a>.</p>
</section>

<section aria-labelledby="echo-title">
  <h2 id="echo-title">WebSocket: an echo</h2>
  <form id="echo">
    <label for="text">Message</label>
    <input id="text" autocomplete="off" value="Hello, World!">
    <button id="say" disabled>Send</button>
  </form>
  <div class="log" id="log" role="log" aria-label="What was sent and what came back" tabindex="0"></div>
</section>
</div>

</main>
<footer>The source of this page, and of the addresses on it, is in the folder <code>server/demo</code>. To stop
the demo, press Ctrl+C in its terminal.</footer>
<p class="unseen" id="said" role="status"></p>
)html"
         R"html(
<script>
'use strict';
const at = (id) => document.getElementById(id);
const origin = location.host ? location.origin : 'http://localhost:8080';
const socketOrigin = origin.replace(/^http/, 'ws');
function put(node, text) { // leaves what is the same alone, so that a selection lasts and nothing is said twice
  if (node.textContent !== text) node.textContent = text;
}
function octets(count) {
  let unit = 0;
  for (; count >= 1023.5 && unit < 4; ++unit) count /= 1024;
  return unit === 0 ? Math.round(count) + ' B'
                    : count.toFixed(count < 99.95 ? 1 : 0) + ' ' + ['', 'KiB', 'MiB', 'GiB', 'TiB'][unit];
}
function speed(rate) {
  if (rate < 999.5) return Math.round(rate) + ' B/s';
  const isMega = rate >= 999_500;
  const count = rate / (isMega ? 1e6 : 1e3);
  return count.toFixed(count < 9.95 ? 1 : 0) + (isMega ? ' MB/s' : ' kB/s');
}
const mebi = 1024 * 1024;
const clock = (date) => date.toLocaleTimeString('en-GB');

// -- the browser pours octets into a WebSocket. It is the WebSocket of a frame: with the frame goes the connection, at
// once and with all that waits in it, as if a tab were closed. close() would wait until all is sent.

const pours = 8e6; // octets a second: slower than most browsers can send, so that a fast handler is seen to drain the tank
const room = 32 * mebi; // of the browser's tank
const piece = new Uint8Array(64 * 1024);

let run = null;
let id = newId();
function newId() {
  const all = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(all, (each) => each.toString(16).padStart(2, '0')).join('');
}
function begin() {
  stopPouring();
  if (run) id = newId(); // the one before may still be ending
  const mine = { phase: 'connecting', frame: document.createElement('iframe'), socket: null, sent: 0, owed: 0,
                 last: 0, left: [], rate: rate(), killed: null, gap: false, memory: picture ? picture.memory : null, most: {} };
  run = mine;
  openFeed();
  mine.frame.hidden = true;
  mine.frame.title = 'The client';
  mine.frame.onload = () => {
    if (mine.socket || run !== mine) return;
    const address = new URL('tank?id=' + id + '&rate=' + mine.rate, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    mine.socket = new mine.frame.contentWindow.WebSocket(address.href);
    mine.socket.onopen = () => {
      mine.phase = 'open';
      mine.last = performance.now();
      if (rate() !== mine.rate) tellRate();
      show();
    };
    mine.socket.onclose = () => end(mine, mine.phase === 'open' ? 'lost' : 'refused');
  };
  document.body.append(mine.frame); // loads at once or, in some browsers, soon
  show();
}
function stopPouring() {
  if (run && run.frame) run.frame.remove();
  if (run) run.frame = run.socket = null;
}
function end(which, reason) {
  if (which !== run || which.phase === 'ended') return;
  which.reason = reason;
  which.phase = 'ended';
  stopPouring();
  show();
}
function pour() {
  if (!run || run.phase !== 'open') return;
  const now = performance.now();
  // A hidden tab is woken once a second only.
  run.owed = Math.min(run.owed + pours * (now - run.last) / 1000, pours);
  run.last = now;
  let free = room - run.socket.bufferedAmount;
  for (; run.owed >= piece.length && free >= piece.length; free -= piece.length) {
    run.socket.send(piece);
    run.sent += piece.length;
    run.owed -= piece.length;
  }
  if (free < piece.length) run.owed = 0; // a full tank is not poured into; nothing is made up for later
}
setInterval(pour, 20);

at('start').onclick = begin;
at('kill').onclick = () => {
  if (!run || run.phase !== 'open') return;
  run.killed = performance.now();
  run.phase = 'closing';
  run.gap = broken !== null;
  stopPouring();
  show();
};

// -- the handler's rate

const rates = [0, 1e5, 1.8e5, 3.2e5, 5.6e5, 1e6, 1.8e6, 3.2e6, 5.6e6, 1e7, 1.8e7, 3.2e7, 5.6e7, 1e8];
const rate = () => rates[at('rate').value];
let telling = false;
async function tellRate() {
  if (telling || !run || run.phase !== 'open') return; // else it is in the address of the next
  telling = true;
  const to = run;
  for (let sent = null; sent !== rate() && run === to && to.phase === 'open';) {
    sent = rate();
    try {
      const answer = await fetch('tank/rate?id=' + id + '&rate=' + sent, { method: 'POST' });
      to.deaf = !answer.ok;
    } catch { to.deaf = true; }
  }
  telling = false;
  if (run !== to) tellRate();
  show();
}
at('rate').oninput = () => { showRate(); tellRate(); };
function showRate() {
  const text = rate() === 0 ? 'nothing: stopped' : speed(rate());
  put(at('rate-now'), rate() === 0 ? 'nothing' : speed(rate()));
  at('rate').setAttribute('aria-valuetext', text);
}

// -- what the server says

const silence_told_after = 3000, silence_ended_after = 9000, retry_after = 2000; // ms
let feed = null, retry = 0;
let picture = null; // what it said last
let news = null;    // and when
let opened = null;  // when this feed was asked for
let broken = null;  // since when there is none

function closeFeed() {
  clearTimeout(retry);
  if (feed) feed.close();
  feed = null;
}
function openFeed() {
  closeFeed();
  opened = new Date();
  const mine = new EventSource('tank/watch?id=' + id);
  feed = mine;
  mine.onmessage = (event) => {
    if (mine !== feed) return;
    picture = JSON.parse(event.data);
    news = new Date();
    broken = null;
    remember();
    // At the end it is said at once, and the time is taken before anything is drawn.
    if (run && picture.state === 'ended' && run.phase !== 'ended') {
      if (run.killed !== null) run.took = performance.now() - run.killed;
      end(run, picture.reason);
    } else if (run && picture.state === 'ended' && run.reason === 'lost') run.reason = picture.reason; // it knows better
    showFeed();
  };
  mine.onerror = () => {
    if (mine !== feed) return;
    tellBroken();
    if (mine.readyState === EventSource.CLOSED) retry = setTimeout(openFeed, retry_after); // it was refused
  };
}
function tellBroken() {
  broken = broken || news || opened;
  if (run) run.gap = true;
  showFeed();
}
setInterval(() => {
  if (!feed) return;
  const silent = Date.now() - Math.max(opened, news || 0);
  if (silent > silence_told_after && !broken) tellBroken();
  if (silent > silence_ended_after) openFeed();
}, 500);
document.addEventListener('visibilitychange', () => { // a browser has few connections for all its tabs
  const isIdle = !run || run.phase === 'ended';
  if (document.hidden && isIdle) closeFeed();
  else if (!document.hidden && !feed) openFeed();
});
function showFeed() {
  at('broken').hidden = broken === null;
  at('show').classList.toggle('stale', broken !== null);
  if (broken) put(at('broken'), (news ? 'The feed broke at ' + clock(broken) + '. What you see of the server is from then.'
                                      : 'No answer from the server since ' + clock(broken) + '.') + ' The page keeps trying.');
}

// -- the picture

/// Octets a second that left the browser, and whether any did in the last half second.
function leaving(now) {
  const waits = run.socket.bufferedAmount, left = run.sent - waits;
  run.left.push([now, left]);
  while (run.left.length > 2 && run.left[0][0] < now - 900) run.left.shift();
  const [then, before] = run.left[0];
  const recent = run.left.find(([time]) => time >= now - 600) || run.left[0];
  return { waits, rate: now > then ? 1000 * (left - before) / (now - then) : 0, isStill: left === recent[1] && now - then > 500 };
}
function fill(which, count, full) {
  const box = at(which);
  box.style.setProperty('--level', Math.min(1, count / full).toFixed(4));
  box.toggleAttribute('data-empty', count === 0);
  put(box.parentNode.querySelector('.number'), octets(count));
}
/// How much these hold nobody knows: a tank is full if no more gets in, else as large as the most that was seen in it.
function fillTo(which, count, isFull) {
  const least = 64 * 1024;
  run.most[which] = isFull && count > least / 4 ? count : Math.max(run.most[which] || least, count);
  fill(which, count, run.most[which]);
}
function set(which, gate, word, flow) {
  const pipe = at(which), [said, number] = pipe.querySelector('.say').children;
  pipe.dataset.gate = gate;
  put(said, word);
  put(number, gate === 'none' ? '' : speed(flow));
  // Quantised: the stripes would jump with each change.
  const pace = Math.max(0.25, Math.min(3, 2.2 - Math.round(Math.log10(Math.max(flow, 1e5)) * 2 - 10) / 2 * 0.7));
  const text = pace + 's';
  if (pipe.style.getPropertyValue('--pace') !== text) pipe.style.setProperty('--pace', text);
}
function show() {
  const now = performance.now(), phase = run ? run.phase : 'none';
  at('start').textContent = run ? 'Start again' : 'Start';
  at('kill').setAttribute('aria-disabled', phase !== 'open');
  at('ended').hidden = phase !== 'ended';
  if (phase === 'none') return;
  const flow = phase === 'open' ? leaving(now) : { waits: 0, rate: 0, isStill: true };
  fill('browser', flow.waits, room);
  const isGone = phase === 'ended' || !picture || picture.state !== 'open';
  const kernel = isGone ? 0 : picture.kernel, inside = isGone ? 0 : picture.held + picture.with_handler;
  const isHeldBack = flow.waits > 2 * mebi && flow.rate < 0.9 * pours;
  const isBlocked = flow.waits > 0 && flow.isStill;
  const isUnread = !isGone && picture.rate === 0 && kernel + inside > 0;
  fillTo('kernel', kernel, isBlocked);
  fillTo('handler', inside, isUnread);
  if (picture && picture.state !== 'none') put(at('taken'), octets(picture.taken));
  else put(at('taken'), '0 B');

  if (phase !== 'open') set('send', 'none', '', 0);
  else if (isBlocked) set('send', 'shut', 'blocked', 0);
  else if (isHeldBack) set('send', 'ajar', 'held back', flow.rate);
  else set('send', 'open', 'flows', flow.rate);
  if (phase !== 'open' || isGone) set('read', 'none', '', 0);
  else if (isUnread) set('read', 'shut', 'not read', 0);
  else if (picture.rate > 0) set('read', kernel > 0 && picture.rate < 0.9 * pours ? 'ajar' : 'open', 'read', picture.rate);
  else set('read', 'open', '', 0);
  tell(isBlocked, isHeldBack, kernel + inside > 0);
}
const whys = { cancelled: 'it was cancelled', peer_closed: 'its client was gone', lost: 'the connection was lost' };
const why = (reason) => whys[reason] || String(reason || 'nobody said why').replaceAll('_', ' ');
function tell(isBlocked, isHeldBack, hasArrived) {
  const { phase, killed, took } = run;
  const flat = picture && run.memory !== null && Math.abs(picture.memory - run.memory) < 4 * mebi
    ? ' The server\'s memory stays flat.' : '';
  let number = '', tale = '';
  if (phase === 'connecting') tale = 'Connecting.';
  else if (phase === 'closing') {
    const waited = (performance.now() - killed) / 1000;
    if (waited > 1) number = waited.toFixed(0) + ' s';
    tale = 'Your side is gone. The handler has not ended yet.';
  } else if (phase === 'ended' && killed !== null) {
    const isSeen = took !== undefined && !run.gap;
    if (isSeen) number = took < 9999.5 ? Math.max(1, Math.round(took)) + ' ms' : (took / 1000).toFixed(1) + ' s';
    tale = isSeen ? 'later the handler had ended: ' + why(run.reason) + '.'
                  : 'The handler has ended. When, was not seen: the feed was broken.';
  } else if (phase === 'ended') {
    tale = run.reason === 'refused' ? 'The server did not accept the connection.'
                                    : 'The handler has ended: ' + why(run.reason) + '.';
  } else if (run.deaf) tale = 'The handler did not hear of the new rate. Move it again.';
  else if (isBlocked) {
    tale = (rate() === 0 ? 'The handler has stopped, so your browser cannot send.'
                         : 'The handler is slow, so your browser has to wait.') + flat;
  } else if (isHeldBack) {
    tale = hasArrived || broken ? 'The handler is slow, so your browser has to wait.' + flat
                                : 'The way to the server is slow. The handler waits for your browser.';
  } else tale = 'What your browser pours in goes through.';
  put(at('took'), number);
  put(at('tale'), tale);
}
setInterval(() => { if (run && !document.hidden) show(); }, 100);

// -- the curve of the memory

const span = 60_000; // ms
let past = [];
function remember() {
  const now = performance.now();
  const waits = run && run.phase === 'open' ? run.socket.bufferedAmount : 0;
  past.push({ at: now, memory: picture.memory, waits });
  while (past[0].at < now - span - 1000) past.shift();
}
function line(now, top, name) {
  let before = -Infinity;
  return past.map((each) => {
    const pen = each.at - before > 1500 ? 'M' : 'L'; // where nothing was heard there is no line
    before = each.at;
    return pen + (600 * (1 - (now - each.at) / span)).toFixed(1) + ' ' + (100 * (1 - each[name] / top)).toFixed(1);
  }).join('');
}
function showCurve() {
  if (document.hidden || past.length === 0 || broken) return;
  const now = performance.now();
  const top = Math.ceil(1.2 * Math.max(room, ...past.map((each) => each.memory)) / (16 * mebi)) * 16 * mebi;
  put(at('top'), top / mebi + ' MiB');
  at('curve').setAttribute('d', line(now, top, 'memory'));
  at('waits').setAttribute('d', line(now, top, 'waits'));
  put(at('memory'), octets(picture.memory));
  if (!run) return;
  if (run.memory === null) run.memory = picture.memory;
  const more = picture.memory - run.memory;
  const size = (Math.abs(more) / mebi).toFixed(1);
  put(at('more'), (size === '0.0' ? '±' : more < 0 ? '−' : '+') + size);
  at('since').hidden = false;
}
setInterval(showCurve, 200);

showRate();
openFeed();

// -- commands

for (const place of document.querySelectorAll('.origin')) place.textContent = origin;

for (const line of document.querySelectorAll('.command')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  button.textContent = 'Copy';
  const command = line.querySelector('pre').textContent;
  button.setAttribute('aria-label', 'Copy: ' + command);
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = 'Copied';
    } catch { // no such clipboard without https or localhost
      getSelection().selectAllChildren(line.querySelector('pre'));
      button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected';
    }
    at('said').textContent = button.textContent;
    setTimeout(() => { button.textContent = 'Copy'; at('said').textContent = ''; }, 1500);
  };
  line.append(button);
}

// -- the echo

function note(text) {
  const item = document.createElement('div');
  item.textContent = text;
  at('log').append(item);
  while (at('log').children.length > 100) at('log').firstChild.remove();
  at('log').scrollTop = at('log').scrollHeight;
}

let socket;
let lost = false; // said once, however often connecting fails
const sentAt = [];
function connect() {
  socket = new WebSocket(socketOrigin + '/echo');
  socket.onopen = () => { at('say').disabled = false; lost = false; note('connected'); };
  socket.onmessage = (event) => {
    const took = performance.now() - sentAt.shift();
    note('← ' + event.data + '   (' + took.toFixed(1) + ' ms)');
  };
  socket.onclose = () => {
    at('say').disabled = true;
    sentAt.length = 0;
    if (!lost) note('no connection; trying again every 3 s');
    lost = true;
    setTimeout(connect, 3000);
  };
}
connect();
at('echo').onsubmit = (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return;
  sentAt.push(performance.now());
  socket.send(at('text').value);
  note('→ ' + at('text').value);
  at('text').select();
};
</script>
</body>
</html>
)html";
}

} // namespace sluice
