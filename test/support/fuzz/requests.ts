/** Malformed and hostile requests, for the pipeline and for the wire. */
import fc from 'fast-check';
import { anySample, type Body, bodyFor } from './bodies.ts';
import { NAMESPACE, OURS, type Sample } from './samples.ts';
import { hostileTexts } from './values.ts';

export interface HostileRequest {
  readonly method: string;
  /** Path and query as sent: printable ASCII. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const methods = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'TRACE', 'PURGE', 'REPORT') },
);

const rawPaths = [
  '/',
  '//',
  '/apis',
  '/api',
  '/api/v1/',
  '/apis/__proto__/constructor/toString',
  `${OURS}/__proto__`,
  `${OURS}/watch/servicegroups`,
  `${OURS}/proxy/servicegroups`,
  `${OURS}/namespaces/../servicegroups`,
  `${OURS}/namespaces//servicegroups`,
  `${OURS}/namespaces/%2e%2e/servicegroups`,
  `${OURS}/namespaces/%ff/servicegroups`,
  `${OURS}/namespaces/${NAMESPACE}/servicegroups/a%00b`,
  `${OURS}/namespaces/${NAMESPACE}/servicegroups/a%2fb`,
  `${OURS}/namespaces/${NAMESPACE}/servicegroups/%`,
  `${OURS}/namespaces/${NAMESPACE}/servicegroups/web/status/more/and/more`,
  '/api/v1/namespaces/shop/finalize',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/apis/__proto__',
  '/openapi/v3/%2e%2e/%2e%2e',
  '/healthz/__proto__',
  '/readyz?verbose&exclude=__proto__',
  '/metrics',
  '/version',
  '/index.html',
  '/%E0%A4%A',
  `/${'a/'.repeat(2_000)}`,
  `/${'x'.repeat(6_000)}`,
  '/..;/..;/',
  'http://elsewhere/apis',
  '*',
];

/** Mostly a path that has the method, or nothing behind the router would be reached. */
const pathOf = (sample: Sample, method: string): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: method === 'POST' ? 30 : ['GET', 'DELETE'].includes(method) ? 6 : 1,
      arbitrary: fc.constant(sample.path),
    },
    { weight: method === 'POST' ? 1 : 16, arbitrary: fc.constant(`${sample.path}/${sample.name}`) },
    { weight: 2, arbitrary: fc.constant(`${sample.path}/${sample.name}/status`) },
    { weight: 1, arbitrary: fc.constant(sample.path.replace(`/namespaces/${NAMESPACE}`, '')) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(hostileTexts, fc.constantFrom('', '/status', '/scale', '/__proto__'))
        .map(([name, sub]) => `${sample.path}/${escapeQuery(name).slice(0, 4_000)}${sub}`),
    },
    { weight: 2, arbitrary: fc.constantFrom(...rawPaths) },
  );

/** Percent-encoded where a URL needs it; what Unicode cannot encode becomes invalid UTF-8. */
const escapeQuery = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll('%EF%BF%BD', '%ED%A0%80');

const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const numbers = [
  '',
  '0',
  '1',
  '-1',
  '2',
  '1e3',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  ' 1',
  '0x1',
  '1.5',
  'NaN',
  '1'.repeat(400),
];
const versions = [
  '',
  '0',
  '1',
  '00',
  '-1',
  'abc',
  '18446744073709551615',
  '18446744073709551616',
  '1_0',
  '0x1',
  '99999999',
  '1'.repeat(300),
  '\u0000',
];
const booleans = ['', 'true', 'false', '1', '0', 'T', 'maybe'];
const tokens = [
  '',
  'abc',
  '%%%',
  token(null),
  token([]),
  token({ v: 'meta.k8s.io/v1', rv: 1, start: 'shop/web\u0000' }),
  token({ v: 'meta.k8s.io/v1', rv: -1, start: 'shop/web\u0000' }),
  token({ v: 'meta.k8s.io/v1', rv: 1, start: '../../x' }),
  token({ v: 'meta.k8s.io/v1', rv: 2 ** 53, start: 'a' }),
  token({ v: 'meta.k8s.io/v1', rv: 3, start: '\ud800' }),
  token({ v: 'meta.k8s.io/v1', rv: 99_999_999, start: 'a' }),
  token({ v: 'x', rv: {}, start: [] }),
  'A'.repeat(5_000),
];
const labelSelectors = [
  '',
  'app=web',
  'app in (web',
  'app in ()',
  'app notin (a,b),!c',
  '!',
  ',',
  '=',
  'a==b=c',
  '!!a',
  'a in (b,,c)',
  '__proto__=x',
  'constructor',
  'x>1',
  'x<a',
  '(((((',
  `${'a,'.repeat(2_000)}a`,
  `a in (${'b,'.repeat(2_000)}b)`,
  'é=ü',
  'a/b/c=d',
];
const fieldSelectors = [
  '',
  'metadata.name=web',
  'metadata.name=',
  'metadata.name!=web',
  'metadata.namespace=shop',
  'spec.nope=1',
  '__proto__=x',
  'a\\',
  'metadata.name=a\\,b',
  'metadata.name=../x',
  'metadata.name=%2f',
  '=',
  ',,',
  'metadata.name',
  `metadata.name=${'x'.repeat(4_000)}`,
  'metadata.name=\\q',
  'metadata.name=a,metadata.name=b',
];

const parameters: Readonly<Record<string, readonly string[]>> = {
  limit: numbers,
  resourceVersion: versions,
  resourceVersionMatch: ['', 'Exact', 'NotOlderThan', 'exact', '__proto__'],
  continue: tokens,
  labelSelector: labelSelectors,
  fieldSelector: fieldSelectors,
  watch: booleans,
  allowWatchBookmarks: booleans,
  sendInitialEvents: booleans,
  timeoutSeconds: numbers,
  timeout: ['', '1', '1s', '-1s', '1h1m1s', '1e9s', '999999999999999999h', '0', 'x', `${'1h'.repeat(2_000)}`],
  dryRun: ['', 'All', 'all', 'None'],
  fieldValidation: ['', 'Strict', 'Warn', 'Ignore', 'strict'],
  fieldManager: ['', 'fuzz', 'other', 'x'.repeat(129), '\u0000', '__proto__'],
  force: booleans,
  pretty: booleans,
  includeObject: ['', 'None', 'Metadata', 'Object', 'x'],
  propagationPolicy: ['', 'Orphan', 'Background', 'Foreground', 'x'],
  gracePeriodSeconds: numbers,
  orphanDependents: booleans,
  ignoreStoreReadErrorWithClusterBreakingPotential: booleans,
};

const parameter: fc.Arbitrary<string> = fc
  .constantFrom(...Object.keys(parameters), '__proto__', 'constructor')
  .chain((name) =>
    fc
      .oneof(
        {
          weight: 6,
          arbitrary: fc.constantFrom(
            ...(Object.hasOwn(parameters, name) ? (parameters[name] ?? ['']) : ['x']),
          ),
        },
        { weight: 1, arbitrary: hostileTexts.map((text) => text.slice(0, 3_000)) },
      )
      .map((value) => `${name}=${escapeQuery(value)}`),
  );

const query = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('', '', 'fieldManager=fuzz', 'fieldManager=fuzz&force=true') },
  { weight: 8, arbitrary: fc.array(parameter, { maxLength: 3 }).map((all) => all.join('&')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('&&&=&', '%', '%zz=%', '?', 'a=b=c', 'watch', `${'a=b&'.repeat(2_000)}`),
  },
);

const accepts = [
  'application/json',
  'application/yaml',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v9;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
  'text/html',
  '*/*;q=0',
  'application/*;q=abc',
  ';;,,;q=',
  '__proto__',
  `${'a/b,'.repeat(2_000)}`,
  'application/json;'.repeat(500),
];

const headerSets = fc.record(
  {
    accept: fc.constantFrom(...accepts),
    'accept-encoding': fc.constantFrom('gzip', 'gzip;q=0', 'br, *;q=0', ',,,', 'identity;q=0'),
    'user-agent': fc.constantFrom('', 'kubectl/v1', '/', 'x'.repeat(500), '\xff\xfe'),
    'if-none-match': fc.constantFrom('*', '"x"', 'W/"', ','),
    'audit-id': fc.constantFrom('', 'x'.repeat(500), '\xff'),
    'impersonate-user': fc.constantFrom('', 'system:admin', '\xff', '__proto__'),
    'impersonate-group': fc.constantFrom('', 'system:masters'),
    'impersonate-extra-%zz': fc.constantFrom('x'),
    'impersonate-extra-__proto__': fc.constantFrom('x'),
  },
  { requiredKeys: [] },
);

/** Most requests come with none or few of these: impersonation stops a request early. */
const headers: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ accept: fc.constantFrom(...accepts) }) },
  { weight: 8, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: headerSets as fc.Arbitrary<Readonly<Record<string, string>>> },
);

export const hostileRequests: fc.Arbitrary<HostileRequest> = fc
  .tuple(methods, anySample)
  .chain(([method, sample]) =>
    fc.tuple(fc.constant(method), pathOf(sample, method), query, headers, bodyFor(method, sample)),
  )
  .map(([method, path, search, given, body]) => requestOf(method, path, search, given, body));

function requestOf(
  method: string,
  path: string,
  search: string,
  given: Readonly<Record<string, string>>,
  { type, bytes }: Body,
): HostileRequest {
  const headers = type === '' ? given : { ...given, 'content-type': type };
  const target = search === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${search}`;
  return { method, target, headers, body: bytes };
}
