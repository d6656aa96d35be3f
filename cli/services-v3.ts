#!/usr/bin/env node
/** The one command: each subcommand is loaded when asked for, so that `--help` is quick. */

type Subcommand = (args: readonly string[]) => Promise<number>;

const subcommands: Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Subcommand> }>
> = {
  standalone: {
    summary: 'API server, controllers and store in one process, no cluster needed (npm start)',
    load: async () => (await import('./standalone/main.ts')).standaloneMain,
  },
  apiserver: {
    summary: 'the aggregated API server, behind a kube-apiserver',
    load: async () => (await import('../apiserver/main.ts')).apiserverMain,
  },
  controllers: {
    summary: 'the controllers: endpoints, mirror, status',
    load: async () => (await import('../controllers/main.ts')).controllersMain,
  },
};

const usage = `Usage: services-v3 <command> [flags]

${Object.entries(subcommands)
  .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  .join('\n')}

services-v3 <command> --help lists the flags of a command.
`;

/** Wrong usage, as by convention (sysexits' EX_USAGE is 64, most tools use 2). */
const USAGE_EXIT_CODE = 2;

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage);
    return name === undefined ? USAGE_EXIT_CODE : 0;
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined) {
    const known = Object.keys(subcommands).join(', ');
    process.stderr.write(`services-v3: unknown command ${JSON.stringify(name)}; commands are ${known}\n`);
    return USAGE_EXIT_CODE;
  }
  return (await subcommand.load())(args);
}

process.exitCode = await main(process.argv.slice(2));
