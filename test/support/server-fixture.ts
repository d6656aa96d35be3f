/** An API server on loopback with everything around it small: for tests of the wire, not of resources. */
import { pino } from 'pino';
import type { Kind } from '../../api/kind.ts';
import { type Authenticator, unionAuthenticator } from '../../apiserver/auth/authenticator.ts';
import { groupsAuthorizer } from '../../apiserver/auth/authorizers.ts';
import { parseBundle } from '../../apiserver/auth/certificate-chain.ts';
import {
  createCa,
  createClientCertificate,
  createServingCertificate,
  type KeyPair,
} from '../../apiserver/auth/certificates.ts';
import { clientCertificateAuthenticator } from '../../apiserver/auth/client-certificate.ts';
import {
  isIdentityHeader,
  type RequestHeaderSettings,
  requestHeaderAuthenticator,
} from '../../apiserver/auth/request-header.ts';
import { staticTokenAuthenticator } from '../../apiserver/auth/static-token.ts';
import type { Handler } from '../../apiserver/exchange.ts';
import type { HealthCheck } from '../../apiserver/health/checks.ts';
import { createRegistry } from '../../apiserver/metrics/registry.ts';
import { type ApiServer, createServer } from '../../apiserver/server.ts';
import { versionInfo } from '../../apiserver/version.ts';
import { systemClock } from '../../client/clock.ts';

export interface ServerFixture {
  readonly server: ApiServer;
  readonly clientCa: KeyPair;
  readonly proxyCa: KeyPair;
  readonly servingCa: KeyPair;
  /** The token of `system:apiserver`. */
  readonly token: string;
  client(user: string, groups: readonly string[]): Promise<KeyPair>;
  proxy(name: string): Promise<KeyPair>;
}

export interface FixtureOptions {
  readonly kinds?: readonly Kind[];
  readonly resources: Handler;
  readonly ready?: () => boolean;
  readonly checks?: readonly HealthCheck[];
  /** Where to listen; unset: a free port. */
  readonly port?: number;
  readonly authenticators?: readonly Authenticator[];
}

const days = 2;

export async function startServer(options: FixtureOptions): Promise<ServerFixture> {
  const validity = { from: new Date(), days };
  const [servingCa, clientCa, proxyCa] = await Promise.all(
    ['serving-ca', 'client-ca', 'proxy-ca'].map((name) => createCa(name, validity)),
  );
  if (servingCa === undefined || clientCa === undefined || proxyCa === undefined) throw new Error('no CA');
  const serving = await createServingCertificate(servingCa, ['127.0.0.1', 'localhost'], validity);
  const settings: RequestHeaderSettings = {
    ca: parseBundle(proxyCa.cert, 'proxy CA'),
    allowedNames: ['front-proxy-client'],
    usernameHeaders: ['X-Remote-User'],
    groupHeaders: ['X-Remote-Group'],
    uidHeaders: ['X-Remote-Uid'],
    extraHeaderPrefixes: ['X-Remote-Extra-'],
  };
  const clientBundle = parseBundle(clientCa.cert, 'client CA');
  const now = () => new Date();
  const token = 'loopback-token';
  const server = createServer({
    kinds: options.kinds ?? [],
    resources: options.resources,
    ready: options.ready ?? (() => true),
    checks: { live: [], ready: options.checks ?? [] },
    authenticator: unionAuthenticator(
      [
        requestHeaderAuthenticator({ settings: () => settings, now }),
        clientCertificateAuthenticator({ ca: () => clientBundle, now }),
        staticTokenAuthenticator(token),
        ...(options.authenticators ?? []),
      ],
      { anonymous: true },
    ),
    authorizer: groupsAuthorizer(),
    isIdentityHeader: (name) => isIdentityHeader(name, settings),
    openApi: {
      v2: () => ({ swagger: '2.0', info: { title: 'fixture', version: 'v0' }, paths: {} }),
      v3: new Map([['apis/example.com/v1', () => ({ openapi: '3.0.0', paths: {} })]]),
    },
    tls: { ...serving, clientCa: `${proxyCa.cert}${clientCa.cert}` },
    version: versionInfo('0.1.0'),
    registry: createRegistry(versionInfo('0.1.0')),
    log: pino({ level: 'silent' }),
    clock: systemClock,
  });
  await server.listen(options.port ?? 0, '127.0.0.1');
  return {
    server,
    clientCa,
    proxyCa,
    servingCa,
    token,
    client: (user, groups) => createClientCertificate(clientCa, user, groups, validity),
    proxy: (name) => createClientCertificate(proxyCa, name, [], validity),
  };
}
