/** Whatever was thrown, in one line, for a log or an operator. */
export const errorText = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s*\n\s*/g, ' ');
