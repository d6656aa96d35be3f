/**
 * The admission chain: what may refuse or change a write after its request is understood and before it is
 * stored. It runs in our process: kube-apiserver proxies requests for aggregated kinds without any admission.
 *
 *   mutate (each plugin, in order) → defaults, validation of the kind → validate (each plugin, in order) → store
 *
 * On a write race both halves run again, for the fresh object.
 */
import type { Kind } from '../../api/kind.ts';
import type { ErrorSubject } from '../../api/meta/api-error.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { UserInfo } from '../exchange.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE';

export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  /** The request's Kubernetes verb: create, update, patch, delete or deletecollection. */
  readonly verb: string;
  readonly kind: Kind;
  readonly subject: ErrorSubject;
  readonly subresource: string;
  /** '' for cluster scope. */
  readonly namespace: string;
  /** '' while a name is still to be generated. */
  readonly name: string;
  /** As it will be stored; undefined for DELETE. `mutate` may change it in place, `validate` must not. */
  readonly object: KubeObject | undefined;
  /** As it is stored; undefined for CREATE. Never changed. */
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
  readonly user: UserInfo;
  /** Texts for Warning headers. */
  readonly warnings: string[];
  readonly signal: AbortSignal;
}

export interface AdmissionPlugin {
  readonly name: string;
  /** @throws ApiError to refuse the write */
  mutate?(attributes: AdmissionAttributes): Promise<void>;
  /** @throws ApiError to refuse the write */
  validate?(attributes: AdmissionAttributes): Promise<void>;
}

export interface Admission {
  mutate(attributes: AdmissionAttributes): Promise<void>;
  validate(attributes: AdmissionAttributes): Promise<void>;
}

/** Asks the plugins in their order; the first refusal ends it. */
export function createAdmissionChain(plugins: readonly AdmissionPlugin[]): Admission {
  return {
    async mutate(attributes) {
      for (const plugin of plugins) await plugin.mutate?.(attributes);
    },
    async validate(attributes) {
      for (const plugin of plugins) await plugin.validate?.(attributes);
    },
  };
}
