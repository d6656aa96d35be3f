/**
 * One token known in advance: the server's own, for calls it makes to itself over loopback. It is random, lives
 * in memory only, and stands for `system:apiserver` (upstream: apiserver `pkg/server/config.go`).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { UserInfo } from '../exchange.ts';
import { type Authenticator, absent, refused, systemMasters } from './authenticator.ts';
import { bearerToken } from './bearer-token.ts';

export const loopbackUser: UserInfo = { name: 'system:apiserver', groups: [systemMasters], extra: {} };

/** A different token is none of this method's business: the next one may know it. */
export function staticTokenAuthenticator(token: string, user: UserInfo = loopbackUser): Authenticator {
  const expected = digest(token);
  return {
    method: 'loopback',
    async authenticate({ rawHeaders }) {
      const presented = bearerToken(rawHeaders);
      if (presented === '' || !timingSafeEqual(digest(presented), expected)) return absent;
      return { kind: 'authenticated', user };
    },
  };
}

/** For a server that knows no tokens: whoever presents one is refused (401) rather than taken for a stranger. */
export const noTokens: Authenticator = {
  method: 'token',
  async authenticate({ rawHeaders }) {
    return bearerToken(rawHeaders) === '' ? absent : refused(new Error('no token is known here'));
  },
};

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();
