/**
 * What the flags of every subcommand have in common. A wrong value is one line that names the flag, the value
 * and what is allowed.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Of the operator's making; the message is one line. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

type FlagOptions = NonNullable<ParseArgsConfig['options']>;

/** @throws FlagError for a flag that is not known, lacks its value, or is none */
export function parseFlags<const T extends FlagOptions>(
  subcommand: string,
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    // Node goes on for a sentence or two about positional arguments.
    const [message = ''] = text.split(/\. |\n/, 1);
    throw new FlagError(`${message}; see services-v3 ${subcommand} --help`, { cause });
  }
}

/** `a,b` to its parts; blanks around them do not count. */
export const listOf = (text = ''): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export interface NumberRange {
  readonly fallback: number;
  readonly least?: number;
  readonly most: number;
}

/** @throws FlagError */
export function wholeNumber(
  flag: string,
  text: string | undefined,
  { fallback, least = 0, most }: NumberRange,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new FlagError(`--${flag} ${text}: must be a number from ${least} to ${most}`);
}

/** @param fallback what an absent flag means @throws FlagError */
export function oneOf<const T extends string>(
  flag: string,
  text: string | undefined,
  allowed: readonly T[],
  fallback: NoInfer<T>,
): T {
  if (text === undefined) return fallback;
  const found = allowed.find((each) => each === text);
  if (found !== undefined) return found;
  throw new FlagError(`--${flag} ${text}: must be ${allowed.join(' or ')}`);
}

export const maxPort = 65_535;
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
