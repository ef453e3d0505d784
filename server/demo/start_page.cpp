#include "server/demo/start_page.hpp"

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
  body {
    margin: 0; background: var(--paper); color: var(--ink);
    font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", sans-serif;
  }
  main, header { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
  header { padding-top: 3rem; }
  h1 { font-size: 2.4rem; line-height: 1.15; margin: 0 0 .75rem; letter-spacing: -.02em; }
  h2 { font-size: 1.25rem; margin: 0 0 .5rem; }
  p { margin: 0 0 .8rem; }
  .lead { font-size: 1.2rem; color: var(--soft); }
  section {
    background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
    padding: 1.25rem 1.4rem; margin: 1.25rem 0;
  }
  a { color: var(--water); }
  code, pre, .log { font: .9rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
  .command { display: flex; gap: .6rem; align-items: flex-start; margin: .5rem 0 .9rem; }
  pre {
    flex: 1; min-width: 0; margin: 0; padding: .65rem .8rem; background: var(--code);
    border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  button, input { font: inherit; border-radius: .5rem; padding: .5rem .85rem; }
  button { background: var(--water); color: var(--on-water); border: 1px solid transparent; cursor: pointer; }
  button.quiet { background: transparent; color: var(--water); border-color: currentColor; font-size: .9rem; }
  button:disabled { opacity: .55; cursor: default; }
  input { flex: 1; min-width: 8rem; background: var(--paper); color: var(--ink); border: 1px solid var(--soft); }
  :focus-visible { outline: 3px solid var(--water); outline-offset: 2px; }
  form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
  .number { font-size: 2rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
  .hint { color: var(--soft); font-size: .95rem; }
  .log {
    list-style: none; margin: .9rem 0 0; padding: .65rem .8rem; height: 9.5rem; overflow: auto;
    background: var(--code); border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere;
  }
  progress { width: 100%; height: .9rem; accent-color: var(--water); }
  footer { color: var(--soft); max-width: 46rem; margin: 0 auto; padding: .5rem 1.25rem 3rem; }
</style>
</head>
<body>
<header>
  <h1>Sluice is running.</h1>
  <p class="lead">It takes what you send no faster than it can use it. The rest waits with you, not in
  the server's memory.</p>
</header>
<main>

<section aria-labelledby="memory-title">
  <h2 id="memory-title">Memory of this server</h2>
  <p class="number"><output id="memory">…</output></p>
  <p class="hint">Looked up once a second; the highest seen here: <span id="highest">…</span>. Keep an eye
  on it while you try what follows. In a terminal:</p>
  <div class="command"><pre>watch -n 1 curl -s <span class="origin">http://localhost:8080</span>/memory</pre></div>
</section>

<section aria-labelledby="upload-title">
  <h2 id="upload-title">Upload four gigabytes, slowly</h2>
  <p>The handler behind this address takes 20 megabytes a second, however fast you are. curl has to
  wait for it, and the memory above stays where it is. Start several at once if you like.</p>
  <div class="command"><pre>head -c 4294967296 /dev/zero | curl -X POST -T - '<span class="origin">http://localhost:8080</span>/sink?rate=20000000' | cat</pre></div>
  <p>Press Ctrl+C in the middle: the handler is cancelled at once.</p>
</section>

<section aria-labelledby="file-title">
  <h2 id="file-title">Keep a file</h2>
  <p>A file is written to disk as it arrives and gets its name when it is whole. If you go away before
  that, nothing is left behind. The directory is deleted when the demo ends.</p>
  <div class="command"><pre>curl -T /etc/hostname <span class="origin">http://localhost:8080</span>/uploads/mine.txt</pre></div>
  <div class="command"><pre>curl <span class="origin">http://localhost:8080</span>/files/mine.txt</pre></div>
  <p class="hint">There is one already: <a href="/files/hello.txt">hello.txt</a>.</p>
</section>

<section aria-labelledby="download-title">
  <h2 id="download-title">Download ten gigabytes, slowly</h2>
  <p>The other way round: here curl is the slow one, and the handler waits for it.</p>
  <div class="command"><pre>curl --limit-rate 5M -o /dev/null '<span class="origin">http://localhost:8080</span>/download?octets=10000000000'</pre></div>
</section>

<section aria-labelledby="hello-title">
  <h2 id="hello-title">Say hello</h2>
  <p>The same answer, from a plain function and from an actor of its own.</p>
  <div class="command"><pre>curl <span class="origin">http://localhost:8080</span>/plaintext</pre></div>
  <div class="command"><pre>curl <span class="origin">http://localhost:8080</span>/plaintext-actor</pre></div>
</section>

<section aria-labelledby="echo-title">
  <h2 id="echo-title">WebSocket: an echo</h2>
  <form id="echo">
    <label for="text">Message</label>
    <input id="text" autocomplete="off" value="Hello, World!">
    <button id="send" disabled>Send</button>
  </form>
  <ol class="log" id="log" role="log" aria-label="What was sent and what came back" tabindex="0"></ol>
</section>

<section aria-labelledby="flood-title">
  <h2 id="flood-title">WebSocket: a flood</h2>
  <p>Your browser pushes 64 messages of 256 KiB at a handler that takes four a second. What the server
  has not taken waits in your browser.</p>
  <p><button id="flood" type="button">Start the flood</button></p>
  <progress id="left" max="1" value="0" aria-label="Share of the flood that has left the browser"></progress>
  <p class="hint" id="flooding">Not started.</p>
</section>

</main>
<footer>Everything here is also a page of source: the folder <code>server/demo</code>. Stop the demo with
Ctrl+C.</footer>

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
    } catch { // no clipboard without https or localhost
      getSelection().selectAllChildren(line.querySelector('pre'));
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  };
  line.append(button);
}

let highest = 0;
async function lookAtMemory() {
  if (document.hidden) return;
  try {
    const answer = await fetch('/memory');
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
  const item = document.createElement('li');
  item.textContent = text;
  at('log').append(item);
  while (at('log').children.length > 100) at('log').firstChild.remove();
  at('log').scrollTop = at('log').scrollHeight;
}

let socket;
const sentAt = [];
function connect() {
  socket = new WebSocket(socketOrigin + '/echo');
  socket.onopen = () => { at('send').disabled = false; note('connected'); };
  socket.onmessage = (event) => {
    const took = performance.now() - sentAt.shift();
    note('← ' + event.data + '   (' + took.toFixed(1) + ' ms)');
  };
  socket.onclose = () => {
    at('send').disabled = true;
    sentAt.length = 0;
    note('closed; connecting again in 3 s');
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

at('flood').onclick = () => {
  const count = 64, octets = 256 * 1024;
  const sink = new WebSocket(socketOrigin + '/sink?rate=4');
  at('flood').disabled = true;
  let timer;
  sink.onopen = () => {
    for (let i = 0; i < count; ++i) sink.send(new Uint8Array(octets));
    timer = setInterval(() => {
      at('left').value = 1 - sink.bufferedAmount / (count * octets);
      at('flooding').textContent = size(sink.bufferedAmount) + ' wait in your browser.';
      if (sink.bufferedAmount === 0) sink.close();
    }, 250);
  };
  sink.onclose = () => {
    clearInterval(timer);
    at('flood').disabled = false;
    at('flooding').textContent = 'Nothing waits.';
  };
};
</script>
</body>
</html>
)html";
}

} // namespace sluice
