/** The program: `taskapp COMMAND`. Exit codes: 0 done, 1 failed, 2 used wrongly. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { ConfigError } from './config.ts'
import { build } from './version.ts'

interface Command {
  /** Name and arguments, then what it does, one line each. */
  readonly usage: string
  readonly options?: ParseArgsOptionsConfig
  /** How many positional arguments it takes. */
  readonly operands: number
  /** Returns the exit code; undefined if the options contradict each other. */
  run(
    operands: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<number> | Promise<number | undefined>
}

/** Loaded on demand: the service starts without reading the other commands. */
const commands = new Map<string | undefined, () => Promise<Command>>([
  ['serve', () => import('./commands/serve.ts')],
  ['healthcheck', () => import('./commands/healthcheck.ts')],
  ['verify', () => import('./commands/verify.ts')],
  ['restore', () => import('./commands/restore.ts')],
  ['backup', () => import('./commands/backup.ts')],
  ['copy', () => import('./commands/copy.ts')],
])

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: Error) => {
    process.stderr.write(`taskapp: ${error.message}\n`)
    process.exitCode = error instanceof ConfigError ? 2 : 1
  },
)

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') return explain()
  if (name === '--version' || name === '-v') {
    process.stdout.write(`taskapp ${build.version} (commit ${build.commit})\n`)
    return 0
  }
  const load = commands.get(name)
  if (!load) {
    const unknown = name === undefined ? '' : `taskapp: there is no command "${name}"\n`
    process.stderr.write(
      `${unknown}Usage: taskapp ${[...commands.keys()].join(' | ')}\ntaskapp --help tells what each does.\n`,
    )
    return 2
  }
  const command = await load()
  const { usage, operands } = command
  let given: ReturnType<typeof parse>
  try {
    given = parse(command, args)
  } catch (error) {
    return misused((error as Error).message)
  }
  if (given.values['help']) {
    process.stdout.write(`Usage: taskapp ${usage}\n`)
    return 0
  }
  const surplus = given.positionals[operands]
  if (surplus !== undefined) return misused(`unexpected argument "${surplus}"`)
  // An empty argument is usually an unset variable in a script.
  if (given.positionals.length < operands || given.positionals.includes(''))
    return misused('an argument is missing')
  return (await command.run(given.positionals, given.values)) ?? misused('these options do not go together')

  function misused(fault: string): number {
    process.stderr.write(`taskapp: ${fault}\nUsage: taskapp ${usage.split('\n')[0]}\n`)
    return 2
  }
}

/** `serve` has no arguments, so the parser is not loaded for it. */
function parse({ options }: Command, args: readonly string[]) {
  if (args.length === 0) return { values: {} as Record<string, unknown>, positionals: [] as string[] }
  return parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
}

async function explain(): Promise<number> {
  const usages: string[] = []
  for (const load of commands.values()) usages.push((await load()).usage)
  process.stdout.write(
    `Usage: taskapp COMMAND\n\n${usages.join('\n\n')}\n\nCOMMAND --help explains one, --version tells the version. Settings come from the environment: see docs/settings.md.\n`,
  )
  return 0
}
