import { strict as assert } from 'node:assert';
import { coreKinds } from '../../../../api/core/kinds.ts';
import { apiVersionOf } from '../../../../api/kind.ts';
import type { JsonSchema } from '../../../../api/schema/json-schema.ts';
import { openApiV2 } from '../../../../api/schema/openapi-v2.ts';
import { openApiV3 } from '../../../../api/schema/openapi-v3.ts';
import { structuralProblems } from '../../../../api/schema/structural-rules.ts';
import { servicesKinds } from '../../../../api/services/v3alpha1/kinds.ts';

const info = { title: 'Services v3', version: 'test', patchTypes: ['application/json-patch+json'] } as const;

/** What v1 has on its own: it keys Service ports by two fields and merges them by one (kubernetes#39188). */
const upstreams = /has two keys and one strategic merge key|has no description/;

for (const kind of [...servicesKinds, ...coreKinds]) {
  const isOurs = servicesKinds.includes(kind);
  describe(`schema of ${apiVersionOf(kind)} ${kind.kind}`, () => {
    it('means the same to everything that walks it', () => {
      const problems = structuralProblems(kind.schema as JsonSchema);
      assert.deepEqual(isOurs ? problems : problems.filter((problem) => !upstreams.test(problem)), []);
    });
  });
}

for (const [groupVersion, kinds] of Map.groupBy([...servicesKinds, ...coreKinds], apiVersionOf)) {
  describe(`OpenAPI of ${groupVersion}`, () => {
    it('can be written in both versions, the same way every time', () => {
      assert.equal(JSON.stringify(openApiV3(kinds, info)), JSON.stringify(openApiV3(kinds, info)));
      assert.equal(JSON.stringify(openApiV2(kinds, info)), JSON.stringify(openApiV2(kinds, info)));
    });
  });
}
