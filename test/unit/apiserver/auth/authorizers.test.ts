import assert from 'node:assert/strict';
import { delegatedAuthorizer, groupsAuthorizer } from '../../../../apiserver/auth/authorizers.ts';
import { forbiddenError } from '../../../../apiserver/auth/forbidden.ts';
import { impersonate } from '../../../../apiserver/auth/impersonation.ts';
import { subjectAccessReviewAuthorizer } from '../../../../apiserver/auth/subject-access-review.ts';
import type { AuthorizationAttributes, Authorizer, UserInfo } from '../../../../apiserver/exchange.ts';

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups, extra: {} });
const path = (who: UserInfo, where: string, verb = 'get'): AuthorizationAttributes => ({
  user: who,
  verb,
  path: where,
});
const things: NonNullable<AuthorizationAttributes['resource']> = {
  group: 'g.io',
  version: 'v1',
  resource: 'things',
  subresource: '',
  namespace: 'a',
  name: 'b',
};

describe('delegated authorization', () => {
  const asked: AuthorizationAttributes[] = [];
  const reviews: Authorizer = {
    async authorize(attributes) {
      asked.push(attributes);
      return { allowed: false, reason: 'RBAC: no' };
    },
  };
  const authorizer = delegatedAuthorizer(reviews);
  const allowed = async (attributes: AuthorizationAttributes) =>
    (await authorizer.authorize(attributes)).allowed;

  it('lets masters do everything and everybody probe health, nothing below it', async () => {
    assert.equal(
      await allowed({ user: user('root', 'system:masters'), verb: 'delete', resource: things }),
      true,
    );
    assert.equal(await allowed(path(user('system:anonymous'), '/readyz')), true);
    assert.equal(asked.length, 0);
    for (const each of ['/readyz/ping', '/metrics', '/version', '/apis', '/openapi/v3']) {
      assert.equal(await allowed(path(user('system:anonymous'), each)), false);
    }
    assert.equal(asked.length, 5);
  });

  it('never allows when the review fails', async () => {
    const broken = delegatedAuthorizer({ authorize: () => Promise.reject(new Error('down')) });
    await assert.rejects(broken.authorize(path(user('joe'), '/x')), { message: 'down' });
  });
});

describe('SubjectAccessReview', () => {
  it('sends every attribute, and remembers by all of them for ten seconds', async () => {
    const specs: unknown[] = [];
    let time = 0;
    const authorizer = subjectAccessReviewAuthorizer({
      now: () => time,
      reviews: {
        async create(_version, _plural, review) {
          specs.push((review as { spec: unknown }).spec);
          return { status: { allowed: true } };
        },
      },
    });
    const attributes: AuthorizationAttributes = {
      user: { name: 'joe', uid: 'u', groups: ['g'], extra: { k: ['v'] } },
      verb: 'list',
      resource: { ...things, name: '', labelSelector: 'a=b' },
    };
    assert.equal((await authorizer.authorize(attributes)).allowed, true);
    await authorizer.authorize(attributes);
    assert.deepEqual(specs, [
      {
        user: 'joe',
        uid: 'u',
        groups: ['g'],
        extra: { k: ['v'] },
        resourceAttributes: {
          verb: 'list',
          namespace: 'a',
          group: 'g.io',
          version: 'v1',
          resource: 'things',
          subresource: '',
          name: '',
          labelSelector: { rawSelector: 'a=b' },
        },
      },
    ]);
    await authorizer.authorize({ ...attributes, resource: { ...things, name: '' } });
    assert.equal(specs.length, 2);
    time = 10_001;
    await authorizer.authorize(attributes);
    assert.equal(specs.length, 3);
  });

  it('takes a denial for no, whatever else the answer says', async () => {
    const authorizer = subjectAccessReviewAuthorizer({
      now: () => 0,
      reviews: { create: async () => ({ status: { allowed: true, denied: true, reason: 'no' } }) },
    });
    assert.deepEqual(await authorizer.authorize(path(user('joe'), '/x')), { allowed: false, reason: 'no' });
  });
});

describe('groupsAuthorizer', () => {
  const allowed = async (attributes: AuthorizationAttributes) =>
    (await groupsAuthorizer().authorize(attributes)).allowed;
  it('knows masters, and discovery for the authenticated', async () => {
    const joe = user('joe', 'system:authenticated');
    assert.equal(await allowed(path(joe, '/apis/g.io/v1')), true);
    assert.equal(await allowed(path(joe, '/apis', 'post')), false);
    assert.equal(await allowed(path(joe, '/metrics')), false);
    assert.equal(await allowed(path(user('system:anonymous', 'system:unauthenticated'), '/apis')), false);
    assert.equal(await allowed({ user: joe, verb: 'get', resource: things }), false);
    assert.equal(
      await allowed({ user: user('root', 'system:masters'), verb: 'get', resource: things }),
      true,
    );
  });
});

describe('forbiddenError', () => {
  it('says it in the words of Kubernetes, escaped', () => {
    const error = forbiddenError(
      { user: user('<joe>'), verb: 'update', resource: { ...things, subresource: 'status' } },
      'RBAC: x',
    );
    assert.equal(
      error.message,
      'things.g.io "b" is forbidden: User "&lt;joe&gt;" cannot update resource "things/status" in API group "g.io" in the namespace "a": RBAC: x',
    );
    assert.deepEqual(error.status.details, { name: 'b', group: 'g.io', kind: 'things' });
    const cluster = forbiddenError(
      { user: user('joe'), verb: 'list', resource: { ...things, namespace: '', name: '' } },
      '',
    );
    assert.equal(
      cluster.message,
      'things.g.io is forbidden: User "joe" cannot list resource "things" in API group "g.io" at the cluster scope',
    );
    assert.equal(
      forbiddenError(path(user('joe'), '/x'), '').message,
      'forbidden: User "joe" cannot get path "/x"',
    );
  });
});

describe('impersonate', () => {
  const seen: string[] = [];
  const authorizer: Authorizer = {
    async authorize({ verb, resource }) {
      seen.push(
        [
          verb,
          resource?.group,
          resource?.resource,
          resource?.subresource,
          resource?.namespace,
          resource?.name,
        ].join('|'),
      );
      return { allowed: resource?.name !== 'forbidden', reason: '' };
    },
  };
  const as = (...rawHeaders: string[]) => impersonate(user('root'), rawHeaders, authorizer);
  beforeEach(() => seen.splice(0));

  it('leaves a caller without such headers alone', async () => {
    assert.equal((await as('Accept', '*/*')).name, 'root');
  });

  it('asks for every part and adds system:authenticated', async () => {
    const acting = await as(
      'Impersonate-User',
      'joe',
      'Impersonate-Group',
      'g',
      'Impersonate-Uid',
      'u',
      'Impersonate-Extra-K',
      'v',
    );
    assert.deepEqual(seen, [
      'impersonate||users|||joe',
      'impersonate||groups|||g',
      'impersonate|authentication.k8s.io|userextras|k||v',
      'impersonate|authentication.k8s.io|uids|||u',
    ]);
    assert.deepEqual(
      { ...acting, extra: { ...acting.extra } },
      { name: 'joe', uid: 'u', groups: ['g', 'system:authenticated'], extra: { k: ['v'] } },
    );
  });

  it('gives a service account its groups', async () => {
    const acting = await as('Impersonate-User', 'system:serviceaccount:ns:sa');
    assert.deepEqual(seen, ['impersonate||serviceaccounts||ns|sa']);
    assert.deepEqual(acting.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:ns',
      'system:authenticated',
    ]);
  });

  it('refuses what is not granted, and a group without a user', async () => {
    await assert.rejects(as('Impersonate-User', 'forbidden'), { reason: 'Forbidden' });
    await assert.rejects(as('Impersonate-Group', 'g'), { reason: 'BadRequest' });
  });
});
