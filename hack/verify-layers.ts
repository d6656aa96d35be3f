/**
 * Fails on an import that points the wrong way. The house:
 *
 *     api  ←  client  ←  apiserver (http → handlers → registry → storage)   ┐
 *      ↑                 controllers                                        ├ ←  cli
 *      └────  topology  (imported by both)                                  ┘
 */
import { type Import, importsOf } from './source-tree.ts';

interface Rule {
  /** Folder (or file) that the rule is about; the longest that fits a file counts for `only`. */
  readonly from: string;
  /** If given: the only folders it may import. */
  readonly only?: readonly string[];
  /** Folders it may not import. */
  readonly never?: readonly string[];
  /** Exceptions to `never`. */
  readonly except?: readonly string[];
  readonly why: string;
}

/** Kinds live in `api/services` and `api/core`; the engine takes them as values. */
const kinds = ['api/services', 'api/core'];
const namesNoKind = 'the engine names no kind';

/** Time is an argument everywhere, and its type lives with the client. */
const time = ['client/clock.ts'];

/** Pure plumbing of watches, which pass through every layer. */
const streams = ['apiserver/async-iterator.ts'];

/** What a request is, for every layer that it passes. */
const requests = ['apiserver/exchange.ts', 'apiserver/request-info.ts', 'apiserver/headers.ts'];

export const rules: readonly Rule[] = [
  { from: 'api', only: ['api'], why: 'api is what everything else stands on' },
  { from: 'client', only: ['api', 'client'], why: 'the client knows kinds and the wire, nothing else' },
  { from: 'command', only: ['command'], why: 'what command lines share knows none of them' },
  { from: 'topology', only: ['api', 'topology'], why: 'subsets are a pure function of API objects' },
  {
    from: 'apiserver',
    only: ['api', 'client', 'command', 'topology', 'apiserver'],
    why: 'the server runs without controllers and command line',
  },
  {
    from: 'controllers',
    only: ['api', 'client', 'command', 'topology', 'controllers'],
    why: 'controllers meet the server on the wire only',
  },
  {
    from: 'cli',
    only: ['api', 'client', 'command', 'topology', 'apiserver', 'controllers', 'cli', 'package.json'],
    why: 'what ships does not need tests or tools',
  },

  {
    from: 'apiserver/storage',
    only: ['api', 'apiserver/storage', ...time],
    why: 'storage is the lowest layer',
  },
  {
    from: 'apiserver/registry',
    only: [
      'api',
      ...['registry', 'storage', 'admission', 'ssa'].map((folder) => `apiserver/${folder}`),
      ...requests,
      ...streams,
      ...time,
    ],
    why: 'http → handlers → registry → storage',
  },
  {
    from: 'apiserver/handlers',
    only: [
      'api',
      'apiserver/handlers',
      'apiserver/registry',
      ...['negotiation', 'patch', 'ssa', 'metrics'].map((folder) => `apiserver/${folder}`),
      ...requests,
      ...streams,
      ...time,
    ],
    why: 'handlers see neither a socket nor the storage',
  },
  { from: 'apiserver/ssa', only: ['api', 'apiserver/ssa'], why: 'who owns a field is a pure function' },
  ...['auth', 'admission', 'negotiation', 'patch', 'computed'].map((folder) => ({
    from: `apiserver/${folder}`,
    never: ['apiserver/http', 'apiserver/handlers'],
    why: 'http and handlers use it, not the other way',
  })),
  ...['admission', 'auth', 'computed', 'handlers', 'http', 'negotiation', 'patch', 'registry', 'storage'].map(
    (folder) => ({
      from: `apiserver/${folder}`,
      never: ['compose', 'engine', 'main', 'server', 'services'].map((part) => `apiserver/${part}.ts`),
      why: 'the files beside the folders put them together',
    }),
  ),
  { from: 'apiserver/http', never: ['apiserver/storage'], why: 'http reaches storage through handlers' },
  ...['registry', 'handlers', 'http', 'patch', 'negotiation', 'discovery', 'openapi', 'storage'].map(
    (folder) => ({
      from: `apiserver/${folder}`,
      never: ['client'],
      except: time,
      why: 'only authentication, authorization and admission ask another API server',
    }),
  ),

  ...['http', 'handlers', 'registry', 'storage', 'patch', 'negotiation', 'discovery', 'openapi', 'auth'].map(
    (folder) => ({ from: `apiserver/${folder}`, never: kinds, why: namesNoKind }),
  ),
  // Recording an Event and holding a Lease is what a controller runtime does with kinds of its own.
  {
    from: 'controllers/runtime',
    never: kinds,
    except: ['api/core/types.ts'],
    why: 'informers and queues know no kind',
  },
  { from: 'api/meta', never: kinds, why: 'metadata is the same for every kind' },
  { from: 'api/schema', never: kinds, why: 'the schema machinery is the same for every kind' },
];

const within = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);
const withinAny = (file: string, folders: readonly string[] = []): boolean =>
  folders.some((folder) => within(file, folder));

function isBroken(rule: Rule, target: string): boolean {
  if (rule.only !== undefined && !withinAny(target, rule.only)) return true;
  return withinAny(target, rule.never) && !withinAny(target, rule.except);
}

/** One finding an import, even if several rules forbid it. */
function judge(file: string, { target, line }: Import): string[] {
  const rule = rules.find((each) => within(file, each.from) && isBroken(each, target));
  return rule === undefined ? [] : [`${file}:${line} imports ${target}: ${rule.why}`];
}

/** @param sources text by project-relative path */
export function verifyLayers(sources: ReadonlyMap<string, string>): string[] {
  return [...sources]
    .filter(([file]) => file.endsWith('.ts'))
    .flatMap(([file, text]) => importsOf(file, text).flatMap((each) => judge(file, each)));
}
