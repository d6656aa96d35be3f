import assert from 'node:assert/strict';
import type { Kind } from '../../../../api/kind.ts';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { servicesKinds } from '../../../../api/services/v3alpha1/kinds.ts';
import { type AdmissionPlugin, createAdmissionChain } from '../../../../apiserver/admission/admission.ts';
import {
  createNamespaceLifecycle,
  MISSING_NAMESPACE_WAIT,
} from '../../../../apiserver/admission/namespace-lifecycle.ts';
import { type NamespaceState, namespaceState } from '../../../../apiserver/admission/namespace-lookup.ts';
import { createServicesRequiredRights } from '../../../../apiserver/admission/services/required-rights.ts';
import { createReservedLabels } from '../../../../apiserver/admission/services/reserved-labels.ts';
import type { Authorizer, UserInfo } from '../../../../apiserver/exchange.ts';
import { type Fixture, startFixture, widget, widgets } from '../handlers/fixture.ts';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups, extra: {} });
const merge = { 'content-type': 'application/merge-patch+json' };
const base = '/apis/services.x-k8s.io/v3alpha1/namespaces/shop';

describe('NamespaceLifecycle (conformance §12)', () => {
  let server: Fixture;
  const cached = new Map<string, NamespaceState>();
  const live = new Map<string, NamespaceState>();
  const slept: number[] = [];
  before(async () => {
    const lookup = {
      cached: (name: string) => cached.get(name),
      live: async (name: string) => live.get(name),
    };
    const sleep = async (milliseconds: number) => void slept.push(milliseconds);
    const admission = createAdmissionChain([createNamespaceLifecycle({ lookup, sleep })]);
    server = await startFixture({ admission });
  });
  after(() => server.stop());

  it('404 where there is no namespace, after a wait and a live look', async () => {
    const answer = await server.call('POST', widgets, { body: widget('a') });
    assert.equal(answer.code, 404);
    assert.equal(answer.status().message, 'namespaces "shop" not found');
    assert.deepEqual(slept, [MISSING_NAMESPACE_WAIT]);
    live.set('shop', 'Active');
    assert.equal((await server.call('POST', widgets, { body: widget('a') })).code, 201);
  });

  it('403 with its cause while terminating; updates and deletes go on', async () => {
    cached.set('shop', 'Terminating');
    const answer = await server.call('POST', widgets, { body: widget('b') });
    assert.equal(answer.code, 403);
    assert.equal(
      answer.status().message,
      'widgets.example.com "b" is forbidden: unable to create new content in namespace shop because it is being terminated',
    );
    assert.deepEqual(answer.status().details?.causes, [
      {
        reason: 'NamespaceTerminating',
        message: 'namespace shop is being terminated',
        field: 'metadata.namespace',
      },
    ]);
    const patch = { body: { spec: { size: 1 } }, headers: merge };
    assert.equal((await server.call('PATCH', `${widgets}/a`, patch)).code, 200);
    assert.equal((await server.call('DELETE', `${widgets}/a`)).code, 200);
  });

  it('does not look at cluster-scoped objects', async () => {
    const body = { metadata: { name: 'g' }, spec: {} };
    assert.equal((await server.call('POST', '/apis/example.com/v1/gadgets', { body })).code, 201);
  });

  it('a namespace with a deletionTimestamp is terminating', () => {
    const namespace = (metadata: object, status?: object) =>
      ({ kind: 'Namespace', apiVersion: 'v1', metadata, status }) as KubeObject;
    assert.equal(namespaceState(namespace({})), 'Active');
    assert.equal(namespaceState(namespace({ deletionTimestamp: '2026-01-01T00:00:00Z' })), 'Terminating');
    assert.equal(namespaceState(namespace({}, { phase: 'Terminating' })), 'Terminating');
  });
});

describe('the admission chain', () => {
  it('mutates before validation of the kind, and validates what will be stored', async () => {
    const seen: string[] = [];
    const plugin: AdmissionPlugin = {
      name: 'Painter',
      async mutate({ object, name }) {
        seen.push(`mutate ${name}`);
        (object as unknown as { spec: { color: string } }).spec.color = 'beige';
      },
      async validate({ object, name, verb }) {
        seen.push(
          `validate ${verb} ${name === '' ? '' : 'named'} ${object?.metadata.uid === undefined ? '' : 'with uid'}`,
        );
      },
    };
    const server = await startFixture({ admission: createAdmissionChain([plugin]) });
    try {
      const body = { metadata: { generateName: 'w-' }, spec: {} };
      const answer = await server.call('POST', widgets, { body });
      assert.equal(answer.object().spec.color, 'beige');
      assert.deepEqual(answer.warnings, ['spec.color: beige is deprecated']);
      assert.deepEqual(seen, ['mutate ', 'validate create named with uid']);
    } finally {
      await server.stop();
    }
  });
});

describe('admission of services.x-k8s.io', () => {
  let server: Fixture;
  const allowed = new Set<string>();
  const asked: string[] = [];
  const authorizer: Authorizer = {
    async authorize({ verb, resource }) {
      const subresource = resource?.subresource === '' ? '' : `/${resource?.subresource}`;
      const right = `${verb} ${resource?.resource}${subresource} ${resource?.namespace}`;
      asked.push(right);
      return { allowed: allowed.has(right), reason: '' };
    },
  };
  before(async () => {
    const admission = createAdmissionChain([
      createReservedLabels({ writers: new Set(['mirror']) }),
      createServicesRequiredRights(authorizer),
    ]);
    const stored = servicesKinds.filter((kind: Kind) => kind.verbs.includes('create'));
    server = await startFixture({ admission, kinds: stored });
  });
  beforeEach(() => {
    allowed.clear();
    asked.length = 0;
  });
  after(() => server.stop());

  const group = (name: string, metadata = {}) => ({
    metadata: { name, ...metadata },
    spec: { selector: { matchLabels: { app: name } } },
  });

  it('a ServiceGroup needs the same verb on core services; 403 names the missing right', async () => {
    const create = () =>
      server.call('POST', `${base}/servicegroups`, { body: group('web'), user: user('ann') });
    const refused = await create();
    assert.equal(refused.code, 403);
    assert.equal(
      refused.status().message,
      'servicegroups.services.x-k8s.io "web" is forbidden: User "ann" cannot create resource "services" in API group "" in the namespace "shop", which this write needs as well',
    );
    allowed.add('create services shop');
    assert.equal((await create()).code, 201);
    const patch = { body: { metadata: { labels: { a: 'b' } } }, headers: merge };
    assert.equal((await server.call('PATCH', `${base}/servicegroups/web`, patch)).code, 403);
    assert.equal((await server.call('DELETE', `${base}/servicegroups/web`)).code, 403);
    assert.deepEqual(asked.slice(-2), ['patch services shop', 'delete services shop']);
  });

  it('an ExternalIP needs `use` as well, an Endpoint the verb on endpointslices', async () => {
    allowed.add('create services shop');
    const body = {
      metadata: { name: 'ext' },
      spec: {
        type: 'ExternalIP',
        groupRef: { name: 'web' },
        port: 80,
        externalIP: { addresses: ['192.0.2.9'] },
      },
    };
    const refused = await server.call('POST', `${base}/serviceports`, { body });
    assert.equal(refused.code, 403);
    assert.match(refused.status().message ?? '', /cannot use resource "serviceports\/externalip"/);
    allowed.add('use serviceports/externalip shop');
    assert.equal((await server.call('POST', `${base}/serviceports`, { body })).code, 201);
    await server.call('POST', `${base}/endpoints`, {
      body: { metadata: { name: 'vm' }, spec: { addresses: [{ ip: '10.0.0.1' }] } },
    });
    assert.equal(asked.at(-1), 'create endpointslices shop');
  });

  it('status needs no right beyond ours', async () => {
    allowed.add('create services shop');
    await server.call('POST', `${base}/servicegroups`, { body: group('st') });
    asked.length = 0;
    const patch = { body: { status: { observedGeneration: 1 } }, headers: merge };
    assert.equal((await server.call('PATCH', `${base}/servicegroups/st/status`, patch)).code, 200);
    assert.deepEqual(asked, []);
  });

  it('reserved labels: 422 but for our controllers and administrators', async () => {
    for (const verb of ['create', 'patch']) allowed.add(`${verb} services shop`);
    const labels = { 'services.x-k8s.io/origin': 'v1' };
    const create = (name: string, as: UserInfo) =>
      server.call('POST', `${base}/servicegroups`, { body: group(name, { labels }), user: as });
    const refused = await create('r1', user('ann'));
    assert.equal(refused.code, 422);
    assert.equal(refused.status().details?.causes?.[0]?.field, 'metadata.labels[services.x-k8s.io/origin]');
    assert.equal((await create('r2', user('mirror'))).code, 201);
    assert.equal((await create('r3', user('root', 'system:masters'))).code, 201);
    const change = (value: string | null, as: UserInfo) =>
      server.call('PATCH', `${base}/servicegroups/r2`, {
        body: { metadata: { labels: { 'services.x-k8s.io/origin': value, team: 'a' } } },
        headers: merge,
        user: as,
      });
    assert.equal((await change(null, user('ann'))).code, 422);
    assert.equal((await change('v1', user('ann'))).code, 200);
  });
});
