// The live page in Debian's Chromium. `node live_page_test.mjs` tries it against stub_admin.mjs;
// `node live_page_test.mjs http://127.0.0.1:9090/` tries that server's, and asserts only what holds whatever happens there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { hostile, startStub } from './stub_admin.mjs';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const left_out = 77; // as in tests/clients
if (!existsSync(executablePath)) {
  console.log('there is no ' + executablePath + ' to try the page in');
  process.exit(left_out);
}

const given = process.argv[2];
const stub = given ? null : await startStub();
if (stub) stub.period = 200;
const address = given ? new URL(given).href : stub.url;
const browser = await chromium.launch({ executablePath, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
let passed = 0, failed = 0;

/// A page of its own for each test. `asked` are the queries of the feeds it has opened, `wrong` is what it must not do.
async function test(claim, run, options = {}) {
  const { hash = '', width = 1280, height = 900, scheme = 'light', scene = 'busy', mayFail = false } = options;
  if (stub) Object.assign(stub, { scene, t: 0, broken: false });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const asked = [], wrong = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith('/stalls/live')) asked.push(Object.fromEntries(url.searchParams));
    if (url.protocol !== 'data:' && url.origin !== new URL(address).origin) wrong.push('asked ' + url);
  });
  page.on('console', (message) => {
    const isFailure = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !(mayFail && isFailure)) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective)));
  try {
    await page.goto(address + hash);
    if (!mayFail) await firstPicture(page);
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

const firstPicture = (page) => page.waitForFunction(() => /\d/.test(document.querySelector('#figures dd').textContent));
const textOf = async (page, selector) => (await page.locator(selector).innerText()).replace(/\s+/g, ' ').trim();
const row = (connection) => 'tbody[data-connection="' + connection + '"]';
async function until(what, happens) {
  const end = Date.now() + 10_000;
  while (!(await happens())) {
    assert.ok(Date.now() < end, 'never: ' + what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const askedFor = (asked, wanted) =>
  until(JSON.stringify(wanted), () => Object.entries(wanted).every(([name, value]) => asked.at(-1)?.[name] === value));
const pressed = (page) => page.$$eval('[aria-pressed=true]', (all) =>
  all.map((each) => each.dataset.party || each.dataset.by || each.id));

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
  for (const node of document.body.querySelectorAll('*')) {
    const isClipped = getComputedStyle(node.closest('thead, .unseen') || node).clipPath !== 'none';
    if (!node.checkVisibility() || isClipped || node.tagName === 'SCRIPT') continue;
    const name = node.tagName + '#' + node.id + '.' + node.className;
    const box = node.getBoundingClientRect();
    if (box.right > wide.clientWidth + 0.5 || box.left < -0.5) found.push(name + ' sticks out');
    if (![...node.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim())) continue;
    const [dark, bright] = [light(getComputedStyle(node).color), light(behind(node))].sort((one, other) => one - other);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.push(name + ' has a contrast of ' + contrast.toFixed(2));
  }
  return found;
});

// -- what holds on any server

for (const [width, height] of [[360, 740], [820, 1100], [1280, 900]])
  for (const scheme of ['light', 'dark'])
    for (const scene of stub ? ['busy', 'calm', 'held'] : ['any'])
      await test(`nothing sticks out at ${width} px and all can be read, ${scheme}, ${scene}`, async (page) => {
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(background, scheme === 'dark' ? 'rgb(18, 24, 29)' : 'rgb(247, 246, 242)');
        for (const each of (await page.$$('.fold button')).slice(0, 3)) await each.click().catch(() => {});
        assert.deepEqual(await ugly(page), []);
      }, { width, height, scheme, scene });

await test('the server is told in figures', async (page) => {
  assert.match(await textOf(page, '#state'), /^(serving|draining)$/);
  const figures = () => page.locator('#figures dd').allInnerTexts();
  await until('rates', async () => (await figures()).every((each) => /^[\d.,]+( \w+)?$/.test(each)));
});

await test('a party is a toggle, the feed is asked for it, and the address says so', async (page, { asked }) => {
  assert.deepEqual(asked, [{ n: '200' }]);
  await page.click('button[data-party=handler]');
  await askedFor(asked, { waits_for: 'handler' });
  assert.equal(new URL(page.url()).hash, '#waits_for=handler');
  assert.deepEqual(await pressed(page), ['handler', 'time']);
  await until('only handlers', () => page.$$eval('tbody', (all) => all.every((each) => each.dataset.party === 'handler')));
  await page.click('button[data-party=handler]');
  await until('no filter', () => asked.length === 3 && asked[2].waits_for === undefined);
  assert.equal(new URL(page.url()).hash, '');
});

await test('what is chosen is asked for', async (page, { asked }) => {
  await page.click('button[data-by=octets]');
  await askedFor(asked, { by: 'octets' });
  await page.check('#idle');
  await askedFor(asked, { by: 'octets', idle: 'true' });
  await page.fill('#route', '/a b/{c}&d=#');
  await askedFor(asked, { by: 'octets', idle: 'true', route: '/a b/{c}&d=#' });
  await page.fill('#peer', '[2001:db8:');
  await page.press('#peer', 'Enter');
  await askedFor(asked, { peer: '[2001:db8:' });
  await until('nothing', async () => (await textOf(page, '#calm')).startsWith('No connection matches.') || !stub);
});

await test('a shared address is what one sees', async (page, { asked }) => {
  await askedFor(asked, { waits_for: 'network', by: 'octets', idle: 'true', route: '/x', peer: '10.' });
  assert.deepEqual(await pressed(page), ['network', 'octets']);
  assert.deepEqual(await page.$$eval('#route, #peer', (all) => all.map((each) => each.value)), ['/x', '10.']);
  assert.equal(await page.isChecked('#idle'), true);
}, { hash: '#waits_for=network&by=octets&idle=true&route=%2Fx&peer=10.' });

await test('a pause keeps the picture', async (page, { asked }) => {
  await page.click('#pause');
  assert.match(await textOf(page, '#state'), /paused at \d\d:\d\d:\d\d/);
  const before = await page.innerText('main');
  await page.waitForTimeout(1500);
  assert.equal(await page.innerText('main'), before);
  await page.click('button[data-by=octets]'); // one picture of what is asked for now
  await askedFor(asked, { by: 'octets' });
  await page.click('#pause');
  await until('it goes on', async () => asked.length === 3 && !(await textOf(page, '#state')).includes('paused'));
});

await test('a feed that cannot be had is told, and asked for again', async (page, { asked, context }) => {
  await firstPicture(page);
  await context.route('**/stalls/live*', (route) => route.abort());
  await page.click('button[data-party=client]');
  await page.waitForSelector('#broken:visible');
  assert.match(await textOf(page, '#broken'), /^The feed broke at \d\d:\d\d:\d\d, \d+ s ago\. What you see is from then\./);
  await context.unroute('**/stalls/live*');
  await page.waitForSelector('#broken', { state: 'hidden' });
  assert.deepEqual(asked.at(-1), { n: '200', waits_for: 'client' });
}, { mayFail: true });

// -- what the made-up server shows

await withStub('a row says who is waited for, where, what for and how long', async (page) => {
  await page.waitForSelector(row(40));
  assert.equal((await textOf(page, row(17) + ' tr.row')).replace(/\d+\.\d s/g, '… s'),
    'client … s in … s POST /upload/{name} 192.0.2.17:50017 · HTTP/1.1 '
    + 'the client to send content the handler waits for content 812 B + 0 B –');
  assert.equal(await textOf(page, row(34) + ' .why'), 'the client to take our octets the handler waits for its output to leave');
  assert.match(await textOf(page, row(34) + ' .out'), /^256 KiB \+ [\d.]+ MiB$/);
  assert.equal(await textOf(page, row(40) + ' .why'),
    'the handler to acknowledge the handler waits for a reply of actor 4 (counter), with 22 others, or time');
  assert.equal(await textOf(page, row(60) + ' .why'), 'the handler to answer the handler works');
  assert.match(await textOf(page, row(52) + ' .since'), /^2 h \d+ min$/);
  assert.equal(await textOf(page, row(61) + ' .route'), '(no request) 192.0.2.61:50061 · nothing said yet');
  assert.equal(await textOf(page, '#queue'), '23 handlers wait for a reply of actor 4 (counter).');
  assert.deepEqual(await page.$$eval('.count', (all) => all.slice(0, 2).map((each) => each.textContent)), ['4', '11']);
  assert.equal(await page.locator(row(80)).count(), 0);
});

await withStub('those who are idle are listed if that is asked for', async (page) => {
  await page.waitForSelector(row(80));
  assert.match(await textOf(page, row(80) + ' tr.row'), /^idle .* the client to send its next request/);
  assert.match(await textOf(page, row(81) + ' tr.row'), /^idle – none /);
  assert.equal(await textOf(page, row(81) + ' .why'),
    'nobody the handler waits for a message of the client, or a message of an actor');
}, { hash: '#idle=true' });

await withStub('hostile text stays text', async (page) => {
  await page.click(row(52) + ' .fold button');
  const text = await page.locator(row(52)).innerText();
  for (const each of Object.values(hostile)) assert.ok(text.includes(each), each);
  assert.equal(await page.evaluate(() => window.parsed), undefined);
  assert.equal(await page.locator('main img, main script, main svg, tbody b').count(), 0);
  await page.locator(row(52)).getByText('Only this route').click(); // and it is a query like others
  await until('only it', () => page.$$eval('tbody', (all) => all.length === 1));
  assert.equal(await page.inputValue('#route'), hostile.route);
});

await withStub('a row unfolds by keyboard, and shows all numbers', async (page) => {
  const button = page.locator(row(21) + ' .fold button');
  await button.focus();
  await page.keyboard.press('Enter');
  assert.equal(await button.getAttribute('aria-expanded'), 'true');
  assert.match(await textOf(page, row(21) + ' .more'), /read, not used 65,536 octets .*has not acknowledged for 0\.800 s/);
  await page.keyboard.press('Space');
  assert.equal(await page.locator(row(21) + ' .more').isVisible(), false);
});

await withStub('rows are the same elements in the next picture, and the focus stays when they move', async (page) => {
  await page.waitForSelector(row(61));
  await page.evaluate((selector) => { window.kept = document.querySelector(selector); }, row(61));
  await page.locator(row(61) + ' .fold button').focus(); // its place changes as its seconds begin anew
  const places = new Set();
  await until('it moves', async () => {
    places.add(await page.evaluate(() => [...document.querySelectorAll('tbody')].indexOf(window.kept)));
    assert.equal(await page.evaluate(() => window.kept.contains(document.activeElement)), true);
    return places.size > 1;
  });
  const sorted = await page.$$eval('tbody', (all) => all.map((each) => Number(each.dataset.connection)));
  assert.equal(new Set(sorted).size, sorted.length);
});

await withStub('the order holds still under the pointer', async (page) => {
  await page.hover(row(61));
  const order = () => page.$$eval('tbody:not([data-connection="90"])', (all) =>
    all.map((each) => each.dataset.connection).join());
  const before = await order();
  for (let i = 0; i < 10; ++i) {
    await page.waitForTimeout(200);
    assert.equal(await order(), before);
  }
  await until('told', async () => (await textOf(page, '#shown')).endsWith('Their order is kept while the pointer is on them.'));
  await page.hover('h1');
  await until('another order', async () => await order() !== before);
});

await withStub('an unfolded row that is no longer listed stays until it is folded', async (page) => {
  const press = (selector) => page.waitForFunction((which) => {
    const button = document.querySelector(which + ' .fold button');
    button?.focus();
    button?.click();
    return button !== null;
  }, selector);
  await press(row(90));
  await page.waitForSelector(row(90) + '.gone .why:has-text("no longer listed")'); // it may be back soon
  await press(row(90) + '.gone');
  assert.equal(await page.locator(row(90) + '.unfolded').count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.matches('.fold button, #pause')), true);
});

await withStub('a loop that is held up is told', async (page) => {
  assert.equal((await textOf(page, '#held')).replace(/\d+\.\d s/, '… s'),
    'Event loop 0 has been held up for … s by the handler of /slow. Its 12 connections are not listed.');
  stub.scene = 'busy';
  await page.waitForSelector('#held', { state: 'hidden' });
}, { scene: 'held' });

await withStub('if nobody waits, that is said', async (page) => {
  assert.equal(await textOf(page, '#calm'), 'Nobody waits for anybody. 36 connections are idle.');
  assert.equal(await page.locator('#table').isVisible(), false);
  stub.scene = 'busy';
  await page.waitForSelector(row(17));
  assert.equal(await page.locator('#calm').isVisible(), false);
}, { scene: 'calm' });

await withStub('a server that drains is told', async (page) => {
  assert.equal(await textOf(page, '#state'), 'draining');
}, { scene: 'draining' });

for (const broken of [true, 503])
  await withStub(`a feed that ends is told, and comes back (${broken === true ? 'no answer' : broken})`, async (page) => {
    await firstPicture(page);
    stub.broken = broken;
    stub.cut();
    await page.waitForSelector('#broken:visible');
    assert.match(await textOf(page, '#broken'), /^The feed broke at \d\d:\d\d:\d\d, \d+ s ago/);
    await page.waitForTimeout(4000);
    assert.match(await textOf(page, '#broken'), /, [3-6] s ago/);
    stub.broken = false;
    await page.waitForSelector('#broken', { state: 'hidden' });
  }, { mayFail: true });

await withStub('a feed that is silent is told', async (page) => {
  stub.period = 60_000;
  await page.waitForSelector('#broken:visible');
  stub.period = 200;
  await page.waitForSelector('#broken', { state: 'hidden', timeout: 20_000 }); // it is asked for anew
});

await withStub('a server that never answers is told', async (page) => {
  stub.broken = true;
  stub.cut();
  await page.reload();
  await page.waitForSelector('#broken:visible');
  assert.match(await textOf(page, '#broken'), /^No answer from the server since /);
}, { mayFail: true });

await browser.close();
stub?.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
