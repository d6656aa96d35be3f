/**
 * Kubernetes' order of API versions, best first: v2, v1, v2beta1, v1beta1, v1alpha1, then others by name
 * (upstream: apimachinery `pkg/version/helpers.go`).
 */
const stability: Readonly<Record<string, number>> = { alpha: 0, beta: 1, '': 2 };

export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    if (right !== undefined) return 1;
    return a < b ? -1 : Number(a > b);
  }
  for (const [i, value] of left.entries()) {
    const difference = (right[i] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Stability, major, minor: each greater is better. */
function parse(version: string): [number, number, number] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  return [stability[match[2] ?? ''] ?? 0, Number(match[1]), Number(match[3] ?? 0)];
}
