// Commands from standard input, events to standard output; the process ends with its input.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// The folder that holds node_modules is installed apart from these files.
const packages = process.argv[2];
const require = createRequire(join(packages, 'package.json'));

export const requirePeer = (name) => require(name);

export const versionOf = (name) => JSON.parse(readFileSync(join(packages, 'node_modules', name, 'package.json'), 'utf8')).version;

export const write = (event) => process.stdout.write(JSON.stringify(event) + '\n');

export function serve(peer, version, createAgent, { end } = {}) {
  const agent = createAgent(write);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => agent.handle(line));
  lines.on('close', async () => {
    await end?.();
    process.exit(0);
  });
  write({ ev: 'ready', peer, version });
}
