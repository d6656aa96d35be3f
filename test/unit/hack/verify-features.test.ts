import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { CONFORMANCE_LINES, verifyFeatures } from '../../../hack/verify-features.ts';

const file = 'test/unit/x.test.ts';
const shown = `${file} › does it`;

type Line = Record<string, unknown>;

const line = (id: string, more: Line = {}): Line => ({ id, what: 'x', holds: true, test: [shown], ...more });

function findings(change: (lines: Line[]) => void = () => {}, observed: Line[] = []): string[] {
  const lines = Array.from({ length: CONFORMANCE_LINES }, (_, i) => line(`1.${i + 1}`));
  change(lines);
  const text = stringify({ conformance: [{ section: '1', lines }], observed, issue: [line('project')] });
  return verifyFeatures(
    new Map([
      ['features.yaml', text],
      [file, "it('does it', () => {});"],
    ]),
  );
}

const changed = (more: Line) => findings((lines) => Object.assign(lines[1] ?? {}, more));

describe('verify-features', () => {
  it('is content with a whole list', () => {
    assert.deepEqual(findings(), []);
    assert.deepEqual(changed({ holds: 'partly', reason: 'half of it' }), []);
    assert.deepEqual(changed({ holds: false, reason: 'later', test: undefined }), []);
  });

  it('says that the file is missing or cannot be read', () => {
    assert.deepEqual(verifyFeatures(new Map()), ['features.yaml is missing']);
    assert.match(verifyFeatures(new Map([['features.yaml', 'a: [']]))[0] ?? '', /^features\.yaml: /);
    assert.deepEqual(verifyFeatures(new Map([['features.yaml', 'conformance: []']])), [
      'features.yaml: needs the lists conformance, observed and issue',
    ]);
  });

  it('counts the lines, and keeps them in order and apart', () => {
    assert.deepEqual(
      findings((lines) => lines.pop()),
      [`features.yaml: has ${CONFORMANCE_LINES - 1} conformance lines, not ${CONFORMANCE_LINES}`],
    );
    assert.deepEqual(changed({ id: '1.9' }), [
      'features.yaml: 1.9 stands where 1.2 belongs',
      'features.yaml: 1.9 is there twice',
    ]);
    assert.deepEqual(
      findings(() => {}, [line('project')]),
      ['features.yaml: project is there twice'],
    );
  });

  it('wants an answer, a reason where it is not yes, and a test where it is not no', () => {
    assert.deepEqual(changed({ what: '' }), ['features.yaml: 1.2 does not say what']);
    assert.deepEqual(changed({ holds: 'yes', reason: 'x' }), [
      'features.yaml: 1.2 holds must be true, partly or false',
    ]);
    assert.deepEqual(changed({ holds: 'partly' }), ['features.yaml: 1.2 is partly without a reason']);
    assert.deepEqual(changed({ holds: false }), ['features.yaml: 1.2 is false without a reason']);
    assert.deepEqual(changed({ test: [] }), ['features.yaml: 1.2 is true without a test']);
  });

  it('names tests that do not exist', () => {
    assert.deepEqual(changed({ test: ['does it'] }), [
      'features.yaml: 1.2 names "does it", which is not "<file> › <title>"',
    ]);
    assert.deepEqual(changed({ test: ['test/unit/gone.test.ts › does it'] }), [
      'features.yaml: 1.2 names the test file test/unit/gone.test.ts, which does not exist',
    ]);
    assert.deepEqual(changed({ test: [`${file} › does`] }), [
      `features.yaml: 1.2 names a test that ${file} does not have: does`,
    ]);
  });
});
