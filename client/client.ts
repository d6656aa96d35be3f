/** The client of one API server: its verbs by resource, and raw requests, over one wire. */
import type { Connection } from './connection.ts';
import { createResourceClient } from './resource-client.ts';
import type { ApiClient } from './types.ts';
import { createWire, type WireOptions } from './wire.ts';

export type ClientOptions = WireOptions;

export function createClient(connection: Connection, options: ClientOptions = {}): ApiClient {
  const wire = createWire(connection, options);
  return {
    resource: (ref) => createResourceClient(wire, ref),
    request: (method, path, { query, body, contentType, signal } = {}) =>
      wire.json({ method, path, query, body, contentType, signal }),
    close() {
      wire.close();
      return Promise.resolve();
    },
  };
}
