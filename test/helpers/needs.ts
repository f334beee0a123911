import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

/** Whether a test that is left out is a failure: with CI=true, on Linux. Elsewhere the tools of some are not to be had. */
export const nothingLeftOut = process.env['CI'] === 'true' && process.platform === 'linux'

/** For a test's `skip`: false where the tool works here, else the reason why the test is left out. */
export function needs(tool: keyof typeof trials): false | string {
  const [command, ...args] = trials[tool]
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return false
  const reason = `${tool} does not work here: ${error?.message ?? stderr.trim()}`
  if (nothingLeftOut) throw new Error(reason)
  return reason
}

/** Commands that succeed where the tool is installed and allowed to do its work. */
const trials = {
  strace: ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fsync', 'true'],
  setpriv: ['setpriv', '--inh-caps=-all', '--bounding-set=-dac_override,-dac_read_search', 'true'],
  faketime: [
    'sh',
    '-c',
    'test "$(faketime "@0" date +%Y)" = 1970 && ls /usr/lib/*/faketime/libfaketime.so.1',
  ],
  cc: ['cc', '--version'],
  // Node.js takes as many as it may.
  files: ['sh', '-c', 'test "$(ulimit -Hn)" -ge 12000'],
  promtool: ['promtool', '--version'],
  postgres: ['sh', '-c', 'ls /usr/lib/postgresql/*/bin/initdb && id postgres'],
  jq: ['jq', '--version'],
  shellcheck: ['shellcheck', '--version'],
  mount: ['sh', '-c', 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d" && rmdir "$d"'],
  ipv6: [
    process.execPath,
    '-e',
    "require('net').createServer().listen(0, '::1', function () { this.close() })",
  ],
} as const

/** The library that fakes the clock of the programs that preload it. */
export function fakeTime(): string {
  return globSync('/usr/lib/*/faketime/libfaketime.so.1')[0]!
}
