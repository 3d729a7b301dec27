// A visitor of examples/browser: opens the page, says something, sees it come back, leaves and comes again.
import { launch } from './browser.mjs';

const [, , , executablePath, url, text] = process.argv;

const browser = await launch(executablePath);
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => { throw error; });
  await page.goto(url);
  const log = page.locator('pre');
  await log.getByText('connected').waitFor();
  await page.locator('input').fill(text);
  await page.locator('button').click();
  await log.getByText(text).waitFor();
  process.stdout.write(await log.innerText());

  // A browser that ends takes no leave; a page that is left does.
  await page.reload();
  await log.getByText('connected').waitFor();
} finally {
  await browser.close();
}
