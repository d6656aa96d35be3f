/**
 * Error codes are closed catalogues: each code of a `…ErrorCode` union is used, and every storage code is turned
 * into a Status in one bridge file. (That a `Record` over a union is total, such as the HTTP codes of the Status
 * reasons, is TypeScript's to check.)
 */

const BRIDGE = 'apiserver/registry/storage-errors.ts';

interface Catalogue {
  readonly file: string;
  readonly name: string;
  readonly codes: readonly string[];
}

/** `export type XErrorCode = | 'A' | 'B'` */
const cataloguePattern = /export type (\w+ErrorCode) =\s*((?:\|?\s*'\w+'\s*)+);/g;

function cataloguesOf(file: string, text: string): Catalogue[] {
  return [...text.matchAll(cataloguePattern)].map((match) => ({
    file,
    name: match[1] ?? '',
    codes: [...(match[2] ?? '').matchAll(/'(\w+)'/g)].map((code) => code[1] ?? ''),
  }));
}

const isShipped = (file: string): boolean =>
  /^(api|apiserver|client|command|controllers|topology|cli)\/.*\.ts$/.test(file);

/** A code that nothing mentions outside its catalogue is dead, or its handling was forgotten. */
function unusedCodes(catalogue: Catalogue, shipped: readonly [string, string][]): string[] {
  const others = shipped.filter(([file]) => file !== catalogue.file).map(([, text]) => text);
  return catalogue.codes
    .filter((code) => !others.some((text) => text.includes(`'${code}'`) || text.includes(`${code}:`)))
    .map((code) => `${catalogue.file}: '${code}' of ${catalogue.name} is used nowhere`);
}

function unbridgedCodes(catalogues: readonly Catalogue[], sources: ReadonlyMap<string, string>): string[] {
  const storage = catalogues.find(({ name }) => name === 'StorageErrorCode');
  if (storage === undefined) return ['apiserver/storage/errors.ts declares no StorageErrorCode'];
  const bridge = sources.get(BRIDGE);
  if (bridge === undefined) return [`${BRIDGE} is missing: nothing turns storage errors into Status`];
  return storage.codes
    .filter((code) => !new RegExp(`\\b${code}\\b`).test(bridge))
    .map((code) => `${BRIDGE} does not handle '${code}'`);
}

/** @param sources text by project-relative path */
export function verifyErrors(sources: ReadonlyMap<string, string>): string[] {
  const shipped = [...sources].filter(([file]) => isShipped(file));
  const catalogues = shipped.flatMap(([file, text]) => cataloguesOf(file, text));
  return [
    ...unbridgedCodes(catalogues, sources),
    ...catalogues.flatMap((each) => unusedCodes(each, shipped)),
  ];
}
