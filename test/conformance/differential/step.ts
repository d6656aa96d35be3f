/** Scenarios are data: steps in order, each one request that goes to our server and to the twin's. */

export interface Step {
  /** Unique within the scenario. */
  readonly title: string;
  readonly method: string;
  /** Below the scenario's namespace (`endpoints/a?pretty=true`), or below the group version if it starts with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it stands, anything else as JSON. */
  readonly body?: unknown;
  /**
   * Names the answer for later steps, in path and body: `{{<name>.rv}}`, `{{<name>.uid}}`, `{{<name>.continue}}`.
   */
  readonly as?: string;
}

export interface Scenario {
  /** Also its namespace: a DNS label. */
  readonly name: string;
  readonly steps: readonly Step[];
}

export type More = Omit<Step, 'title' | 'method' | 'path' | 'body'>;

const JSON_TYPE = { 'content-type': 'application/json' };

export const get = (title: string, path: string, more: More = {}): Step => ({
  title,
  method: 'GET',
  path,
  ...more,
});

const write =
  (method: string) =>
  (title: string, path: string, body: unknown, more: More = {}): Step => ({
    title,
    method,
    path,
    body,
    ...more,
    headers: { ...JSON_TYPE, ...more.headers },
  });

export const post = write('POST');
export const put = write('PUT');

/** Without a body it is a plain DELETE. */
export const del = (title: string, path: string, body?: unknown, more: More = {}): Step =>
  body === undefined ? { title, method: 'DELETE', path, ...more } : write('DELETE')(title, path, body, more);

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

export const patch = (
  type: keyof typeof patchTypes,
  title: string,
  path: string,
  body: unknown,
  more: More = {},
): Step => ({
  title,
  method: 'PATCH',
  path,
  body,
  ...more,
  headers: { 'content-type': patchTypes[type], ...more.headers },
});
