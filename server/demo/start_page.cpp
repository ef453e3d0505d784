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
    --water: #0b6478; --on-water: #fff; --code: #eef2f1;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #12181d; --card: #1a2229; --ink: #e8edef; --soft: #a5b3bc; --line: #33404a;
      --water: #63c5da; --on-water: #0a1a20; --code: #10161a;
    }
  }
  * { box-sizing: border-box; }
  html { scroll-padding: 6.5rem 0 1.5rem; } /* what has the focus is not under the memory */
  body {
    margin: 0; background: var(--paper); color: var(--ink);
    font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", sans-serif;
  }
  main, header { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
  header { padding-top: 3rem; }
  h1 { font-size: clamp(1.8rem, 8vw, 2.4rem); line-height: 1.15; margin: 0 0 .75rem; letter-spacing: -.02em; }
  h2 { font-size: 1.25rem; margin: 0 0 .5rem; }
  p { margin: 0 0 .8rem; }
  .lead { font-size: 1.2rem; color: var(--soft); }
  section {
    background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
    padding: 1.25rem 1.4rem; margin: 1.25rem 0;
  }
  section > :last-child { margin-bottom: 0; }
  .gauge {
    position: sticky; top: .5rem; z-index: 1; display: flex; flex-wrap: wrap; gap: 0 1.2rem;
    align-items: baseline; padding: .6rem 1.4rem; border-color: var(--water);
    box-shadow: 0 0 0 .5rem var(--paper);
  }
  .gauge > * { margin: 0; }
  a { color: var(--water); }
  code, pre, .log { font: .9rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
  .command { display: flex; gap: .6rem; align-items: flex-start; margin: .5rem 0 .9rem; }
  pre {
    flex: 1; min-width: 0; margin: 0; padding: .65rem .8rem; background: var(--code);
    border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  button, input { font: inherit; border-radius: .5rem; padding: .5rem .85rem; }
  button { background: var(--water); color: var(--on-water); border: 1px solid transparent; cursor: pointer; }
  button.quiet { background: transparent; color: var(--water); border-color: currentColor; font-size: .9rem; min-width: 6rem; }
  button:disabled, button[aria-disabled=true] { opacity: .55; cursor: default; }
  input { flex: 1; min-width: 8rem; background: var(--paper); color: var(--ink); border: 1px solid var(--soft); }
  :focus-visible { outline: 3px solid var(--water); outline-offset: 2px; }
  form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
  .number { font-size: 1.6rem; line-height: 1.3; }
  .number, .hint { font-variant-numeric: tabular-nums; }
  .hint { color: var(--soft); font-size: .95rem; }
  .log {
    margin: .9rem 0 0; padding: .65rem .8rem; height: 9.5rem; overflow: auto;
    background: var(--code); border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere;
  }
  progress {
    display: block; width: 100%; height: .9rem; margin: 0 0 .5rem; appearance: none; overflow: hidden;
    background: var(--code); border: 1px solid var(--soft); border-radius: .5rem;
  }
  progress::-webkit-progress-bar { background: var(--code); }
  progress::-webkit-progress-value { background: var(--water); }
  progress::-moz-progress-bar { background: var(--water); }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  footer { color: var(--soft); max-width: 46rem; margin: 0 auto; padding: .5rem 1.25rem 3rem; }
  @media (max-width: 34rem) {
    header { padding-top: 1.75rem; }
    section { padding: 1rem; }
    .gauge { padding: .4rem 1rem; column-gap: .8rem; }
    .number { font-size: 1.4rem; }
    .command { flex-direction: column; align-items: stretch; }
    .command button { align-self: flex-end; }
  }
</style>
</head>
<body>
<header>
  <h1>Sluice is running.</h1>
  <p class="lead">It takes what you send no faster than it can use it. The rest waits with you, not in
  the server's memory.</p>
</header>
<main>

<noscript><p>Without JavaScript the commands below name port 8080, which may not be this server's, and the
memory, the copy buttons and the WebSockets do nothing.</p></noscript>

<section class="gauge" aria-labelledby="memory-title">
  <h2 id="memory-title">Memory of this server</h2>
  <p class="number" id="memory">…</p>
  <p class="hint">highest seen: <span id="highest">…</span></p>
</section>

<section aria-labelledby="watch-title">
  <h2 id="watch-title">Watch the memory</h2>
  <p>The number above is looked up once a second and stays in sight while you try what follows. In a
  terminal, in octets:</p>
  <div class="command"><pre>watch -n 1 curl -s '<span class="origin">http://localhost:8080</span>/memory'</pre></div>
</section>

<section aria-labelledby="upload-title">
  <h2 id="upload-title">Upload four gigabytes, slowly</h2>
  <p>The handler behind this address takes 20 megabytes a second, however fast you are. curl has to
  wait for it, and the memory above stays where it is. Start several at once if you like.</p>
  <div class="command"><pre>head -c 4294967296 /dev/zero | curl -X POST -T - '<span class="origin">http://localhost:8080</span>/sink?rate=20000000' | cat</pre></div>
  <p>The <code>cat</code> at the end only makes curl show how far it is. Press Ctrl+C in the middle: the
  handler is cancelled at once.</p>
</section>

<section aria-labelledby="file-title">
  <h2 id="file-title">Keep a file</h2>
  <p>A file is written to disk as it arrives and gets its name when it is whole. If you go away before
  that, nothing is left behind. The directory is deleted when the demo ends.</p>
  <div class="command"><pre>curl -T /etc/hostname '<span class="origin">http://localhost:8080</span>/uploads/mine.txt'</pre></div>
  <div class="command"><pre>curl '<span class="origin">http://localhost:8080</span>/files/mine.txt'</pre></div>
  <p class="hint">There is one already: <a href="/files/hello.txt">hello.txt</a>.</p>
</section>

<section aria-labelledby="download-title">
  <h2 id="download-title">Download ten gigabytes, slowly</h2>
  <p>The other way round: here curl is the slow one, and the handler waits for it. It
  would take half an hour; press Ctrl+C when you have seen enough.</p>
  <div class="command"><pre>curl --limit-rate 5M -o /dev/null '<span class="origin">http://localhost:8080</span>/download?octets=10000000000'</pre></div>
</section>

<section aria-labelledby="hello-title">
  <h2 id="hello-title">Say hello</h2>
  <p>The same answer, from a plain function and from an actor of its own.</p>
  <div class="command"><pre>curl -w '\n' '<span class="origin">http://localhost:8080</span>/plaintext'</pre></div>
  <div class="command"><pre>curl -w '\n' '<span class="origin">http://localhost:8080</span>/plaintext-actor'</pre></div>
</section>

<section aria-labelledby="echo-title">
  <h2 id="echo-title">WebSocket: an echo</h2>
  <form id="echo">
    <label for="text">Message</label>
    <input id="text" autocomplete="off" value="Hello, World!">
    <button id="send" disabled>Send</button>
  </form>
  <div class="log" id="log" role="log" aria-label="What was sent and what came back" tabindex="0"></div>
</section>

<section aria-labelledby="flood-title">
  <h2 id="flood-title">WebSocket: a flood</h2>
  <p>Your browser pushes 64 messages of 256 KiB at a handler that takes four a second. What the server
  has not taken waits in your browser.</p>
  <p><button id="flood" type="button">Start the flood</button></p>
  <progress id="left" max="1" value="0" aria-label="Share of the flood that has left the browser"></progress>
  <p class="hint"><span id="flooding" role="status">Not started.</span> <span id="waiting"></span></p>
</section>

</main>
<footer>The source of this page, and of the addresses on it, is in the folder <code>server/demo</code>. To stop
the demo, press Ctrl+C in its terminal.</footer>
<p class="unseen" id="said" role="status"></p>

<script>
'use strict';
const at = (id) => document.getElementById(id);
const origin = location.host ? location.origin : 'http://localhost:8080';
const socketOrigin = origin.replace(/^http/, 'ws');
const size = (octets) => (octets / 1048576).toFixed(1) + ' MiB';

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

let highest = 0;
async function lookAtMemory() {
  if (document.hidden) return;
  try {
    const answer = await fetch('/memory');
    if (!answer.ok) throw new Error(answer.statusText);
    const octets = Number(await answer.text());
    highest = Math.max(highest, octets);
    at('memory').textContent = size(octets);
    at('highest').textContent = size(highest);
  } catch {
    at('memory').textContent = 'no answer';
  }
}
lookAtMemory();
setInterval(lookAtMemory, 1000);

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
  socket.onopen = () => { at('send').disabled = false; lost = false; note('connected'); };
  socket.onmessage = (event) => {
    const took = performance.now() - sentAt.shift();
    note('← ' + event.data + '   (' + took.toFixed(1) + ' ms)');
  };
  socket.onclose = () => {
    at('send').disabled = true;
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

let flooded = false;
at('flood').onclick = () => {
  if (flooded) return;
  flooded = true;
  const count = 64, octets = 256 * 1024;
  const sink = new WebSocket(socketOrigin + '/sink?rate=4');
  at('flood').setAttribute('aria-disabled', 'true'); // not disabled: that would take the focus away
  at('left').value = 0;
  at('flooding').textContent = 'Started.';
  let timer;
  sink.onopen = () => {
    for (let i = 0; i < count; ++i) sink.send(new Uint8Array(octets));
    timer = setInterval(() => {
      const waits = sink.bufferedAmount;
      at('left').value = 1 - waits / (count * octets);
      if (waits > 0) {
        at('waiting').textContent = size(waits) + ' wait in your browser.';
      } else if (sink.readyState === WebSocket.OPEN) {
        at('waiting').textContent = '';
        at('flooding').textContent = 'All has left your browser; the handler takes the last of it.';
        sink.close();
      }
    }, 250);
  };
  sink.onclose = (event) => {
    clearInterval(timer);
    flooded = false;
    at('flood').removeAttribute('aria-disabled');
    at('waiting').textContent = '';
    at('flooding').textContent = event.wasClean ? 'The handler has taken it all.' : 'The connection was lost.';
  };
};
</script>
</body>
</html>
)html";
}

} // namespace sluice
