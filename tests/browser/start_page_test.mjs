// The demo's start page in Debian's Chromium. `node start_page_test.mjs` tries it against stub_demo.mjs;
// `node start_page_test.mjs http://127.0.0.1:8080/` tries that server's.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { startStub } from './stub_demo.mjs';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const left_out = 77; // as in tests/clients
if (!existsSync(executablePath)) {
  console.log('there is no ' + executablePath + ' to try the page in');
  process.exit(left_out);
}

const given = process.argv[2];
const stub = given ? null : await startStub();
const address = given ? new URL(given).href : stub.url;
const browser = await chromium.launch({ executablePath, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
let passed = 0, failed = 0;

/// A page of its own for each test. `wrong` is what it must not do.
async function test(claim, run, options = {}) {
  const { width = 1280, height = 900, scheme = 'light', motion = 'no-preference', mayFail = false } = options;
  if (stub) Object.assign(stub, { broken: false, deaf: false, period: 100 });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: motion, locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong = [], asked = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith('/tank')) asked.push(url);
    const isOurs = url.protocol === 'data:' || url.protocol === 'about:' || url.host === new URL(address).host;
    if (!isOurs) wrong.push('asked ' + url);
  });
  page.on('websocket', (socket) => asked.push(new URL(socket.url())));
  page.on('console', (message) => {
    const isFailure = /^Failed to load resource|ERR_|WebSocket connection/.test(message.text());
    if (message.type() === 'error' && !(mayFail && isFailure)) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective)));
  try {
    await page.goto(address);
    await run(page, { asked, context });
    assert.deepEqual(wrong, []);
    ++passed;
    console.log('ok      ' + claim);
  } catch (error) {
    ++failed;
    console.log('FAILED  ' + claim + '\n' + String(error.stack).replace(/^/gm, '        '));
  }
  await context.close();
}
const withStub = (claim, run, options) => stub && test(claim, run, options);

const textOf = async (page, selector) => (await page.locator(selector).innerText()).replace(/\s+/g, ' ').trim();
async function until(what, happens, within = 30_000) {
  const end = Date.now() + within;
  while (!(await happens())) {
    assert.ok(Date.now() < end, 'never: ' + what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const level = (page, tank) => page.$eval('#' + tank, (box) => Number(box.style.getPropertyValue('--level')));
const gate = (page, pipe) => page.getAttribute('#' + pipe, 'data-gate');
const word = (page, pipe) => page.$eval('#' + pipe + ' .say b', (node) => node.textContent);
const setRate = (page, step) => page.fill('#rate', String(step)); // 0: stopped, 5: 1 MB/s, 13: 100 MB/s
const points = (page) => page.$$eval('#curve, #waits', (both) => // at one time
  both.map((path) => (path.getAttribute('d') || '').split('L').length - 1));
async function start(page, step) {
  if (step !== undefined) await setRate(page, step);
  await page.click('#start');
  await page.waitForSelector('#kill[aria-disabled=false]');
}

/// What is wider than the page, or has too little contrast (WCAG 2 sec. 1.4.3).
const ugly = (page) => page.evaluate(() => {
  const found = [], wide = document.documentElement;
  if (wide.scrollWidth > wide.clientWidth) found.push('the page is ' + wide.scrollWidth + ' wide');
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = numbers(colour).map((each) => linear(each / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const told = [];
  for (const node of document.body.querySelectorAll('*')) {
    if (!node.checkVisibility() || node.tagName === 'SCRIPT' || node.closest('svg, .unseen')) continue;
    const name = node.tagName + '#' + node.id + '.' + node.className;
    const box = node.getBoundingClientRect();
    if (!node.closest('.channel') && (box.right > wide.clientWidth + 0.5 || box.left < -0.5)) found.push(name + ' sticks out');
    if (![...node.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim())) continue;
    if (node.closest('#show')) told.push([name, box, node]);
    const [dark, bright] = [light(getComputedStyle(node).color), light(behind(node))].sort((one, other) => one - other);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.push(name + ' has a contrast of ' + contrast.toFixed(2));
  }
  for (const [name, box, node] of told)
    for (const [other, its, that] of told) {
      if (node === that || node.contains(that) || that.contains(node)) continue;
      const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
      const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
      const isInline = [node, that].some((each) => getComputedStyle(each).display === 'inline'); // its lines may be long
      if (across > 1 && down > 4 && !isInline) found.push(name + ' is on ' + other);
    }
  return found;
});

for (const [width, height] of [[360, 740], [820, 1100], [1280, 900]])
  for (const scheme of ['light', 'dark'])
    await test(`nothing sticks out at ${width} px and all can be read, ${scheme}`, async (page) => {
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(background, scheme === 'dark' ? 'rgb(18, 24, 29)' : 'rgb(247, 246, 242)');
      assert.deepEqual(await ugly(page), []);
      await start(page, 0);
      await until('blocked', async () => await gate(page, 'send') === 'shut');
      assert.deepEqual(await ugly(page), []);
      const bottom = await page.$eval('#rate', (node) => node.getBoundingClientRect().bottom);
      assert.ok(bottom < height, 'the tanks and the slider are in sight without scrolling: ' + bottom);
    }, { width, height, scheme });

await test('Start fills the browser\'s tank while the handler is stopped, and its send is blocked', async (page, { asked }) => {
  assert.equal(await textOf(page, '#start'), 'Start');
  assert.equal(await gate(page, 'send'), 'none');
  await start(page, 0);
  await until('a full tank', async () => await level(page, 'browser') > 0.95);
  await until('blocked', async () => await word(page, 'send') === 'blocked');
  assert.equal(await gate(page, 'send'), 'shut');
  assert.equal(await word(page, 'read'), 'not read');
  assert.match(await textOf(page, '#tale'), /^The handler has stopped, so your browser cannot send\./);
  assert.equal(await textOf(page, '#start'), 'Start again');
  const socket = asked.find((url) => url.pathname === '/tank'), feed = asked.findLast((url) => url.pathname === '/tank/watch');
  assert.match(socket.search, /^\?id=[0-9a-f]{16}&rate=0$/);
  assert.equal(feed.searchParams.get('id'), socket.searchParams.get('id'));
});

await test('a fast handler drains the browser\'s tank, and what it takes is counted', async (page, { asked }) => {
  await start(page, 0);
  await until('some', async () => await level(page, 'browser') > 0.3);
  await setRate(page, 13);
  await until('told', () => asked.some((url) => url.pathname === '/tank/rate' && url.searchParams.get('rate') === '100000000'));
  await until('a drained tank', async () => await level(page, 'browser') < 0.05, 60_000);
  await until('it flows', async () => await gate(page, 'send') === 'open' && /flows [\d.]+ MB\/s/.test(await textOf(page, '#send')));
  assert.match(await textOf(page, '#taken'), /^[\d.]+ MiB$/);
});

await test('a slow handler holds the browser back', async (page) => {
  await start(page);
  await until('some', async () => await level(page, 'browser') > 0.3);
  assert.match(await gate(page, 'send'), /^(ajar|shut)$/);
  await until('it is read', async () => /^read [\d.]+ [kM]B\/s$/.test(await textOf(page, '#read')));
  assert.match(await textOf(page, '#tale'), /^The handler is slow/);
});

await test('the curves have points, and the server\'s memory stays flat while the browser\'s rises', async (page) => {
  await start(page, 0);
  await until('a full tank', async () => await level(page, 'browser') > 0.95);
  const [one, other] = await points(page);
  assert.ok(one > 20, one + ' points');
  assert.equal(one, other);
  assert.match(await textOf(page, '#memory'), /^[\d.]+ MiB$/);
  const grown = Number((await textOf(page, '#more')).replace('−', '-').replace(/[+±]/, ''));
  assert.ok(grown < 8, 'the server grew by ' + grown + ' MiB');
});

for (const [what, step] of [['is stopped', 0], ['takes 1 MB/s', 5], ['takes 100 MB/s', 13]])
  await test(`closing the tab on a handler that ${what} ends it, and the page says when`, async (page) => {
    await start(page, step);
    await page.waitForTimeout(1500);
    await page.click('#kill');
    await page.waitForSelector('#ended:visible');
    assert.match(await textOf(page, '#took'), /^\d+ ms$/);
    assert.match(await textOf(page, '#tale'), /^later the handler had ended: /);
    assert.equal(await level(page, 'browser'), 0);
    assert.equal(await page.getAttribute('#kill', 'aria-disabled'), 'true');
    assert.equal(await page.locator('iframe').count(), 0);
    console.log('        after ' + await textOf(page, '#took'));
  });

await test('a second Start begins anew', async (page, { asked }) => {
  await start(page, 0);
  await until('some', async () => await level(page, 'browser') > 0.2);
  await page.click('#start');
  await page.waitForSelector('#kill[aria-disabled=false]');
  await until('less', async () => await level(page, 'browser') < 0.2);
  const ids = asked.filter((url) => url.pathname === '/tank').map((url) => url.searchParams.get('id'));
  assert.equal(ids.length, 2);
  assert.notEqual(ids[0], ids[1]);
  await page.click('#kill');
  await page.waitForSelector('#ended:visible');
  await start(page);
  assert.equal(await page.locator('#ended').isVisible(), false);
  assert.equal(await textOf(page, '#took'), '');
});

await test('all goes by keyboard', async (page) => {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#kill[aria-disabled=false]');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'start');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'rate');
  assert.equal(await page.getAttribute('#rate', 'aria-valuetext'), '1.0 MB/s');
  await page.keyboard.press('ArrowRight');
  assert.equal(await textOf(page, '#rate-now'), '1.8 MB/s');
  await page.keyboard.press('Home');
  assert.equal(await page.getAttribute('#rate', 'aria-valuetext'), 'nothing: stopped');
  await until('blocked', async () => await word(page, 'send') === 'blocked');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  await page.waitForSelector('#ended:visible');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'kill');
});

await test('nothing moves for those who want that', async (page) => {
  await start(page, 13);
  await until('it flows', async () => await gate(page, 'send') === 'open');
  assert.deepEqual(await page.evaluate(() => document.getAnimations().length), 0);
}, { motion: 'reduce' });

await test('the echo answers', async (page) => {
  await page.waitForSelector('#say:enabled');
  await page.fill('#text', 'grüße');
  await page.press('#text', 'Enter');
  await until('an answer', async () => /→ grüße ← grüße \([\d.]+ ms\)$/.test(await textOf(page, '#log')));
});

await test('a command is copied', async (page, { context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.command button').first().click();
  await until('told', async () => await textOf(page, '.command button >> nth=0') === 'Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.includes(new URL(address).origin + '/sink?rate=20000000'), copied);
});

await test('a feed that cannot be had is told, and asked for again', async (page, { context }) => {
  await context.route('**/tank/watch*', (route) => route.abort());
  await page.reload();
  await page.waitForSelector('#broken:visible');
  assert.match(await textOf(page, '#broken'), /^No answer from the server since \d\d:\d\d:\d\d\. The page keeps trying\.$/);
  await start(page, 0); // the browser's side is seen all the same
  await until('some', async () => await level(page, 'browser') > 0.2);
  await context.unroute('**/tank/watch*');
  await page.waitForSelector('#broken', { state: 'hidden' });
  await until('the other side', async () => await level(page, 'kernel') > 0);
}, { mayFail: true });

for (const broken of [true, 503])
  await withStub(`a feed that ends is told, and comes back (${broken === true ? 'no answer' : broken})`, async (page) => {
    await start(page, 0);
    await until('some', async () => await level(page, 'kernel') > 0);
    stub.broken = broken;
    stub.cut();
    await page.waitForSelector('#broken:visible');
    assert.match(await textOf(page, '#broken'), /^The feed broke at \d\d:\d\d:\d\d\. What you see of the server is from then\./);
    await page.click('#kill');
    await page.waitForTimeout(1000);
    stub.broken = false;
    await page.waitForSelector('#broken', { state: 'hidden' });
    await page.waitForSelector('#ended:visible');
    assert.equal(await textOf(page, '#took'), ''); // when it was is not known
    assert.match(await textOf(page, '#tale'), /^The handler has ended\. When, was not seen/);
  }, { mayFail: true });

await withStub('a feed that is silent is told', async (page) => {
  await page.waitForFunction(() => document.querySelector('#memory').textContent !== '…');
  stub.period = 60_000;
  await page.waitForSelector('#broken:visible');
  stub.period = 100;
  await page.waitForSelector('#broken', { state: 'hidden' }); // it is asked for anew
});

await withStub('a handler that ends by itself is told', async (page) => {
  await start(page, 0);
  await until('some', async () => await level(page, 'kernel') > 0);
  for (const each of stub.tanks.values()) each.end('handler_deadline');
  await page.waitForSelector('#ended:visible');
  await until('why', async () => await textOf(page, '#tale') === 'The handler has ended: handler deadline.');
  assert.equal(await textOf(page, '#took'), '');
});

await test('a connection that is refused is told', async (page) => {
  await page.route('**/tank?*', (route) => route.abort());
  await page.routeWebSocket('**/tank?*', (socket) => socket.close());
  await page.click('#start');
  await until('told', async () => /accept|ended/.test(await textOf(page, '#tale')));
  assert.equal(await page.getAttribute('#kill', 'aria-disabled'), 'true');
}, { mayFail: true });

await withStub('a rate that the server does not take is told', async (page) => {
  await start(page);
  stub.deaf = true;
  await setRate(page, 9);
  await until('told', async () => (await textOf(page, '#tale')).startsWith('The handler did not hear of the new rate.'));
  stub.deaf = false;
  await setRate(page, 10);
  await until('taken', async () => !(await textOf(page, '#tale')).startsWith('The handler did not hear'));
}, { mayFail: true });

await browser.close();
stub?.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
