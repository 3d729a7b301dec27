// Chromium, headless: the agent runs in a page, this process carries the lines.
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';
import { serve, write } from './stdio.mjs';

const [, , , executablePath, ...options] = process.argv;

const browser = await launch(executablePath, options);
browser.on('disconnected', () => process.exit(1));
const page = await browser.newPage();
page.on('pageerror', (error) => write({ ev: 'error', msg: String(error) }));
await page.exposeFunction('writeEvent', write);

// The page has no server to load modules from, so the two files become one script.
const source = ['agent.mjs', 'w3c.mjs']
  .map((name) => readFileSync(new URL(name, import.meta.url), 'utf8').replace(/^export /gm, ''))
  .join('\n');
await page.evaluate(`(() => { ${source}
  globalThis.agent = new Agent(() => new W3cLink(new RTCPeerConnection({ iceServers: [] })), (event) => writeEvent(event));
})()`);

serve(
  'chromium',
  browser.version(),
  () => ({ handle: (line) => page.evaluate((text) => { void globalThis.agent.handle(text); }, line) }),
  { end: () => browser.close() },
);
