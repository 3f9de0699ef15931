// Serves one demo for all specs and ends it after them; MUSTER_DEMO_ARGS are arguments of it.

import { fillDemo, startServer } from './server.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  const extra = process.env['MUSTER_DEMO_ARGS']?.split(' ');
  const forget = extra === undefined ? await fillDemo() : undefined;
  const server = await startServer(extra);
  process.env['MUSTER_E2E_DEMO'] = JSON.stringify(server.demo);
  return async () => {
    await server.stop();
    await forget?.();
  };
}
