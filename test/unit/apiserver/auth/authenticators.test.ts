import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import {
  type AuthenticationResult,
  type Authenticator,
  absent,
  type PeerCertificates,
  refused,
  unionAuthenticator,
} from '../../../../apiserver/auth/authenticator.ts';
import { bearerToken, tokenReviewAuthenticator } from '../../../../apiserver/auth/bearer-token.ts';
import { parseBundle } from '../../../../apiserver/auth/certificate-chain.ts';
import { createCa, createClientCertificate, type KeyPair } from '../../../../apiserver/auth/certificates.ts';
import { clientCertificateAuthenticator } from '../../../../apiserver/auth/client-certificate.ts';
import { parseSettings } from '../../../../apiserver/auth/cluster-settings.ts';
import { isIdentityHeader, requestHeaderAuthenticator } from '../../../../apiserver/auth/request-header.ts';
import { noTokens, staticTokenAuthenticator } from '../../../../apiserver/auth/static-token.ts';

const now = () => new Date('2026-01-01T12:00:00Z');
const validity = { from: new Date('2026-01-01T00:00:00Z'), days: 1 };
const peerOf = (pair: KeyPair): PeerCertificates => ({
  leaf: new X509Certificate(pair.cert),
  intermediates: [],
});

const stub = (result: AuthenticationResult): Authenticator => ({
  method: 'stub',
  authenticate: async () => result,
});
const nothing = { rawHeaders: [], peer: undefined };
const joe: AuthenticationResult = { kind: 'authenticated', user: { name: 'joe', groups: [], extra: {} } };

describe('unionAuthenticator', () => {
  const decide = async (results: AuthenticationResult[], anonymous = true) =>
    unionAuthenticator(results.map(stub), { anonymous }).authenticate(nothing);

  it('goes on after a refusal and adds system:authenticated', async () => {
    const result = await decide([refused('no'), joe]);
    assert.deepEqual(result.kind === 'authenticated' && result.user.groups, ['system:authenticated']);
  });

  it('is anonymous only when nothing was presented', async () => {
    const result = await decide([absent, absent]);
    assert.deepEqual(result, {
      kind: 'authenticated',
      user: { name: 'system:anonymous', groups: ['system:unauthenticated'], extra: {} },
    });
    assert.equal((await decide([refused('no'), absent])).kind, 'refused');
    assert.equal((await decide([absent], false)).kind, 'absent');
  });

  it('takes a method that throws for a refusal', async () => {
    const broken: Authenticator = { method: 'broken', authenticate: () => Promise.reject(new Error('down')) };
    const result = await unionAuthenticator([broken], { anonymous: true }).authenticate(nothing);
    assert.equal(result.kind === 'refused' && result.cause.message, 'down');
  });
});

describe('requestHeaderAuthenticator', () => {
  let ca: KeyPair;
  let proxy: PeerCertificates;
  before(async () => {
    ca = await createCa('proxy-ca', validity);
    proxy = peerOf(await createClientCertificate(ca, 'front', [], validity));
  });

  const authenticate = (
    rawHeaders: string[],
    more: {
      readonly uidHeaders?: string[];
      readonly allowedNames?: string[];
      readonly peer?: PeerCertificates;
    } = {},
  ) =>
    requestHeaderAuthenticator({
      now,
      settings: () => ({
        ca: parseBundle(ca.cert, 'test'),
        allowedNames: more.allowedNames ?? ['front'],
        usernameHeaders: ['X-Remote-User', 'X-Other-User'],
        groupHeaders: ['X-Remote-Group'],
        uidHeaders: more.uidHeaders ?? [],
        extraHeaderPrefixes: ['X-Remote-Extra-'],
      }),
    }).authenticate({ rawHeaders, peer: more.peer ?? proxy });

  it('reads name, groups with commas, and extra with escaped keys', async () => {
    const result = await authenticate([
      'x-remote-user',
      '',
      'X-Other-User',
      'joe',
      'X-Remote-Group',
      'a,b',
      'x-remote-group',
      'c',
      'X-Remote-Extra-Scopes',
      '1',
      'x-remote-extra-scopes',
      '2',
      'X-Remote-Extra-Ex%61mple.com%2FKey',
      'v',
      'X-Remote-Extra-Bad%zz',
      'w',
      'X-Remote-Uid',
      'spoofed',
    ]);
    assert.equal(result.kind, 'authenticated');
    if (result.kind !== 'authenticated') return;
    assert.equal(result.user.name, 'joe');
    assert.deepEqual(result.user.groups, ['a,b', 'c']);
    assert.equal(result.user.uid, undefined);
    assert.deepEqual(
      { ...result.user.extra },
      { scopes: ['1', '2'], 'example.com/key': ['v'], 'bad%zz': ['w'] },
    );
  });

  it('takes the uid only where a header for it is configured', async () => {
    const result = await authenticate(['X-Remote-User', 'joe', 'X-Remote-Uid', 'u-1'], {
      uidHeaders: ['X-Remote-Uid'],
    });
    assert.equal(result.kind === 'authenticated' && result.user.uid, 'u-1');
  });

  it('is absent without a user header', async () => {
    assert.equal((await authenticate(['X-Remote-Group', 'a'])).kind, 'absent');
  });

  it('refuses other names, and any name is fine when none is listed', async () => {
    const result = await authenticate(['X-Remote-User', 'joe'], { allowedNames: ['else'] });
    assert.equal(
      result.kind === 'refused' && result.cause.message,
      'x509: subject with cn=front is not in the allowed list',
    );
    assert.equal((await authenticate(['X-Remote-User', 'joe'], { allowedNames: [] })).kind, 'authenticated');
  });

  it('refuses a certificate of another CA', async () => {
    const other = await createCa('proxy-ca', validity);
    const peer = peerOf(await createClientCertificate(other, 'front', [], validity));
    assert.equal((await authenticate(['X-Remote-User', 'joe'], { peer })).kind, 'refused');
  });
});

describe('clientCertificateAuthenticator', () => {
  it('is off without a CA, and follows a rotated one at once', async () => {
    const [first, second] = [await createCa('a', validity), await createCa('b', validity)];
    const peer = peerOf(await createClientCertificate(first, 'joe', ['g'], validity));
    let bundle: ReturnType<typeof parseBundle> | undefined;
    const authenticator = clientCertificateAuthenticator({ ca: () => bundle, now });
    const kind = async () => (await authenticator.authenticate({ rawHeaders: [], peer })).kind;
    assert.equal(await kind(), 'absent');
    bundle = parseBundle(first.cert, 'first');
    assert.equal(await kind(), 'authenticated');
    bundle = parseBundle(second.cert, 'second');
    assert.equal(await kind(), 'refused');
  });
});

describe('bearer tokens', () => {
  it('reads the header as Kubernetes does', () => {
    assert.equal(bearerToken(['Authorization', 'bearer abc']), 'abc');
    assert.equal(bearerToken(['Authorization', 'Basic abc']), '');
    assert.equal(bearerToken(['Authorization', 'Bearer ']), '');
    assert.equal(bearerToken([]), '');
  });

  it('asks once for many at a time, remembers yes and no for ten seconds, and errors not at all', async () => {
    let time = 0;
    let asked = 0;
    let fail = false;
    const authenticator = tokenReviewAuthenticator({
      now: () => time,
      reviews: {
        async create(_version, _plural, review) {
          asked++;
          if (fail) throw new Error('unreachable');
          const { token } = (review as { spec: { token: string } }).spec;
          return { status: token === 'good' ? { authenticated: true, user: { username: 'joe' } } : {} };
        },
      },
    });
    const ask = (token: string) =>
      authenticator.authenticate({ rawHeaders: ['Authorization', `Bearer ${token}`], peer: undefined });
    const results = await Promise.all([ask('good'), ask('good'), ask('good')]);
    assert.deepEqual(
      results.map((r) => r.kind),
      ['authenticated', 'authenticated', 'authenticated'],
    );
    assert.equal(asked, 1);
    assert.equal((await ask('bad')).kind, 'refused');
    assert.equal((await ask('bad')).kind, 'refused');
    assert.equal(asked, 2);
    time = 10_001;
    fail = true;
    await assert.rejects(ask('good'), { message: 'unreachable' });
    await assert.rejects(ask('good'), { message: 'unreachable' });
    assert.equal(asked, 4);
  });

  it('knows the loopback token and leaves others to the next method', async () => {
    const authenticator = staticTokenAuthenticator('secret');
    const kind = async (token: string) =>
      (
        await authenticator.authenticate({
          rawHeaders: ['Authorization', `Bearer ${token}`],
          peer: undefined,
        })
      ).kind;
    assert.equal(await kind('secret'), 'authenticated');
    assert.equal(await kind('secre'), 'absent');
  });

  it('refuses every token where none is known, so that its bearer is not taken for a stranger', async () => {
    const asked = (rawHeaders: string[]) =>
      unionAuthenticator([noTokens], { anonymous: true }).authenticate({ rawHeaders, peer: undefined });
    assert.equal((await asked(['Authorization', 'Bearer any'])).kind, 'refused');
    const stranger = await asked([]);
    assert.equal(stranger.kind === 'authenticated' && stranger.user.name, 'system:anonymous');
  });
});

describe('authentication settings', () => {
  it('are off where a key is missing and refused where one is unreadable', async () => {
    assert.deepEqual(parseSettings({}), { clientCa: undefined, requestHeader: undefined });
    const { cert } = await createCa('ca', validity);
    const data = {
      'requestheader-client-ca-file': cert,
      'requestheader-username-headers': '["X-Remote-User"]',
    };
    assert.deepEqual(parseSettings(data).requestHeader?.usernameHeaders, ['X-Remote-User']);
    assert.deepEqual(parseSettings(data).requestHeader?.uidHeaders, []);
    assert.throws(() => parseSettings({ ...data, 'requestheader-allowed-names': 'front' }), {
      message: 'requestheader-allowed-names must be a JSON list of strings, not "front"',
    });
  });

  it('name the headers that handlers must not see', () => {
    assert.equal(isIdentityHeader('x-remote-extra-a', undefined), true);
    assert.equal(isIdentityHeader('authorization', undefined), true);
    assert.equal(isIdentityHeader('accept', undefined), false);
  });
});
