/**
 * Rewrites `definitions.json` and `parameters.json` from a checkout of kubernetes/kubernetes:
 *
 *     node api/schema/upstream/extract.ts <checkout>/api/openapi-spec
 *
 * They are data of the wire contract, not prose of ours: kube-apiserver's aggregator merges our OpenAPI with
 * its own by definition name, and renames ours to `…_v2` when a single byte of a description differs
 * (kube-openapi `pkg/aggregator/aggregator.go`). So they are taken from upstream as they are and never edited.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = { [key: string]: unknown };

/** One document that holds the common definitions, and two that hold the rarer ones. */
const documents = [
  'apis__discovery.k8s.io__v1_openapi.json',
  'apis__apps__v1_openapi.json',
  'apis__networking.k8s.io__v1_openapi.json',
  'apis__coordination.k8s.io__v1_openapi.json',
];
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const wanted = [
  ...[
    'APIResource',
    'APIResourceList',
    'Condition',
    'DeleteOptions',
    'FieldsV1',
    'LabelSelector',
    'LabelSelectorRequirement',
    'ListMeta',
  ],
  ...['ManagedFieldsEntry', 'MicroTime', 'ObjectMeta', 'OwnerReference', 'Patch', 'Preconditions'],
  ...['ShardInfo', 'Status', 'StatusCause', 'StatusDetails', 'Time', 'WatchEvent'],
].map((name) => meta + name);
wanted.push(
  'io.k8s.apimachinery.pkg.runtime.RawExtension',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
);

function main(folder: string): void {
  const definitions: Json = {};
  const parameters: Json = {};
  for (const name of documents) {
    const document = JSON.parse(readFileSync(join(folder, 'v3', name), 'utf8'));
    for (const key of wanted) {
      const schema = document.components.schemas[key];
      if (schema === undefined || key in definitions) continue;
      // The list of every group that registers the type is not compared by the aggregator; each document states its own.
      const { 'x-kubernetes-group-version-kind': _, ...rest } = schema;
      definitions[key] = rest;
    }
    collectParameters(document.paths, parameters);
  }
  const missing = wanted.filter((key) => !(key in definitions));
  if (missing.length > 0) throw new Error(`not found in ${folder}: ${missing.join(', ')}`);
  write('definitions.json', definitions);
  write('parameters.json', parameters);
}

/** Descriptions of the query parameters; PATCH has its own text for fieldManager. */
function collectParameters(paths: Json, into: Json): void {
  for (const item of Object.values(paths) as Json[]) {
    for (const [method, operation] of Object.entries(item)) {
      const list = method === 'parameters' ? operation : (operation as Json).parameters;
      for (const parameter of Array.isArray(list) ? list : []) {
        if (parameter.in !== 'query') continue;
        const key =
          method === 'patch' && parameter.name === 'fieldManager' ? 'fieldManager.patch' : parameter.name;
        into[key] ??= { type: parameter.schema.type, description: parameter.description };
      }
    }
  }
}

function write(name: string, value: Json): void {
  const sorted = Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(sorted, null, 2)}\n`);
}

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: node api/schema/upstream/extract.ts <kubernetes>/api/openapi-spec\n');
  process.exitCode = 2;
} else {
  main(folder);
}
