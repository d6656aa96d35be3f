/**
 * Which CAs and headers to trust, as the cluster says: ConfigMap `kube-system/extension-apiserver-authentication`,
 * followed while we run so that rotated CAs count without a restart
 * (upstream: apiserver `pkg/server/options/authentication_dynamic_request_header.go`).
 */

import { isReason } from '../../api/meta/api-error.ts';
import { errorText } from '../../api/meta/error-text.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { Clock } from '../../client/clock.ts';
import { createReflector } from '../../client/reflector.ts';
import { configMaps } from '../../client/resources.ts';
import type { ApiClient, ResourceClient } from '../../client/types.ts';
import { type CertificateBundle, parseBundle } from './certificate-chain.ts';
import type { RequestHeaderSettings } from './request-header.ts';

export interface AuthenticationSettings {
  readonly clientCa: CertificateBundle | undefined;
  readonly requestHeader: RequestHeaderSettings | undefined;
}

export const configMapNamespace = 'kube-system';
export const configMapName = 'extension-apiserver-authentication';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const noSettings: AuthenticationSettings = { clientCa: undefined, requestHeader: undefined };

/** @throws Error naming the key that is wrong */
export function parseSettings(data: Readonly<Record<string, string>>): AuthenticationSettings {
  const clientCa = data['client-ca-file'] ?? '';
  const proxyCa = data['requestheader-client-ca-file'] ?? '';
  return {
    clientCa: clientCa === '' ? undefined : parseBundle(clientCa, 'client-ca-file'),
    requestHeader:
      proxyCa === ''
        ? undefined
        : {
            ca: parseBundle(proxyCa, 'requestheader-client-ca-file'),
            allowedNames: stringList(data, 'requestheader-allowed-names'),
            usernameHeaders: stringList(data, 'requestheader-username-headers'),
            groupHeaders: stringList(data, 'requestheader-group-headers'),
            uidHeaders: stringList(data, 'requestheader-uid-headers'),
            extraHeaderPrefixes: stringList(data, 'requestheader-extra-headers-prefix'),
          },
  };
}

/** A key that is absent is an empty list; a key that cannot be read is an error, never "anything goes". */
function stringList(data: Readonly<Record<string, string>>, key: string): string[] {
  const text = data[key] ?? '';
  if (text === '') return [];
  const value = parseJson(text);
  if (!Array.isArray(value) || !value.every((v) => typeof v === 'string')) {
    throw new Error(`${key} must be a JSON list of strings, not ${JSON.stringify(text)}`);
  }
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface ClusterSettingsOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  /** Told of every change after the first read. */
  readonly changed: (settings: AuthenticationSettings) => void;
  /** Told, in one line, of what went wrong; the last good settings stay in force. */
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface ClusterSettings {
  current(): AuthenticationSettings;
}

/**
 * Reads the ConfigMap once, then follows it until the signal ends. A missing ConfigMap means no certificate
 * authentication until it appears.
 *
 * @throws ApiError Forbidden, a connection error, or Error for content that cannot be read: the server must not
 *   start with half of its authentication
 */
export async function followClusterSettings(options: ClusterSettingsOptions): Promise<ClusterSettings> {
  const resource = options.client.resource<ConfigMap>(configMaps);
  let settings = await readSettings(resource, options.warn);
  let known = JSON.stringify(settings);
  const accept = (next: AuthenticationSettings): void => {
    const text = JSON.stringify(next);
    if (text === known) return;
    known = text;
    settings = next;
    options.changed(next);
  };
  const read = (map: ConfigMap | undefined): void => {
    if (map === undefined) return;
    try {
      accept(parseSettings(map.data ?? {}));
    } catch (error) {
      options.warn(`ConfigMap ${configMapName}: ${errorText(error)}; the settings before stay in force`);
    }
  };
  const reflector = createReflector<ConfigMap>({
    client: resource,
    clock: options.clock,
    random: Math.random,
    namespace: configMapNamespace,
    fieldSelector: `metadata.name=${configMapName}`,
    sink: {
      replace: ([map]) => read(map),
      changed: (type, map) => read(type === 'DELETED' ? undefined : map),
    },
    onState(state) {
      if (state.kind === 'waiting')
        options.warn(`following ConfigMap ${configMapName}: ${errorText(state.cause)}`);
    },
  });
  void reflector.run(options.signal);
  return { current: () => settings };
}

async function readSettings(
  resource: ResourceClient<ConfigMap>,
  warn: (message: string) => void,
): Promise<AuthenticationSettings> {
  try {
    const map = await resource.get(configMapNamespace, configMapName);
    return parseSettings(map.data ?? {});
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    warn(
      `ConfigMap ${configMapNamespace}/${configMapName} does not exist: no certificate authentication yet`,
    );
    return noSettings;
  }
}
