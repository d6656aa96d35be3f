/**
 * The networks of a pod, as a CNI meta-plugin reports them in an annotation
 * (Network Plumbing Working Group, "Network Status Annotation", v1).
 */
import { validateDns1123Subdomain } from '../../api/meta/names.ts';
import { DEFAULT_NETWORK } from '../../api/services/v3alpha1/group.ts';

export const networkStatusAnnotation = 'k8s.v1.cni.cncf.io/network-status';

export interface NetworkAttachment {
  /** `default`, or `<namespace>.<NetworkAttachmentDefinition>`. */
  readonly network: string;
  readonly interface: string | undefined;
  readonly ips: readonly string[];
}

/**
 * @param podNamespace where a definition named without a namespace lives
 * @returns what could be read: other people's annotations never stop a pod from having an Endpoint
 */
export function networkAttachments(
  annotation: string | undefined,
  podNamespace: string,
): readonly NetworkAttachment[] {
  if (annotation === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(annotation);
  } catch {
    return [];
  }
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => attachment(entry, podNamespace));
}

function attachment(entry: unknown, podNamespace: string): NetworkAttachment[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const fields = entry as Record<string, unknown>;
  const name = typeof fields.name === 'string' ? fields.name : '';
  const network = fields.default === true ? DEFAULT_NETWORK : networkName(name, podNamespace);
  if (network === undefined) return [];
  const ips = Array.isArray(fields.ips) ? fields.ips.filter((ip) => typeof ip === 'string') : [];
  const named = typeof fields.interface === 'string' && fields.interface !== '';
  return [{ network, interface: named ? (fields.interface as string) : undefined, ips }];
}

function networkName(name: string, podNamespace: string): string | undefined {
  const full = name.includes('/') ? name.replace('/', '.') : `${podNamespace}.${name}`;
  return name !== '' && validateDns1123Subdomain(full).length === 0 ? full : undefined;
}
