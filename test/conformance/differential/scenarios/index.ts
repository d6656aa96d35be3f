/** All scenarios. */
import type { Scenario } from '../step.ts';
import { applyScenarios } from './apply.ts';
import { createScenarios } from './create.ts';
import { deleteScenarios } from './delete.ts';
import { negotiationScenarios } from './negotiate.ts';
import { readScenarios } from './read.ts';
import { updateScenarios } from './update.ts';
import { watchScenarios } from './watch.ts';

export const scenarios: readonly Scenario[] = [
  ...createScenarios,
  ...updateScenarios,
  ...applyScenarios,
  ...readScenarios,
  ...watchScenarios,
  ...deleteScenarios,
  ...negotiationScenarios,
];
