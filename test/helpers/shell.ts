import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { until } from './until.ts'

export interface Shell extends AsyncDisposable {
  /** Runs one command to its end; both streams together. `typed` is what it reads. */
  run(command: string, typed?: string): Promise<{ readonly output: string; readonly status: number }>
  /** Runs a command in a terminal of its own, in the same folder; resolves when what it wrote is as `shown`. */
  keep(command: string, shown: RegExp): Promise<void>
  /** Ctrl+C in every such terminal. */
  interrupt(): Promise<void>
}

export interface ShellOptions {
  readonly cwd: string
  readonly env: Readonly<NodeJS.ProcessEnv>
}

/** One shell for all commands of a document, as its reader has one. */
export function openShell({ cwd, env }: ShellOptions): Shell {
  const shell = spawn('/bin/bash', ['--norc'], { cwd, env, stdio: 'pipe' })
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]()
  const kept: { end(): Promise<void> }[] = []
  let errors = ''
  let folder = cwd
  shell.stderr.on('data', (chunk) => {
    errors += chunk
  })

  return {
    async run(command, typed = '') {
      const input = typed === '' ? '</dev/null' : `<<<'${typed}'`
      shell.stdin.write(`{ ${command}\n} 2>&1 ${input}; printf '\\n%s %d %s\\n' '--- ended' $? "$PWD"\n`)
      const output: string[] = []
      for (;;) {
        const { value: line, done } = await lines.next()
        if (done) throw new Error(`The shell ended at ${command}\n${output.join('\n')}\n${errors}`)
        const [, status, where] = /^--- ended (\d+) (.*)$/.exec(line) ?? []
        if (status === undefined) {
          output.push(line)
          continue
        }
        folder = where!
        if (output.at(-1) === '') output.pop()
        return { output: output.map((line) => `${line}\n`).join(''), status: Number(status) }
      }
    },

    async keep(command, shown) {
      const child = spawn('/bin/bash', ['--norc', '-c', command], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += chunk
        })
      const ended = once(child, 'close')
      kept.push({
        async end() {
          if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
          await ended
        },
      })
      await until(`${command} shows ${shown}`, () => {
        if (child.exitCode !== null) throw new Error(`It ended: ${output}`)
        if (!shown.test(output)) throw new Error(output)
        return true
      })
    },

    interrupt,

    async [Symbol.asyncDispose]() {
      await interrupt()
      shell.stdin.end()
      if (shell.exitCode === null) await once(shell, 'close')
    },
  }

  async function interrupt() {
    for (const { end } of kept.splice(0)) await end()
  }
}
