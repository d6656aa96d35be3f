/** Nothing in the tree knows the machine it was written on: no home folders, no package mirrors, no keys. */

interface Pattern {
  readonly what: string;
  readonly pattern: RegExp;
}

const patterns: readonly Pattern[] = [
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.~$}-])\/(?:home|Users)\/[a-z][\w.-]*\/|(?<![\w.~$}/-])\/(?:root|work)\/[\w.]/,
  },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\Users\\/ },
  {
    what: 'a package registry',
    pattern: /https?:\/\/[^\s'"/]*(?:registry\.npmjs|artifactory|nexus|verdaccio|pkgs\.dev\.azure)/,
  },
  { what: 'a package registry', pattern: /"resolved": "https?:/ },
  { what: 'a Go module proxy', pattern: /https?:\/\/proxy\.golang\.org/ },
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n[A-Za-z0-9+/=\n]{40}/ },
];

function findings(file: string, text: string): string[] {
  return patterns.flatMap(({ what, pattern }) => {
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split('\n').length;
    return [`${file}:${line} holds ${what}: ${match[0].split('\n')[0]}`];
  });
}

/** @param sources text by project-relative path */
export function verifyPortable(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([file, text]) => findings(file, text));
}
