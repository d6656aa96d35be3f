/** JSON as text, with what no `JSON.stringify` would write: raw numbers, duplicate keys, lone surrogates. */

/** Stands in a body for text that is written as it is. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    return `Raw(${this.text.slice(0, 60)})`;
  }
}

/** Members in order; a key may come twice. */
export class Members {
  readonly list: readonly (readonly [string, unknown])[];

  constructor(list: readonly (readonly [string, unknown])[]) {
    this.list = list;
  }
}

export function render(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Members) return object(value.list);
  if (Array.isArray(value)) return `[${value.map(render).join(',')}]`;
  if (typeof value === 'object' && value !== null) return object(Object.entries(value));
  return JSON.stringify(value) ?? 'null';
}

const object = (members: readonly (readonly [string, unknown])[]): string =>
  `{${members.map(([key, value]) => `${JSON.stringify(key)}:${render(value)}`).join(',')}}`;
