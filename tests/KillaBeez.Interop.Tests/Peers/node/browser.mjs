// Chromium, headless, as every program here starts it.
import { requirePeer } from './stdio.mjs';

const { chromium } = requirePeer('playwright-core');

export const launch = (executablePath, options = []) => chromium.launch({
  executablePath,
  headless: true,
  timeout: 120_000,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', ...options,
  ],
});
