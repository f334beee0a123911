import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'

/** Whether a skipped test is a failure: with CI=true, on Linux. Other platforms lack some tools. */
export const nothingLeftOut = process.env['CI'] === 'true' && process.platform === 'linux'

/** For a test's `skip`: false where the tool works here, else the reason why the test is left out. */
export function needs(tool: keyof typeof trials): false | string {
  const reason = failureOf(trials[tool])
  if (reason === undefined) return false
  if (nothingLeftOut) throw new Error(`${tool} does not work here: ${reason}`)
  return `${tool} does not work here: ${reason}`
}

function failureOf(trial: Trial): string | undefined {
  if ('without' in trial) return trial.works() ? undefined : trial.without
  const [command, ...args] = trial
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

/** A command that succeeds where the tool is installed and allowed to do its work; or what a platform may lack. */
type Trial = readonly [string, ...string[]] | { works(): boolean; readonly without: string }

const trials = {
  strace: ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fsync', 'true'],
  script: ['script', '-qec', 'true', '/dev/null'],
  setpriv: ['setpriv', '--inh-caps=-all', '--bounding-set=-dac_override,-dac_read_search', 'true'],
  faketime: [
    'sh',
    '-c',
    'test "$(faketime "@0" date +%Y)" = 1970 && ls /usr/lib/*/faketime/libfaketime.so.1',
  ],
  // The preloaded library is for Linux.
  cc: ['sh', '-c', 'cc --version && uname -s | grep -x Linux'],
  git: ['git', '--version'],
  // Node.js raises the limit to its maximum.
  files: ['sh', '-c', 'test "$(ulimit -Hn)" = unlimited || test "$(ulimit -Hn)" -ge 12000'],
  promtool: ['promtool', '--version'],
  postgres: ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/initdb && id postgres'],
  bash: ['/bin/bash', '--version'],
  jq: ['/bin/bash', '-c', 'jq --version'],
  shellcheck: ['shellcheck', '--version'],
  // Ubuntu runners have Mozilla's Firefox.
  firefox: ['sh', '-c', 'command -v firefox-esr || command -v firefox'],
  webkit: [
    'sh',
    '-c',
    'command -v WebKitWebDriver && command -v Xvfb && ls /usr/lib/*/webkit2gtk-4.*/MiniBrowser',
  ],
  mount: ['sh', '-c', 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d" && rmdir "$d"'],
  ipv6: [
    process.execPath,
    '-e',
    "require('net').createServer().listen(0, '::1', function () { this.close() })",
  ],
  sh: { works: () => process.platform !== 'win32', without: 'Windows has no shell of POSIX' },
  signals: { works: () => process.platform !== 'win32', without: 'Windows ends a process at once' },
  modes: { works: () => process.platform !== 'win32', without: 'Windows has no modes of files' },
  rename: {
    works: () => process.platform !== 'win32',
    without: 'Windows renames and deletes no file that is open',
  },
  linux: { works: () => process.platform === 'linux', without: 'what is played is a machine with Linux' },
  resets: {
    works: () => process.platform !== 'win32',
    without: 'Windows throws away an answer behind which the server resets the connection',
  },
  proc: { works: () => existsSync('/proc/self/status'), without: 'only Linux has /proc' },
} as const satisfies Record<string, Trial>

/** The library that fakes the clock of programs that preload it. */
export function fakeTime(): string {
  return globSync('/usr/lib/*/faketime/libfaketime.so.1')[0]!
}
