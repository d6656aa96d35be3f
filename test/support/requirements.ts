/**
 * What a suite needs from the machine. A suite whose needs are not met is skipped and its reason is listed at
 * the end of `npm test`. With CI_NO_SKIPS=1 a skip is a failure, unless all that is missing is the public
 * manifests: they are not part of the project, and nothing can be installed to have them.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BinaryName, findBinary, howToGet } from '../../hack/envtest/binaries.ts';

export type Requirement = BinaryName | 'shared-data';

export const projectRoot = path.dirname(path.dirname(import.meta.dirname));

/**
 * Folder of the public manifests and design pages, which are not part of the project:
 * SERVICES_V3_SHARED, or `shared` beside the project.
 */
export function sharedFolder(): string {
  return process.env.SERVICES_V3_SHARED ?? path.join(projectRoot, '..', 'shared');
}

/** Why the requirement is not met, or undefined. */
export function missingRequirement(requirement: Requirement): string | undefined {
  if (requirement === 'shared-data') {
    if (existsSync(path.join(sharedFolder(), 'data', 'services'))) return undefined;
    return 'the public manifests are not here: set SERVICES_V3_SHARED to the folder that holds data/services';
  }
  if (findBinary(requirement) !== undefined) return undefined;
  return `${requirement} was not found: ${howToGet(requirement)}`;
}

export interface SkippedSuite {
  readonly title: string;
  readonly reasons: readonly string[];
  /** How many tests it holds. */
  readonly tests: number;
  /** Whether CI may pass without it. */
  readonly excused: boolean;
}

const skipped: SkippedSuite[] = [];

export const skippedSuites = (): readonly SkippedSuite[] => skipped;

/**
 * Call first in a `describe`: skips the suite, with its hooks and nested suites, if something is missing.
 * ```ts
 * describe('storage on etcd', () => {
 *   requires('etcd');
 *   before(async () => { … });
 * ```
 */
export function requires(...requirements: readonly Requirement[]): void {
  before('requirements', function skipUnlessMet() {
    const missing = requirements.filter((each) => missingRequirement(each) !== undefined);
    if (missing.length === 0) return;
    const suite = this.test?.parent;
    if (suite !== undefined) {
      skipped.push({
        title: suite.fullTitle(),
        reasons: missing.map((each) => missingRequirement(each) ?? ''),
        tests: suite.total(),
        excused: missing.every((each) => each === 'shared-data'),
      });
      // `skip` alone leaves the suite's `after` hooks to run on what was never set up.
      suite.pending = true;
    }
    this.skip();
  });
}
