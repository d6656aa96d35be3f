/** What the documents say is run and exists: commands are in the README's test, links lead to files. */
import path from 'node:path';

const README = 'README.md';
const README_TEST = 'test/integration/readme.test.ts';

/** Commands of the ```sh blocks: one a line, `\` joins lines, a leading `$ ` and comments do not count. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((block) =>
    (block[1] ?? '')
      .replace(/\s*\\\n\s*/g, ' ')
      .split('\n')
      .map((line) =>
        line
          .replace(/^\$ /, '')
          .replace(/\s+#.*$/, '')
          .trim(),
      )
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
}

function untestedCommands(sources: ReadonlyMap<string, string>): string[] {
  const readme = sources.get(README);
  if (readme === undefined) return [];
  const commands = shellCommands(readme);
  if (commands.length === 0) return [];
  const test = sources.get(README_TEST);
  if (test === undefined)
    return [`${README_TEST} is missing: nothing runs the ${commands.length} commands of ${README}`];
  return commands
    .filter((command) => !test.includes(command))
    .map((command) => `${README}: no test in ${README_TEST} runs \`${command}\``);
}

function deadLinks(file: string, text: string, files: ReadonlySet<string>): string[] {
  const links = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1] ?? '');
  const exists = (target: string): boolean =>
    files.has(target) || [...files].some((each) => each.startsWith(`${target}/`));
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => !exists(path.posix.join(path.posix.dirname(file), link).replace(/\/$/, '')))
    .map((link) => `${file}: the link ${link} leads nowhere`);
}

/** @param sources text by project-relative path */
export function verifyDocs(sources: ReadonlyMap<string, string>): string[] {
  const files = new Set(sources.keys());
  const pages = [...sources].filter(([file]) => file.endsWith('.md'));
  return [...untestedCommands(sources), ...pages.flatMap(([file, text]) => deadLinks(file, text, files))];
}
