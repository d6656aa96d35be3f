/** Sends each step of the scenarios to both servers and tells where their answers differ. */
import { isRecord } from '../../../api/schema/json-schema.ts';
import { send, type WireTls } from '../../support/wire-client.ts';
import { answerDifferences, type Difference } from './compare.ts';
import { type Answer, normalise, parse } from './normalise.ts';
import type { Scenario, Step } from './step.ts';
import { OUR_GROUP, TWIN_GROUP, VERSION } from './twin.ts';

export interface Target {
  /** Of kube-apiserver, which serves the twin itself and passes on to us. */
  readonly url: string;
  readonly tls: WireTls;
}

type Group = typeof OUR_GROUP | typeof TWIN_GROUP;
/** What later steps can refer to: `<name>.rv` and the like. */
type Captured = Map<string, string>;

/** Resolves with the differences in order; a step that differs does not end its scenario. */
export async function runScenario(target: Target, scenario: Scenario): Promise<Difference[]> {
  const captured: Record<Group, Captured> = { [OUR_GROUP]: new Map(), [TWIN_GROUP]: new Map() };
  const found: Difference[] = [];
  for (const step of scenario.steps) {
    const [ours, theirs] = await Promise.all([
      ask(target, scenario.name, step, OUR_GROUP, captured[OUR_GROUP]),
      ask(target, scenario.name, step, TWIN_GROUP, captured[TWIN_GROUP]),
    ]);
    const places = answerDifferences(ours, theirs);
    const request = `${step.method} ${step.path} ${JSON.stringify(step.body) ?? ''}`.slice(0, 300);
    found.push(...places.map((place) => ({ step: `${scenario.name}: ${step.title}`, request, ...place })));
  }
  return found;
}

async function ask(
  { url, tls }: Target,
  namespace: string,
  step: Step,
  group: Group,
  captured: Captured,
): Promise<Answer> {
  const filled = (text: string): string =>
    text
      .replace(/\{\{([\w.-]+)\}\}/g, (_, name: string) => captured.get(name) ?? '')
      .replaceAll(OUR_GROUP, group);
  const base = `/apis/${group}/${VERSION}`;
  const path = step.path.startsWith('/')
    ? `${base}${step.path === '/' ? '' : step.path}`
    : `${base}/namespaces/${namespace}/${step.path}`;
  const { body } = step;
  const sent =
    body === undefined ? undefined : filled(typeof body === 'string' ? body : JSON.stringify(body));
  try {
    const answer = await send('http/1.1', `${url}${filled(path)}`, tls, {
      method: step.method,
      headers: Object.fromEntries(
        Object.entries({ 'user-agent': 'differential/1', ...step.headers }).map(([name, value]) => [
          name,
          filled(value),
        ]),
      ),
      ...(sent === undefined ? {} : { body: sent }),
    });
    if (step.as !== undefined) capture(captured, step.as, parse(answer.body.toString('utf8')));
    return normalise(answer);
  } catch {
    return { code: 0, headers: {}, body: 'connection closed' };
  }
}

function capture(captured: Captured, name: string, body: unknown): void {
  const metadata = isRecord(body) && isRecord(body.metadata) ? body.metadata : {};
  const { resourceVersion, uid, continue: token } = metadata;
  for (const [key, value] of Object.entries({ rv: resourceVersion, uid, continue: token })) {
    if (typeof value === 'string') captured.set(`${name}.${key}`, value);
  }
}
