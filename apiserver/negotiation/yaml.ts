/** YAML as Kubernetes writes it. Reading it is `api/schema/decode.ts`. */
import { stringify } from 'yaml';

/** Keys sorted, strings quoted that YAML 1.1 would take for something else, no anchors. */
export function encodeYaml(value: unknown): string {
  return stringify(value, {
    version: '1.1',
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
}
