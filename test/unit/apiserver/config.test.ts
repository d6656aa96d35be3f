import assert from 'node:assert/strict';
import { parseApiServerConfig } from '../../../apiserver/config.ts';
import { FlagError } from '../../../command/flags.ts';

const parse = (args: string[], environment: Record<string, string> = {}) =>
  parseApiServerConfig(args, environment);

describe('flags of services-v3 apiserver', () => {
  it('have defaults that need nothing', () => {
    const config = parse([]);
    assert.equal(config.port, 8443);
    assert.equal(config.storage.backend, 'embedded');
    assert.equal(config.serving.source, 'directory');
    assert.equal(config.anonymous, true);
    assert.deepEqual(config.inFlight, { reading: 400, changing: 200 });
  });

  it('take etcd where its servers are named, and the environment below the flag', () => {
    const config = parse(['--etcd-servers=http://a:2379,https://b:2379', '--secure-port=1'], {
      SERVICES_V3_SECURE_PORT: '2',
      SERVICES_V3_ETCD_PREFIX: '/x',
      SERVICES_V3_AUTHENTICATION_SKIP_LOOKUP: 'true',
    });
    assert.deepEqual(config.storage.backend === 'etcd' && config.storage.endpoints, [
      'http://a:2379',
      'https://b:2379',
    ]);
    assert.equal(config.port, 1);
    assert.equal(config.keyPrefix, '/x');
    assert.equal(config.skipAuthenticationLookup, true);
  });

  for (const [args, message] of [
    [['--secure-port=65536'], '--secure-port 65536: must be a number from 0 to 65535'],
    [['--secure-port=-1'], '--secure-port -1: must be a number from 0 to 65535'],
    [['--storage=sql'], '--storage sql: must be etcd or embedded'],
    [['--storage=etcd'], '--storage etcd needs --etcd-servers, such as http://127.0.0.1:2379'],
    [['--etcd-servers=a:2379'], '--etcd-servers a:2379: must be http://host:port or https://host:port'],
    [['--etcd-prefix=x/'], '--etcd-prefix x/: must begin with / and not end with it, such as /services-v3'],
    [['--tls-cert-file=a'], '--tls-cert-file and --tls-private-key-file: give both or neither'],
    [['--log-level=loud'], '--log-level loud: must be debug or info or warn or error or silent'],
    [['--anonymous-auth=maybe'], '--anonymous-auth maybe: must be true or false'],
    [['--nonsense'], "Unknown option '--nonsense'; see services-v3 apiserver --help"],
  ] as const) {
    it(`refuse ${args.join(' ')} in one line`, () => {
      assert.throws(
        () => parse([...args]),
        (error: unknown) => {
          assert.ok(error instanceof FlagError);
          assert.equal(error.message, message);
          return true;
        },
      );
    });
  }
});
