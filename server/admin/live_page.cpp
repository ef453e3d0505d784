#include "sluice/server/admin/live_page.hpp"

namespace sluice {

std::string_view live_page() noexcept {
  return R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stalls: Sluice</title>
<link rel="icon" href="data:,">
<style>
  :root {
    color-scheme: light dark;
    --paper: #f7f6f2; --card: #fff; --ink: #1d2730; --soft: #51606c; --line: #d9dcd8;
    --water: #0b6478; --on-water: #fff; --code: #eef2f1;
    --client: #0a5596; --client-back: #e4eff9; --handler: #8a4100; --handler-back: #fdeedb;
    --network: #6a2d9c; --network-back: #f2e9fa; --alarm: #a3161f; --alarm-back: #fdebea;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --paper: #12181d; --card: #1a2229; --ink: #e8edef; --soft: #a5b3bc; --line: #33404a;
      --water: #63c5da; --on-water: #0a1a20; --code: #10161a;
      --client: #8fc7ff; --client-back: #15304a; --handler: #ffbf7d; --handler-back: #402b13;
      --network: #d5b5ff; --network-back: #34254b; --alarm: #ffa9a4; --alarm-back: #431b1e;
    }
  }
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  html { scroll-padding: 4rem 0 1rem; } /* what has the focus is not under the column headings */
  body {
    margin: 0 auto; max-width: 88rem; padding: 0 1.5rem; background: var(--paper); color: var(--ink);
    font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums;
  }
  h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; letter-spacing: -.02em; }
  p, dl, dd { margin: 0; }
  a { color: var(--water); }
  .soft, dt, th small { color: var(--soft); }
  .mono { font: .9rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  :focus-visible { outline: 3px solid var(--water); outline-offset: 2px; }

  header { padding-top: 1.75rem; }
  .title { display: flex; flex-wrap: wrap; gap: .25rem .9rem; align-items: center; }
  #state { padding: .1rem .7rem; border: 1px solid currentColor; border-radius: 1rem;
    font-size: .9rem; color: var(--water); }
  #state.draining { color: var(--handler); background: var(--handler-back); }
  .figures {
    display: grid; grid-template-columns: repeat(auto-fit, minmax(5.6rem, 1fr)); gap: .4rem 1rem;
    margin: 1rem 0; padding: .7rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  }
  .figures dt { font-size: .85rem; }
  .figures dd { font-size: 1.1rem; line-height: 1.3; white-space: nowrap; }

  .warning {
    margin: 0 0 .75rem; padding: .7rem 1.1rem; color: var(--alarm); background: var(--alarm-back);
    border: 1px solid currentColor; border-left-width: .4rem; border-radius: .75rem; overflow-wrap: anywhere;
  }
  #broken { position: sticky; top: .5rem; z-index: 2; }
  #held { list-style: none; font-weight: 600; font-size: 1.1rem; }

  button, input { font: inherit; border-radius: .5rem; padding: .4rem .8rem; color: inherit; }
  button { background: transparent; color: var(--water); border: 1px solid currentColor; cursor: pointer; }
  button[aria-pressed=true] { background: var(--water); color: var(--on-water); border-color: var(--water); }
  .parties { display: grid; grid-template-columns: repeat(3, 1fr); gap: .75rem; margin-bottom: .75rem; }
  .parties button {
    display: grid; grid-template-columns: auto 1fr; column-gap: .6rem; align-items: center; text-align: left;
    padding: .6rem 1.1rem; border-radius: .75rem; border-color: var(--line); background: var(--card); color: var(--ink);
  }
  .parties button:hover { border-color: var(--of); }
  .parties button[aria-pressed=true] { background: var(--back); border-color: var(--of);
    box-shadow: inset 0 0 0 1px var(--of); }
  .count { grid-row: span 2; min-width: 2ch; font-size: 2.4rem; line-height: 1.2; color: var(--of); }
  .parties b { align-self: end; line-height: 1.3; }
  .parties i { font-style: normal; }
  .parties .soft { align-self: start; font-size: .9rem; line-height: 1.3; }
  [data-party=client] { --of: var(--client); --back: var(--client-back); }
  [data-party=handler] { --of: var(--handler); --back: var(--handler-back); }
  [data-party=network] { --of: var(--network); --back: var(--network-back); }
  [data-party=idle] { --of: var(--soft); --back: transparent; }
  [data-party=client] .mark::before { content: "\25CF"; }
  [data-party=handler] .mark::before { content: "\25A0"; }
  [data-party=network] .mark::before { content: "\25B2"; }
  [data-party=idle] .mark::before { content: "\25CB"; }
  .mark { color: var(--of); margin-right: .4em; font-size: .85em; }

  form { display: flex; flex-wrap: wrap; gap: .6rem 1.2rem; align-items: center; margin-bottom: .75rem; }
  form label { display: flex; gap: .5rem; align-items: center; }
  input { background: var(--card); border: 1px solid var(--soft); }
  input[type=text] { width: 11rem; min-width: 0; }
  ::placeholder { color: var(--soft); opacity: 1; font-style: italic; }
  input[type=checkbox] { width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--water); }
  .choice { display: flex; }
  .choice button:first-of-type { border-radius: .5rem 0 0 .5rem; }
  .choice button:last-of-type { border-radius: 0 .5rem .5rem 0; border-left-width: 0; }
  #route { width: 13.5rem; }
  #pause { min-width: 6.5rem; margin-left: auto; }
  .notes { display: flex; flex-wrap: wrap; gap: 0 1.2rem; margin-bottom: .5rem; }
  #queue { overflow-wrap: anywhere; }
  #legend { display: none; }

  table { width: 100%; border-collapse: separate; border-spacing: 0; table-layout: fixed; background: var(--card);
    border: 1px solid var(--line); border-radius: .75rem; }
  th { position: sticky; top: 0; z-index: 1; background: var(--card); text-align: left; vertical-align: bottom;
    font-size: .9rem; line-height: 1.3; padding: .6rem; border-radius: .75rem; }
  th small { display: block; font-weight: 400; font-size: .85rem; }
  th:nth-child(1) { width: 2.9rem; }
  th:nth-child(2) { width: 8rem; }
  th:nth-child(3) { width: 7.2rem; }
  th:nth-child(4) { width: 6.4rem; }
  th:nth-child(7), th:nth-child(8) { width: 10rem; }
  td { vertical-align: top; padding: .5rem .6rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
  td.fold { padding-right: 0; }
  .fold button { width: 1.9rem; height: 1.75rem; padding: 0; border-color: transparent; line-height: 1; }
  .fold button:hover { border-color: currentColor; }
  .fold button::before { content: "\25B8"; display: inline-block; }
  .fold button[aria-expanded=true]::before { transform: rotate(90deg); }
  tr.row { cursor: pointer; }
  tr.row:hover td, .unfolded tr.row td { background: var(--code); }
  .whom > span { display: inline-block; padding: .05rem .6rem .05rem .5rem; border-radius: .4rem; background: var(--back);
    color: var(--of); font-weight: 600; white-space: nowrap; }
  .since, .due { white-space: nowrap; }
  .since { font-weight: 600; }
  .route .method { font-weight: 600; }
  .small { font-size: .9rem; }
  .nothing .bar { display: none; }
  .nothing .small { font-size: 1rem; color: var(--soft); }
  .bar { display: flex; height: .5rem; margin: .45rem 0 .2rem; background: var(--code); border: 1px solid var(--line);
    border-radius: .25rem; overflow: hidden; }
  .bar i { flex: none; background: var(--water); }
  .bar i + i, .key.kernel { background: repeating-linear-gradient(135deg, var(--water) 0 2px, transparent 2px 4px); }
  .key { display: inline-block; width: .7rem; height: .55rem; background: var(--water); border: 1px solid var(--water); }
  .gone { color: var(--soft); }
  .gone .whom > span { color: var(--soft); background: transparent; text-decoration: line-through; }
  .more td { border-top: 0; padding: .25rem 1rem 1rem 3.4rem; background: var(--code); }
  .more dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .5rem 1.2rem;
    margin-bottom: .8rem; }
  .more dt { font-size: .85rem; line-height: 1.3; }
  .more button { margin: 0 .6rem 0 0; padding: .25rem .7rem; font-size: .9rem; }
  #calm { padding: 3.5rem 1rem; text-align: center; overflow-wrap: anywhere; }
  #calm :first-child { font-size: 1.3rem; }
  footer { padding: 1rem 0 3rem; color: var(--soft); font-size: .95rem; }

  @media (max-width: 72rem) { /* rows become cards */
    th { position: static; }
    #legend { display: block; }
    .parties .wait { display: none; }
    table, tbody, .more, .more td { display: block; }
    table { background: transparent; border: 0; }
    thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    tbody { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
      margin-bottom: .75rem; overflow: hidden; }
    tr.row { display: grid; grid-template-columns: auto auto 1fr auto; gap: .25rem .9rem;
      padding: .6rem .9rem .7rem; align-items: center; }
    tr.row td { display: block; border: 0; padding: 0; background: transparent; }
    tr.row:hover, .unfolded { background: var(--code); }
    td.whom { order: 1; } td.since { order: 2; } td.due { order: 3; color: var(--soft); }
    tr.row td.fold { order: 4; }
    td.route, td.why { order: 5; grid-column: 1 / -1; }
    tr.row td.in, tr.row td.out { order: 6; display: grid; grid-column: 1 / -1; max-width: 32rem;
      grid-template-columns: 1.8rem 1fr minmax(8.5rem, max-content); gap: .6rem; align-items: center; }
    tr.row td.nothing { display: none; }
    td.in::before { content: "in"; color: var(--soft); font-size: .9rem; }
    td.out::before { content: "out"; color: var(--soft); font-size: .9rem; }
    .bar { margin: 0; }
    .due:not(.none)::before { content: "deadline "; }
    .due.none::before { content: "deadline: "; }
    .more td { padding: .25rem .9rem .9rem; }
  }
  @media (max-width: 44rem) {
    body { padding: 0 .9rem; }
    header { padding-top: 1.1rem; }
    h1 { font-size: 1.25rem; }
    .figures { grid-template-columns: repeat(auto-fit, minmax(5.2rem, 1fr)); gap: .3rem .7rem;
      margin: .75rem 0; padding: .5rem .9rem; }
    .figures dd { font-size: 1rem; }
    .parties { gap: .5rem; }
    .parties button { display: block; padding: .3rem .6rem .45rem; }
    .parties .soft, .parties i { display: none; }
    .parties b { display: block; font-size: .95rem; }
    .count { display: block; font-size: 1.8rem; }
    form > * { flex: 1 1 auto; }
    .choice button { flex: 1; }
    form label:has([type=text]) { flex-basis: 100%; }
    form label > span { min-width: 8.4rem; }
    form label { min-width: 0; }
    #route, #peer { flex: 1; width: 0; }
    tr.row { grid-template-columns: auto 1fr auto; }
    td.due { order: 5; grid-column: 1 / -1; font-size: .9rem; }
    td.due.none { display: none !important; }
    .more dl { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
  }
  @media (forced-colors: active) {
    .bar i { background: CanvasText; }
    .bar i + i { background: GrayText; }
    button[aria-pressed=true] { outline: 2px solid Highlight; }
  }
</style>
</head>
<body>
<header>
  <div class="title"><h1>Who waits for whom</h1><span id="state">…</span></div>
  <dl class="figures" id="figures"></dl>
</header>
<main>
<noscript><p class="warning">Without JavaScript this page shows nothing. The same is at
<a href="stalls">stalls</a>, as JSON.</p></noscript>
<p class="warning" id="broken" hidden></p>
<ul class="warning" id="held" hidden></ul>

<div class="parties" id="parties" role="group" aria-label="Show only the connections that wait for">
  <button type="button" data-party="client" aria-pressed="false"><span class="count">–</span>
    <b><span class="mark" aria-hidden="true"></span><span class="wait">wait for </span><i>the </i>client</b>
    <span class="soft">It is to send something.</span></button>
  <button type="button" data-party="handler" aria-pressed="false"><span class="count">–</span>
    <b><span class="mark" aria-hidden="true"></span><span class="wait">wait for </span><i>the </i>handler</b>
    <span class="soft">Our own code is to go on.</span></button>
  <button type="button" data-party="network" aria-pressed="false"><span class="count">–</span>
    <b><span class="mark" aria-hidden="true"></span><span class="wait">wait for </span><i>the </i>network</b>
    <span class="soft">The client is to take what we send.</span></button>
</div>

<form id="filter" autocomplete="off">
  <div class="choice" id="order" role="group" aria-label="Which come first">
    <button type="button" data-by="time" aria-pressed="true">Longest first</button>
    <button type="button" data-by="octets" aria-pressed="false">Largest first</button>
  </div>
  <label><span>Route is</span><input type="text" id="route" list="routes" placeholder="/uploads/{name}"
    spellcheck="false" autocapitalize="off"></label>
  <datalist id="routes"></datalist>
  <label><span>Peer begins with</span><input type="text" id="peer" placeholder="192.0.2."
    spellcheck="false" autocapitalize="off"></label>
  <label><input type="checkbox" id="idle">also idle</label>
  <button type="button" id="pause" aria-pressed="false">Pause</button>
</form>

<div class="notes soft"><p id="shown">Waiting for the first picture.</p><p id="queue"></p>
<p id="legend">Octets: <span class="key"></span> here + <span class="key kernel"></span> in the kernel.</p></div>
<table id="table" role="table" aria-label="Connections" hidden>
  <thead role="rowgroup"><tr role="row">
    <th role="columnheader"><span class="unseen">Details</span></th>
    <th role="columnheader">Waits for</th>
    <th role="columnheader">Since</th>
    <th role="columnheader">Deadline</th>
    <th role="columnheader">Request <small>and peer</small></th>
    <th role="columnheader">For what <small>and what the handler does</small></th>
    <th role="columnheader">In <small><span class="key"></span> here + <span class="key kernel"></span> kernel</small></th>
    <th role="columnheader">Out <small><span class="key"></span> here + <span class="key kernel"></span> kernel</small></th>
  </tr></thead>
</table>
<div id="calm" hidden><p></p><p class="soft"></p></div>
</main>
<footer>The same <a id="json" href="stalls">as JSON</a>. All <a href="metrics">metrics</a>. The address of this page
keeps what you have chosen, so you can share it.</footer>
<p class="unseen" id="said" role="status"></p>

<script>
'use strict';
// Peers, routes and names come from outside: they become text, never markup.
const at = (id) => document.getElementById(id);
const parties = ['client', 'handler', 'network'];
const rows_asked = 200;
const silence_told_after = 5000, silence_ended_after = 15000, retry_after = 3000; // ms

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}
function put(node, text) { // leaves what is the same alone, so that a selection lasts
  if (node.textContent !== text) node.textContent = text;
}
function say(text) { at('said').textContent = text; }

// -- in plain words

const grouped = (number) => number.toLocaleString('en-GB');
function octets(count) {
  let unit = 0;
  for (; count >= 1023.5 && unit < 4; ++unit) count /= 1024;
  return unit === 0 ? Math.round(count) + ' B'
                    : count.toFixed(count < 99.95 ? 1 : 0) + ' ' + ['', 'KiB', 'MiB', 'GiB', 'TiB'][unit];
}
function length(seconds) {
  if (seconds < 99.95) return seconds.toFixed(1) + ' s';
  const whole = Math.round(seconds), minutes = Math.floor(whole / 60);
  return minutes < 60 ? minutes + ' min ' + whole % 60 + ' s' : Math.floor(minutes / 60) + ' h ' + minutes % 60 + ' min';
}
const frequency = (rate) => rate < 9.95 ? rate.toFixed(1) : grouped(Math.round(rate));
const clock = (date) => date.toLocaleTimeString('en-GB');
const several = (count, one, many) => grouped(count) + ' ' + (count === 1 ? one : many);
const party = (stall) => stall.reason === 'keep_alive' || !parties.includes(stall.waits_for) ? 'idle' : stall.waits_for;

function reason(stall) {
  const holds = stall.handler && stall.handler.holds_seconds !== null;
  switch (stall.reason) {
    case null: return 'nobody';
    case 'header': return 'the client to send the rest of its header section';
    case 'content': return 'the client to send content';
    case 'keep_alive': return 'the client to send its next request';
    case 'handler': return holds ? 'the handler to acknowledge' :
      stall.protocol === 'WebSocket' ? 'the handler to go on' : 'the handler to answer';
    case 'write': return 'the client to take our octets';
    case 'linger': return 'the client to end its side';
    case 'close_handshake': return 'the client to answer our Close';
    case 'close_answer': return 'the handler to end, as the client has closed';
    default: return String(stall.reason).replaceAll('_', ' ');
  }
}
const actor = (asked) => 'actor ' + asked.actor + (asked.name ? ' (' + asked.name + ')' : '');
const awaited = {
  content: 'content', message: 'a message of the client', sent: 'its output to leave', time: 'time', reply: 'a reply',
  inbox: 'a message of an actor', stop: 'the server to stop', something: 'something of its own',
};
function doing(handler) {
  if (handler.waits_for === null) return 'has a behavior; what that waits for is not known';
  if (handler.waits_for.length === 0) return 'works';
  return 'waits for ' + handler.waits_for.map((what) => {
    const others = what === 'reply' && handler.asked ? handler.asked.waiting - 1 : 0;
    if (what !== 'reply' || !handler.asked) return awaited[what] || what;
    return 'a reply of ' + actor(handler.asked) + (others > 0 ? ', with ' + several(others, 'other', 'others') : '');
  }).join(', or ');
}
const place = { on_loop: 'on the loop', pooled: 'pooled', detached: 'detached' };
function handlerText(stall) {
  const parts = [];
  if (stall.handler) {
    const is = stall.handler.state === 'running' ? '' : ' is ' + stall.handler.state + ', and';
    parts.push('the handler' + is + ' ' + doing(stall.handler));
  }
  if (stall.detached_handlers > 0)
    parts.push(several(stall.detached_handlers, 'detached handler works on', 'detached handlers work on'));
  return parts.join('; ');
}

// -- what is asked for; it stands in the address behind the #

const asked = { waits_for: '', by: 'time', route: '', peer: '', idle: false };
function query() {
  const all = new URLSearchParams();
  if (asked.waits_for) all.set('waits_for', asked.waits_for);
  if (asked.by !== 'time') all.set('by', asked.by);
  if (asked.route) all.set('route', asked.route);
  if (asked.peer) all.set('peer', asked.peer);
  if (asked.idle) all.set('idle', 'true');
  return all;
}
function readAddress() {
  const all = new URLSearchParams(location.hash.slice(1));
  asked.waits_for = parties.find((each) => each === all.get('waits_for')) || '';
  asked.by = all.get('by') === 'octets' ? 'octets' : 'time';
  asked.route = all.get('route') || '';
  asked.peer = all.get('peer') || '';
  asked.idle = all.get('idle') === 'true';
  at('route').value = asked.route;
  at('peer').value = asked.peer;
  at('idle').checked = asked.idle;
  showAsked();
}
function showAsked() {
  for (const each of at('parties').children) each.setAttribute('aria-pressed', each.dataset.party === asked.waits_for);
  for (const each of at('order').children) each.setAttribute('aria-pressed', each.dataset.by === asked.by);
  const search = query();
  search.set('n', rows_asked);
  at('json').href = 'stalls?' + search;
}
function ask(change) {
  clearTimeout(typed);
  Object.assign(asked, change);
  const hash = query().toString();
  history.replaceState(null, '', hash ? '#' + hash : location.pathname + location.search);
  showAsked();
  forgetGone();
  isHovered = false;
  open();
}

let typed = 0;
const asWritten = () => ask({ route: at('route').value.trim(), peer: at('peer').value.trim() });
for (const each of at('parties').children)
  each.onclick = () => ask({ waits_for: asked.waits_for === each.dataset.party ? '' : each.dataset.party });
for (const each of at('order').children) each.onclick = () => ask({ by: each.dataset.by });
for (const id of ['route', 'peer'])
  at(id).oninput = () => { clearTimeout(typed); typed = setTimeout(asWritten, 400); };
at('idle').onchange = () => ask({ idle: at('idle').checked });
at('filter').onsubmit = (event) => { event.preventDefault(); asWritten(); };
addEventListener('hashchange', () => { readAddress(); forgetGone(); open(); });

// -- the feed

let feed = null, retry = 0;
let paused = false;
let news = null;   // when the last picture came
let opened = null; // when this feed was asked for
let broken = null; // since when there is none

function close() {
  clearTimeout(retry);
  if (feed) feed.close();
  feed = null;
}
function open() {
  close();
  if (document.hidden) return; // a browser has few connections for all its tabs
  opened = new Date();
  const search = query();
  search.set('n', rows_asked);
  const mine = new EventSource('stalls/live?' + search);
  feed = mine;
  feed.onmessage = (event) => {
    news = new Date();
    if (broken) say('The feed is back.');
    broken = null;
    tellBroken();
    if (paused) close(); // one picture of what is asked for now
    show(JSON.parse(event.data));
  };
  feed.onerror = () => {
    if (!broken) say('The feed is broken.');
    broken = broken || news || opened;
    tellBroken();
    if (mine.readyState === EventSource.CLOSED) retry = setTimeout(open, retry_after); // it was refused
  };
}
function tellBroken() {
  at('broken').hidden = broken === null;
  if (broken === null) return;
  const ago = length((Date.now() - broken) / 1000).replace(/\.\d/, '');
  const since = clock(broken) + ', ' + ago + ' ago.';
  put(at('broken'), (news ? 'The feed broke at ' + since + ' What you see is from then.'
                          : 'No answer from the server since ' + since) + ' The page keeps trying.');
}
setInterval(() => {
  const silent = feed ? Date.now() - Math.max(opened, news || 0) : 0;
  if (silent > silence_told_after && !broken) {
    broken = news || opened;
    say('The feed is silent.');
  }
  if (silent > silence_ended_after) open();
  tellBroken();
}, 1000);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) close();
  else if (!paused) open();
});
at('pause').onclick = () => {
  paused = !paused;
  at('pause').setAttribute('aria-pressed', paused);
  broken = null;
  if (paused) close();
  else open();
  tellBroken();
  showPause();
};
function showPause() {
  put(at('state'), last ? last.server.state + (paused ? ', paused at ' + clock(news) : '') : paused ? 'paused' : '…');
}

// -- the server

const figures = {};
for (const [name, label] of [['connections', 'connections'], ['web_sockets', 'WebSockets'], ['handlers', 'handlers'],
                             ['requests', 'requests/s'], ['received', 'octets in/s'], ['sent', 'octets out/s'],
                             ['resident', 'RSS']]) {
  figures[name] = make('dd', '', '–');
  at('figures').append(make('div', '', make('dt', '', label), figures[name]));
}

let before = null;
function showServer(server) {
  at('state').classList.toggle('draining', server.state === 'draining');
  for (const name of ['connections', 'web_sockets', 'handlers']) put(figures[name], grouped(server[name]));
  put(figures.resident, octets(server.resident_bytes));
  const now = {
    at: performance.now(),
    requests: server.requests_total, received: server.received_bytes_total, sent: server.sent_bytes_total,
  };
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  if (before && seconds < 0.5) return; // too near to the last to tell a rate
  for (const name of ['requests', 'received', 'sent']) {
    const rate = before ? (now[name] - before[name]) / seconds : -1; // less than before: it is another server
    put(figures[name], rate < 0 ? '–' : name === 'requests' ? frequency(rate) : octets(rate));
  }
  before = now;
}

function heldText(loop) {
  const who = loop.runs === null ? '' : ' by the handler of ' + loop.runs;
  const since = loop.busy_seconds > 0 ? ' has been held up for ' + length(loop.busy_seconds) + who
    : ' has not answered in time';
  const whose = loop.connections === 0 ? '' : loop.connections === 1 ? ' Its connection is not listed.'
    : ' Its ' + grouped(loop.connections) + ' connections are not listed.';
  return 'Event loop ' + loop.loop + since + '.' + whose;
}
let heldBefore = '';
function showHeld(loops) {
  const held = loops.filter((loop) => !loop.answered);
  const list = at('held');
  while (list.children.length > held.length) list.lastChild.remove();
  while (list.children.length < held.length) list.append(make('li'));
  held.forEach((loop, i) => put(list.children[i], heldText(loop)));
  list.hidden = held.length === 0;
  const which = held.map((loop) => loop.loop).join(', ');
  if (which !== heldBefore) say(which ? 'Held up: event loop ' + which : 'All event loops answer.');
  heldBefore = which;
}

// -- the rows: one tbody for each connection, kept while it is listed, so that the focus stays

const shown = new Map();
let isKept = false;    // another order than the one that was asked for is shown
let isHovered = false; // the order is kept then, so that nothing moves away under the pointer
at('table').onpointerenter = (event) => { isHovered = event.pointerType === 'mouse'; };
at('table').onpointerleave = () => { isHovered = false; };

function cell(className, ...children) {
  const td = make('td', className, ...children);
  td.setAttribute('role', 'cell');
  return td;
}
function bar() {
  const here = make('i'), kernel = make('i'), text = make('div', 'small');
  const node = make('div', 'bar', here, kernel);
  node.setAttribute('aria-hidden', 'true');
  return { nodes: [node, text], here, kernel, text };
}
function newRow(connection) {
  const row = { connection, stall: null, unfolded: false, facts: new Map() };
  row.button = make('button');
  row.button.type = 'button';
  row.button.setAttribute('aria-expanded', 'false');
  row.button.setAttribute('aria-label', 'Details of connection ' + connection);
  row.badge = make('span', '', Object.assign(make('span', 'mark'), { ariaHidden: 'true' }), row.word = make('bdi'));
  row.method = make('bdi', 'method');
  row.route = make('bdi');
  row.peer = make('bdi');
  row.protocol = make('bdi');
  row.reason = make('div');
  row.doing = make('bdi');
  row.in = bar();
  row.out = bar();
  row.since = cell('since');
  row.due = cell('due');
  const request = make('div', 'mono', row.method, ' ', row.route);
  const tr = make('tr', 'row', cell('fold', row.button), cell('whom', row.badge), row.since, row.due,
    cell('route', request, make('div', 'soft small', row.peer, ' · ', row.protocol)),
    cell('why', row.reason, make('div', 'soft small', row.doing)),
    cell('in', ...row.in.nodes), cell('out', ...row.out.nodes));
  row.list = make('dl');
  const onlyRoute = make('button', '', 'Only this route'), onlyPeer = make('button', '', 'Only this peer');
  row.onlyRoute = onlyRoute;
  onlyRoute.onclick = () => { at('route').value = row.stall.route; asWritten(); };
  onlyPeer.onclick = () => { at('peer').value = row.stall.peer.replace(/:\d+$/, ':'); asWritten(); };
  const td = cell('', row.list, onlyRoute, onlyPeer);
  td.colSpan = 8;
  row.more = make('tr', 'more', td);
  row.more.hidden = true;
  for (const each of [tr, row.more]) each.setAttribute('role', 'row');
  row.body = make('tbody', '', tr, row.more);
  row.body.setAttribute('role', 'rowgroup');
  row.body.dataset.connection = connection;
  tr.onclick = (event) => {
    if (event.target !== row.button && !getSelection().isCollapsed) return; // text is being marked
    row.unfolded = !row.unfolded;
    row.button.setAttribute('aria-expanded', row.unfolded);
    row.more.hidden = !row.unfolded;
    row.body.classList.toggle('unfolded', row.unfolded);
    if (row.unfolded) fillMore(row);
    else if (row.body.classList.contains('gone')) remove(row);
  };
  return row;
}
function fillBar(into, here, kernel, most) {
  const share = (count) => count === 0 ? '0' : 'max(2px, ' + (100 * count / most).toFixed(2) + '%)';
  into.here.style.width = share(here);
  into.kernel.style.width = share(kernel);
  put(into.text, here + kernel === 0 ? '–' : octets(here) + ' + ' + octets(kernel));
  into.text.parentNode.classList.toggle('nothing', here + kernel === 0);
}
const totals = ({ octets: o }) => [o.read + o.parked + o.kernel_unread, o.unsent + o.kernel_unsent];

function fill(row, stall, most) {
  row.stall = stall;
  row.body.classList.remove('gone');
  const whom = party(stall);
  row.body.dataset.party = whom;
  put(row.word, whom);
  put(row.since, stall.waits_for === null ? '–' : length(stall.seconds));
  put(row.due, stall.seconds_left === null ? 'none' : 'in ' + length(stall.seconds_left));
  row.due.classList.toggle('none', stall.seconds_left === null);
  put(row.method, stall.method);
  put(row.route, stall.route || (stall.method ? '(no route)' : '(no request)'));
  put(row.peer, stall.peer);
  put(row.protocol, stall.protocol || 'nothing said yet');
  put(row.reason, reason(stall));
  put(row.doing, handlerText(stall));
  fillBar(row.in, stall.octets.read + stall.octets.parked, stall.octets.kernel_unread, most);
  fillBar(row.out, stall.octets.unsent, stall.octets.kernel_unsent, most);
  if (row.unfolded) fillMore(row);
}
function fillMore(row) {
  const { stall } = row, { handler, octets: o } = stall;
  const exactly = (count) => several(count, 'octet', 'octets');
  const why = stall.reason && stall.reason !== stall.waits_for ? ' (' + stall.reason + ')' : '';
  row.onlyRoute.hidden = !stall.route;
  const facts = [
    ['connection', '' + stall.connection], ['event loop', '' + stall.loop], ['socket', stall.phase],
    ['waits for', (stall.waits_for || 'nobody') + why],
    ['since', stall.seconds.toFixed(3) + ' s'],
    ['deadline', stall.seconds_left === null ? 'none' : 'in ' + stall.seconds_left.toFixed(3) + ' s'],
    ['read, not used', exactly(o.read)], ['in messages not taken', exactly(o.parked)],
    ['not read, in the kernel', exactly(o.kernel_unread)], ['not sent', exactly(o.unsent)],
    ['sent, not acknowledged', exactly(o.kernel_unsent)],
    ['handler', handler ? 'actor ' + handler.actor + ', ' + (place[handler.placement] || handler.placement)
                          + ', ' + handler.state : 'none'],
  ];
  if (handler) {
    facts.push(['the handler', doing(handler)]);
    const holds = handler.holds_seconds;
    facts.push(['has not acknowledged for', holds === null ? '–' : holds.toFixed(3) + ' s']);
    if (handler.asked) {
      const all = several(handler.asked.waiting, 'handler waits', 'handlers wait');
      facts.push(['asks', actor(handler.asked) + ', which ' + all + ' for']);
    }
  }
  facts.push(['detached, and works on', '' + stall.detached_handlers]);
  for (const [name, text] of facts) {
    if (!row.facts.has(name)) {
      row.facts.set(name, make('dd'));
      row.list.append(make('div', '', make('dt', '', name), row.facts.get(name)));
    }
    put(row.facts.get(name), text);
  }
  for (const [name, node] of row.facts) node.parentNode.hidden = !facts.some((each) => each[0] === name);
}
function remove(row) {
  if (row.body.contains(document.activeElement)) {
    const near = row.body.nextElementSibling || row.body.previousElementSibling;
    const to = near && near.querySelector('.fold button');
    (to || at('pause')).focus({ preventScroll: true });
  }
  row.body.remove();
  shown.delete(row.connection);
}
function forgetGone() {
  for (const row of [...shown.values()])
    if (row.body.classList.contains('gone')) remove(row);
}
/// Moves as few as it can, and never the one that has the focus: it would lose it.
function arrange(order) {
  const table = at('table');
  let next = table.tHead.nextElementSibling;
  for (const { body } of order) {
    if (body !== next && body.contains(document.activeElement)) {
      while (next !== body) {
        const away = next;
        next = next.nextElementSibling;
        table.append(away);
      }
    }
    if (body === next) next = next.nextElementSibling;
    else table.insertBefore(body, next);
  }
}
function showRows(stalls) {
  const most = Math.max(1, ...stalls.flatMap(totals));
  const listed = new Set();
  let order = stalls.map((stall) => {
    listed.add(stall.connection);
    const row = shown.get(stall.connection) || newRow(stall.connection);
    shown.set(stall.connection, row);
    fill(row, stall, most);
    return row;
  });
  const gone = [];
  for (const row of [...shown.values()]) {
    if (listed.has(row.connection)) continue;
    if (!row.unfolded) remove(row);
    else gone.push(row); // it is being read
  }
  for (const row of gone) {
    row.body.classList.add('gone');
    put(row.reason, 'no longer listed; these are its last numbers');
    put(row.doing, '');
  }
  order.push(...gone);
  isKept = false;
  if (isHovered) {
    const places = new Map([...at('table').tBodies].map((body, i) => [body, i]));
    const placeOf = (row) => places.has(row.body) ? places.get(row.body) : Number.MAX_SAFE_INTEGER; // new ones come last
    const kept = [...order].sort((one, other) => placeOf(one) - placeOf(other));
    isKept = kept.some((row, i) => row !== order[i]);
    order = kept;
  }
  arrange(order);
  at('table').hidden = order.length === 0;
}

// -- what is said about all of them

function showCounts(picture) {
  const counts = { client: 0, handler: 0, network: 0, idle: 0 };
  for (const stall of picture.stalls) ++counts[party(stall)];
  if (asked.waits_for && !asked.idle) counts[asked.waits_for] = picture.matching;
  for (const each of at('parties').children) {
    const name = each.dataset.party, isAsked = !asked.waits_for || asked.waits_for === name;
    put(each.querySelector('.count'), isAsked ? grouped(counts[name]) : '–');
    put(each.querySelector('.wait'), isAsked && counts[name] === 1 ? 'waits for ' : 'wait for ');
  }
  const waiting = counts.client + counts.handler + counts.network;
  const title = several(waiting, 'stall', 'stalls') + ': Sluice';
  if (document.title !== title) document.title = title;
  put(at('shown'), shownText(picture, counts.idle) + (isKept ? ' Their order is kept while the pointer is on them.' : ''));
}
function shownText({ matching, stalls }, idle) {
  const count = stalls.length;
  if (count === 0) return '';
  if (matching > count)
    return 'Of ' + several(matching, 'connection', 'connections') + ' you see the ' + grouped(count)
      + (asked.by === 'time' ? ' that wait longest.' : ' that hold most octets.');
  return asked.idle ? several(count, 'connection is', 'connections are') + ' listed, ' + grouped(idle) + ' of them idle.'
                    : several(count, 'connection waits.', 'connections wait.');
}
/// Who is asked by many is where to look.
function showQueue(stalls) {
  const all = new Map();
  for (const { handler } of stalls)
    if (handler && handler.asked && handler.asked.waiting > 1) all.set(handler.asked.actor, handler.asked);
  const first = [...all.values()].sort((one, other) => other.waiting - one.waiting).slice(0, 3);
  put(at('queue'), first.map((each) => grouped(each.waiting) + ' handlers wait for a reply of ' + actor(each) + '.').join(' '));
}
function showCalm(picture) {
  const isCalm = picture.stalls.length === 0;
  at('calm').hidden = !isCalm || !at('table').hidden;
  if (!isCalm) return;
  const answered = picture.loops.filter((loop) => loop.answered);
  const idle = answered.reduce((sum, loop) => sum + loop.connections, 0);
  const isFiltered = asked.route || asked.peer || asked.waits_for;
  const where = answered.length < picture.loops.length ? ' on the event loops that answer' : '';
  const [first, second] = at('calm').children;
  if (isFiltered) {
    put(first, 'No connection' + where + ' matches.');
    put(second, 'What you chose above lets none through.');
  } else {
    put(first, (asked.idle ? 'There is no connection' : 'Nobody waits for anybody') + where + '.');
    put(second, asked.idle ? '' : several(idle, 'connection is idle.', 'connections are idle.'));
  }
}
const routes = new Set();
function showRoutes(stalls) {
  for (const { route } of stalls) {
    if (!route || routes.has(route) || routes.size >= 200) continue;
    routes.add(route);
    const option = make('option');
    option.value = route;
    at('routes').append(option);
  }
}

let last = null;
function show(picture) {
  last = picture;
  showServer(picture.server);
  showPause();
  showHeld(picture.loops);
  showRows(picture.stalls);
  showCounts(picture);
  showQueue(picture.stalls);
  showCalm(picture);
  showRoutes(picture.stalls);
}

readAddress();
open();
</script>
</body>
</html>
)html";
}

} // namespace sluice
