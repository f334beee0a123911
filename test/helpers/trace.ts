import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AppOptions, type RunningApp, startApp } from './app.ts'

export interface TracedApp extends RunningApp {
  /** Ends the program and resolves with its system calls, one per line, unless `signal` aborts first. */
  trace(signal: AbortSignal): Promise<readonly string[]>
}

/** One call of fsync or fdatasync: the numbers of the lines where it began and had returned. */
export interface Sync {
  readonly file: string
  readonly began: number
  readonly ended: number
}

/** Starts the program under strace with these further arguments. */
export async function startTraced(args: readonly string[], options: AppOptions = {}): Promise<TracedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-trace-'))
  const file = join(folder, 'trace')
  // -D: the program is our child and gets our signals; strace runs as a detached grandchild.
  const under = ['strace', '-D', '-f', '--seccomp-bpf', '-y', '-s', '2000', '-o', file, ...args]
  const app = await startApp({ ...options, under })
  return {
    ...app,
    async trace(signal) {
      await app.stop()
      const end = new RegExp(`^${app.process.pid} +\\+\\+\\+ exited`, 'm')
      for (;;) {
        const text = readFileSync(file, 'utf8')
        if (end.test(text)) return text.split('\n')
        signal.throwIfAborted()
        await new Promise(setImmediate)
      }
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** All successful syncs. */
export function syncs(lines: readonly string[]): Sync[] {
  const found: Sync[] = []
  const underWay = new Map<string, { file: string; began: number }>()
  for (const [number, line] of lines.entries()) {
    const [, pid = '', file] = /^(\d+) +f(?:data)?sync\(\d+<([^>]*)>/.exec(line) ?? []
    if (file !== undefined) underWay.set(pid, { file, began: number })
    const [, resumed] = /^(\d+) +<\.\.\. f(?:data)?sync resumed>/.exec(line) ?? []
    const call = underWay.get(resumed ?? pid)
    if (call && /\) += 0\b/.test(line)) found.push({ ...call, ended: number })
  }
  return found
}
