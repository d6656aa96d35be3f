/** The manifests of deploy/ against a real kube-apiserver: accepted, sufficient rights, and Available=True. */
import assert from 'node:assert/strict';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { createAuthority, type KeyPair } from '../support/certificates.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import {
  API_SERVICE,
  applyRegistration,
  availability,
  register,
  SERVICE_HOST,
  unregister,
} from '../support/registration.ts';
import { projectRoot, requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { waitFor } from '../support/wait.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Attributes of a SubjectAccessReview; without `in`: in all namespaces. */
interface Question {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly in?: string;
}

/** Answers every request with an empty 200: all that the aggregator's availability check asks for. */
async function startAnswering({ cert, key }: KeyPair): Promise<{ port: number; close: () => void }> {
  const server = https.createServer({ cert, key }, (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('deploy', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  let plane: ControlPlane;
  const build = async (folder: string): Promise<Manifest[]> => {
    const text = await plane.kubectlOutput(['kustomize', path.join(projectRoot, 'deploy', folder)]);
    return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  };

  const apply = (documents: readonly Manifest[], ...flags: string[]): Promise<string> =>
    plane.kubectlOutput(['apply', ...flags, '-f', '-'], {
      stdin: documents.map((document) => stringify(document)).join('---\n'),
    });

  before(async () => {
    plane = await sharedControlPlane();
    // All but the APIService: while nothing answers for it, no namespace of the shared control plane could end.
    await apply((await build('registration')).filter(({ kind }) => kind !== 'APIService'));
  });
  after(() => unregister(plane));

  describe('a registered server', () => {
    it('is Available when its certificate is of the given authority, and the reason says so when not', async () => {
      const authority = await createAuthority('serving-ca');
      const pair = await authority.issueServer([SERVICE_HOST]);
      const server = await startAnswering(pair);
      try {
        await register(plane, { port: server.port, ca: authority.cert });
        assert.equal((await availability(plane))?.reason, 'Passed');

        const stranger = await createAuthority('another-ca');
        await applyRegistration(plane, { port: server.port, ca: stranger.cert });
        const refused = await waitFor('the availability check to fail', async () => {
          const now = await availability(plane);
          return now?.available === false ? now : undefined;
        });
        assert.equal(refused.reason, 'FailedDiscoveryCheck');
        assert.match(refused.message, /x509: certificate signed by unknown authority/);
      } finally {
        server.close();
        await unregister(plane);
      }
      const gone = await plane.kubectl(['get', 'apiservice', API_SERVICE]);
      assert.match(gone.stderr, /not found/);
    });
  });

  describe('rights', () => {
    const isAllowed = async (
      account: string,
      { in: namespace, ...attributes }: Question,
    ): Promise<boolean> => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: `system:serviceaccount:services-v3-system:${account}`,
          resourceAttributes: { ...attributes, ...(namespace === undefined ? {} : { namespace }) },
        },
      };
      const args = ['create', '-f', '-', '-o', 'jsonpath={.status.allowed}'];
      return (await plane.kubectlOutput(args, { stdin: JSON.stringify(review) })) === 'true';
    };
    const group = 'services.x-k8s.io';
    const lease = { verb: 'update', group: 'coordination.k8s.io', resource: 'leases' };

    const needed: Readonly<Record<string, readonly Question[]>> = {
      'services-v3-apiserver': [
        { verb: 'create', group: 'authentication.k8s.io', resource: 'tokenreviews' },
        { verb: 'create', group: 'authorization.k8s.io', resource: 'subjectaccessreviews' },
        { verb: 'watch', resource: 'namespaces' },
        {
          verb: 'get',
          resource: 'configmaps',
          name: 'extension-apiserver-authentication',
          in: 'kube-system',
        },
      ],
      'services-v3-controllers': [
        { verb: 'watch', resource: 'pods' },
        { verb: 'watch', resource: 'services' },
        { verb: 'create', group, resource: 'endpoints' },
        { verb: 'update', group, resource: 'serviceports', subresource: 'status' },
        { verb: 'use', group, resource: 'serviceports', subresource: 'externalip' },
        { ...lease, in: 'services-v3-system' },
      ],
    };
    const excessive: Readonly<Record<string, readonly Question[]>> = {
      'services-v3-apiserver': [
        { verb: 'get', resource: 'secrets' },
        { verb: 'update', resource: 'services' },
      ],
      'services-v3-controllers': [
        { verb: 'get', resource: 'secrets' },
        { verb: 'delete', resource: 'pods' },
        { ...lease, in: 'kube-system' },
      ],
    };
    for (const [account, questions] of Object.entries(needed)) {
      it(`are enough for ${account}`, async () => {
        for (const question of questions) {
          assert.equal(await isAllowed(account, question), true, JSON.stringify(question));
        }
      });
    }
    for (const [account, questions] of Object.entries(excessive)) {
      it(`are not too many for ${account}`, async () => {
        for (const question of questions) {
          assert.equal(await isAllowed(account, question), false, JSON.stringify(question));
        }
      });
    }

    it('adds the v3 kinds to view, edit and admin, each with its own share', async () => {
      const verbsOf = async (role: string, resource: string): Promise<string[]> => {
        const text = await plane.kubectlOutput(['get', 'clusterrole', role, '-o', 'json']);
        const { rules } = JSON.parse(text) as {
          rules: { apiGroups?: string[]; resources?: string[]; verbs: string[] }[];
        };
        const ours = rules.filter(
          ({ apiGroups, resources }) =>
            apiGroups?.includes('services.x-k8s.io') === true && resources?.includes(resource) === true,
        );
        return ours.flatMap(({ verbs }) => verbs);
      };
      await waitFor(
        'the roles to be aggregated',
        async () => (await verbsOf('admin', 'servicemirrors')).length > 0,
      );
      assert.deepEqual(await verbsOf('view', 'servicegroups'), ['get', 'list', 'watch']);
      assert.ok((await verbsOf('edit', 'servicegroups')).includes('create'));
      assert.ok(!(await verbsOf('edit', 'endpoints')).includes('create'));
      assert.ok(!(await verbsOf('edit', 'servicemirrors')).includes('update'));
      assert.ok((await verbsOf('admin', 'servicemirrors')).includes('update'));
    });
  });

  for (const folder of ['base', 'overlays/cert-manager']) {
    it(`${folder} is valid to the last field`, async () => {
      // cert-manager's kinds and its webhook are not here; what is left is checked by the server itself.
      const documents = (await build(folder)).filter(
        ({ apiVersion }) => !apiVersion.startsWith('cert-manager.io/'),
      );
      assert.ok(documents.some(({ kind }) => kind === 'Deployment'));
      await apply(documents, '--dry-run=server', '--validate=strict');
    });
  }
});
