/** The program: `taskapp COMMAND`. Exit codes: 0 done, 1 failed, 2 used wrongly. */
import { ConfigError } from './config.ts'

interface Command {
  run(args: readonly string[]): Promise<number>
}

/** Loaded when called for: starting the service need not read what it does not run. */
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

async function main([command, ...args]: readonly string[]): Promise<number> {
  const load = commands.get(command)
  if (!load) {
    process.stderr.write(
      `Usage: taskapp ${[...commands.keys()].join(' | ')}\nSettings come from the environment: see README.md.\n`,
    )
    return 2
  }
  const { run } = await load()
  return run(args)
}
