// Serves one demo for all specs and ends it after them.

import { startServer } from './server.ts';

export default async function globalSetup(): Promise<() => Promise<void>> {
  const server = await startServer();
  process.env['MUSTER_E2E_DEMO'] = JSON.stringify(server.demo);
  return server.stop;
}
