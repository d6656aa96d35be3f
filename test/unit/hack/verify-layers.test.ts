import assert from 'node:assert/strict';
import { verifyLayers } from '../../../hack/verify-layers.ts';

const findings = (file: string, text: string): string[] => verifyLayers(new Map([[file, text]]));

describe('verify-layers', () => {
  const forbidden: readonly [file: string, target: string][] = [
    ['api/kind.ts', '../client/types.ts'],
    ['client/client.ts', '../apiserver/server.ts'],
    ['topology/subset.ts', '../client/types.ts'],
    ['apiserver/server.ts', '../controllers/manager.ts'],
    ['controllers/manager.ts', '../apiserver/server.ts'],
    ['apiserver/storage/storage.ts', '../registry/rest.ts'],
    ['apiserver/registry/create.ts', '../handlers/create.ts'],
    ['apiserver/handlers/get.ts', '../http/respond.ts'],
    ['apiserver/handlers/get.ts', '../storage/storage.ts'],
    ['apiserver/registry/create.ts', '../auth/authenticator.ts'],
    ['apiserver/auth/authenticator.ts', '../http/pipeline.ts'],
    ['apiserver/computed/subset-source.ts', '../engine.ts'],
    ['apiserver/http/pipeline.ts', '../storage/storage.ts'],
    ['command/flags.ts', '../apiserver/config.ts'],
    ['apiserver/registry/create.ts', '../../api/services/v3alpha1/group.ts'],
    ['apiserver/registry/create.ts', '../../client/types.ts'],
    ['controllers/runtime/informer.ts', '../../api/core/pod/schema.ts'],
    ['cli/services-v3.ts', '../test/support/etcd.ts'],
  ];
  for (const [file, target] of forbidden) {
    it(`refuses ${target} in ${file}`, () => {
      const [finding = '', ...more] = findings(file, `\nimport { x } from '${target}';\n`);
      assert.ok(finding.startsWith(`${file}:2 imports `), finding);
      assert.deepEqual(more, []);
    });
  }

  const allowed: readonly [file: string, target: string][] = [
    ['apiserver/auth/review-client.ts', '../../client/types.ts'],
    ['apiserver/http/pipeline.ts', '../../client/clock.ts'],
    ['apiserver/http/pipeline.ts', '../handlers/dispatch.ts'],
    ['apiserver/computed/subset-source.ts', '../../topology/engine.ts'],
    ['controllers/mirror/model.ts', '../../api/core/service/schema.ts'],
    ['cli/services-v3.ts', '../apiserver/server.ts'],
  ];
  for (const [file, target] of allowed) {
    it(`lets ${file} import ${target}`, () => {
      assert.deepEqual(findings(file, `import { x } from '${target}';`), []);
    });
  }

  it('sees type imports, re-exports, side effects and dynamic imports', () => {
    for (const statement of [
      "import type { X } from '../controllers/x.ts';",
      "export { X } from '../controllers/x.ts';",
      "export * from '../controllers/x.ts';",
      "import '../controllers/x.ts';",
      "const x = await import('../controllers/x.ts');",
      "import {\n  a,\n  b,\n} from '../controllers/x.ts';",
    ]) {
      assert.equal(findings('apiserver/server.ts', statement).length, 1, statement);
    }
  });
});
