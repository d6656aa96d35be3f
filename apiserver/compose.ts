/** The server over an engine: what `services-v3 apiserver` and the standalone process have in common. */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Clock } from '../client/clock.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { type Engine, openApiDocuments } from './engine.ts';
import type { Authorizer } from './exchange.ts';
import type { InFlightLimits } from './http/in-flight.ts';
import type { TlsMaterial } from './http/listener.ts';
import { countObjects } from './metrics/registry.ts';
import { type ApiServer, createServer } from './server.ts';
import type { Storage } from './storage/storage.ts';
import type { VersionInfo } from './version.ts';

export interface ComposeOptions {
  readonly engine: Engine;
  readonly storage: Storage;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly isIdentityHeader: (name: string) => boolean;
  readonly tls: TlsMaterial;
  readonly version: VersionInfo;
  readonly registry: Registry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly inFlight?: InFlightLimits;
}

/** Not listening yet; answers 503 for resources and discovery until the engine is ready. */
export function composeServer(options: ComposeOptions): ApiServer {
  const { engine, storage, registry, version, inFlight, ...rest } = options;
  countObjects(registry, () => engine.objectCounts());
  return createServer({
    ...rest,
    kinds: engine.kinds,
    resources: engine.handler,
    ready: () => engine.feed.ready,
    checks: { live: [], ready: [{ name: storage.capabilities.name, check: () => storage.ping() }] },
    openApi: openApiDocuments(engine.kinds, {
      title: 'Services v3',
      version: version.gitVersion,
      patchTypes: [
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
        'application/apply-patch+yaml',
      ],
    }),
    version,
    registry,
    ...(inFlight === undefined ? {} : { inFlight }),
  });
}
