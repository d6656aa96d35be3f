import assert from 'node:assert/strict';
import { serviceKind } from '../../../../api/core/service/kind.ts';
import type { V1Service } from '../../../../api/core/types.ts';
import type { Kind } from '../../../../api/kind.ts';
import type { AdmissionAttributes } from '../../../../apiserver/admission/admission.ts';
import { createServiceAdmission } from '../../../../cli/standalone/service-admission.ts';
import { defaultRanges, ServiceAllocator } from '../../../../cli/standalone/service-allocator.ts';

const nodePort = (name: string): V1Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { type: 'NodePort', clusterIP: '10.1.2.3', ports: [{ port: 80, nodePort: 30_080 }, { port: 81 }] },
});

const creation = (object: V1Service): AdmissionAttributes => ({
  operation: 'CREATE',
  verb: 'create',
  kind: serviceKind as unknown as Kind,
  subject: { group: '', resource: 'services', kind: 'Service' },
  subresource: '',
  namespace: 'shop',
  name: object.metadata.name ?? '',
  object,
  oldObject: undefined,
  dryRun: false,
  user: { name: 'me', groups: [], extra: {} },
  warnings: [],
  signal: new AbortController().signal,
});

describe('service admission', () => {
  const create = async (consistent: (allocator: ServiceAllocator, held: V1Service) => void) => {
    const allocator = new ServiceAllocator(
      defaultRanges,
      () => 0,
      () => 0,
    );
    const held = nodePort('old');
    const plugin = createServiceAdmission(allocator, async () => consistent(allocator, held));
    await plugin.mutate?.(creation(held));
    allocator.observe(undefined, held);
    const next = nodePort('new');
    await plugin.mutate?.(creation(next));
    return next;
  };

  it('gives what a Service held whose deletion it has not heard of yet', async () => {
    const { spec } = await create((allocator, held) => allocator.observe(held, undefined));
    assert.deepEqual(spec?.clusterIPs, ['10.1.2.3']);
    assert.deepEqual(
      spec?.ports?.map((p) => p.nodePort),
      [30_080, 30_000],
    );
  });

  it('refuses what another Service holds: Invalid with every field', async () => {
    await assert.rejects(
      create(() => undefined),
      /^ApiError: Service "new" is invalid: \[?spec\.clusterIPs: .*10\.1\.2\.3.*spec\.ports\[0\]\.nodePort: .*30080.*already allocated/,
    );
  });
});
