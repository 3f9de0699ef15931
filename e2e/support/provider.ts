// An OpenID Connect provider in this process: one page with a button, and tokens that it signs
// (OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3).

import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that signs in whoever presses its button, and the way to end it. */
export interface Provider {
  issuer: string;
  /** What it says of whoever presses the button next. */
  claims: Record<string, string>;
  stop: () => Promise<void>;
}

interface Asked {
  challenge: string;
  nonce: string;
}

const CLIENT = 'muster';

/** Starts a provider on a free port. */
export async function startProvider(): Promise<Provider> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
  const asked = new Map<string, Asked>();
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (claims: unknown): string => {
    const signed = `${part({ alg: 'ES256', kid: 'one', typ: 'JWT' })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${signed}.${signature.toString('base64url')}`;
  };

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: Provider = {
    issuer,
    claims: {},
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
        });
      case '/keys':
        return json(response, { keys: [key] });
      case '/authorize':
        return page(response, back(url.searchParams));
      case '/token':
        return json(response, answer(new URLSearchParams(await body(request))));
      default:
        response.writeHead(404).end();
    }
  }

  /** Where the browser goes when the button is pressed. */
  function back(query: URLSearchParams): string {
    const code = randomUUID();
    asked.set(code, {
      challenge: query.get('code_challenge') ?? '',
      nonce: query.get('nonce') ?? '',
    });
    const url = new URL(query.get('redirect_uri') ?? issuer);
    url.searchParams.set('code', code);
    url.searchParams.set('state', query.get('state') ?? '');
    return url.href;
  }

  function answer(form: URLSearchParams): unknown {
    const code = form.get('code') ?? '';
    const known = asked.get(code);
    asked.delete(code);
    const proof = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    if (known === undefined || known.challenge !== proof) return { error: 'invalid_grant' };
    const now = Math.floor(Date.now() / 1000);
    const id_token = token({
      iss: issuer,
      aud: CLIENT,
      sub: 'somebody',
      nonce: known.nonce,
      iat: now,
      exp: now + 300,
      ...provider.claims,
    });
    return { access_token: 'opaque', token_type: 'Bearer', id_token };
  }

  return provider;
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function page(response: ServerResponse, back: string): void {
  const link = back.replaceAll('&', '&amp;');
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    .end(`<!doctype html><title>Campus</title><link rel="icon" href="data:,"><a href="${link}">Go on</a>`);
}

async function body(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
