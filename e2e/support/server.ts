// A demo institution in a process and a folder of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One sign-in that the demo prints. */
export interface SignIn {
  role: string;
  identifier: string;
  password: string;
}

/** Where a demo is served and who may sign in. */
export interface Demo {
  url: string;
  sign_ins: SignIn[];
  dir: string;
}

/** A served demo and the ways to end it. */
export interface Server {
  demo: Demo;
  /** Ends it as a power cut would; its folder stays. */
  kill: () => Promise<void>;
  /** Serves the same folder on the same port again. */
  restart: () => Promise<void>;
  /** Ends it and removes its folder. */
  stop: () => Promise<void>;
}

/** How long a demo may take to fill its institution. */
const START_MS = 90_000;
const STOP_MS = 10_000;

/** A folder with a filled institution, of which each server gets a copy: to fill one takes seconds. */
const FILLED = 'MUSTER_E2E_FILLED';

/** Fills that folder; the way to remove it. */
export async function fillDemo(): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'muster-e2e-'));
  const child = spawn(binary(), ['demo', '--fill-only', '--dir', dir], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, MUSTER_LOG: 'error' },
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`muster demo --fill-only ended with ${String(code)}`);
  process.env[FILLED] = dir;
  return () => rm(dir, { recursive: true, force: true });
}

/** Starts `muster demo` on a free port. Specs that restart or kill a server start their own. */
export async function startServer(extra: string[] = []): Promise<Server> {
  const dir = await mkdtemp(join(tmpdir(), 'muster-e2e-'));
  const filled = process.env[FILLED];
  // Other arguments may make another institution.
  if (filled !== undefined && extra.length === 0) await cp(filled, dir, { recursive: true });
  const port = String(await freePort());
  const launch = (): ChildProcess =>
    spawn(binary(), ['demo', '--json', '--port', port, '--dir', dir, ...extra], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  let child = launch();
  const stop = async (): Promise<void> => {
    await end(child, 'SIGTERM');
    await rm(dir, { recursive: true, force: true });
  };
  const restart = async (): Promise<void> => {
    child = launch();
    await announced(child);
  };
  try {
    return { demo: await announced(child), kill: () => end(child, 'SIGKILL'), restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The line in which the demo says that it serves. */
function announced(child: ChildProcess): Promise<Demo> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (what: string): void => reject(new Error(`muster demo ${what}\n${log}`));
    const timer = setTimeout(() => fail('did not serve in time'), START_MS);
    child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      clearTimeout(timer);
      resolve(JSON.parse(line) as Demo);
    });
  });
}

/** An empty server, with the link to its setup that it prints, until `use` ends. */
export async function emptyServer(
  use: (link: string) => Promise<void>,
  options: (origin: string) => string[] = () => [],
): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'muster-e2e-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const origin = `http://${listen}`;
  const child = spawn(
    binary(),
    ['serve', '--data', data, '--listen', listen, ...options(origin)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    const link = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`muster serve ended with ${code}`)));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          const found = /\/setup\/[0-9a-z]+/.exec(line);
          if (found !== null) resolve(origin + found[0]);
        });
      }
    });
    await use(link);
  } finally {
    await end(child, 'SIGTERM');
    await rm(data, { recursive: true, force: true });
  }
}

function binary(): string {
  return process.env['MUSTER_BIN'] ?? join(import.meta.dirname, '../../target/debug/muster');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** A port on which nobody listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
