import assert from 'node:assert/strict';
import { shellCommands, verifyDocs } from '../../../hack/verify-docs.ts';

const readme = [
  '# X',
  '```sh',
  '# once',
  '$ npm start',
  'kubectl get sg \\',
  '  -A   # all',
  '```',
  '```yaml',
  'a: b',
  '```',
].join('\n');

describe('verify-docs', () => {
  it('reads commands: joins lines, drops prompts, comments and other languages', () => {
    assert.deepEqual(shellCommands(readme), ['npm start', 'kubectl get sg -A']);
  });

  it('names the command that the README test does not run', () => {
    const test = "run('npm start')";
    assert.deepEqual(
      verifyDocs(
        new Map([
          ['README.md', readme],
          ['test/integration/readme.test.ts', test],
        ]),
      ),
      ['README.md: no test in test/integration/readme.test.ts runs `kubectl get sg -A`'],
    );
  });

  it('has nothing to say while there is no README', () => {
    assert.deepEqual(verifyDocs(new Map()), []);
  });

  it('names a link that leads nowhere and follows those to files, folders and the web', () => {
    const page = '[a](../api/kind.ts) [b](overlays/) [c](https://example.test/x) [d](#top) [e](gone.md#part)';
    const sources = new Map([
      ['deploy/README.md', page],
      ['api/kind.ts', ''],
      ['deploy/overlays/x/kustomization.yaml', ''],
    ]);
    assert.deepEqual(verifyDocs(sources), ['deploy/README.md: the link gone.md leads nowhere']);
  });
});
