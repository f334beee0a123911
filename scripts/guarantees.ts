/**
 * Generates the table of docs/guarantees.md from the tests' figures in docs/guarantees.json. Each promise is a
 * row here; a test checks that the document is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Guarantee {
  readonly promise: string
  /** Its test files, and the command for their long form, if any. */
  readonly tests: readonly string[]
  readonly command?: string
  /** The key of its figures in guarantees.json, and their format. */
  readonly figures?: string
  tell?(figures: Readonly<Record<string, number>>): string
}

export const guarantees: readonly Guarantee[] = [
  {
    promise: 'An acknowledged write survives SIGKILL at any moment, and is applied exactly once',
    tests: ['test/torture/kills.test.ts'],
    command: 'npm run torture -- kills 1000',
    figures: 'kills',
    tell: ({ kills, acknowledged, repeated, imported, writers, seed }) =>
      `${n(kills)} kills, ${n(acknowledged)} acknowledged writes of ${n(writers)} clients, ${n(repeated)} repeated after the restart, ${n(imported)} tasks imported; none lost, none double, nothing half done (seed ${seed})`,
  },
  {
    promise:
      'Completing a repeating task creates exactly one next, whatever is killed, sent again or sent concurrently; opening it again removes that',
    tests: ['test/torture/kills.test.ts', 'test/storage/repeats.contract.ts'],
    command: 'npm run torture -- kills 1000',
    figures: 'kills',
    tell: followed,
  },
  {
    promise: 'The same with a journal',
    tests: ['test/torture/kills.test.ts'],
    command: 'npm run torture -- kills 100 1 journal',
    figures: 'kills-journal',
    tell: followed,
  },
  {
    promise: 'The same with PostgreSQL',
    tests: ['test/torture/kills.test.ts'],
    command: 'npm run torture -- kills 100 1 postgres',
    figures: 'kills-postgres',
    tell: followed,
  },
  {
    promise: 'A write is answered only after a sync that began after it arrived',
    tests: ['test/storage/durability.test.ts'],
  },
  {
    promise:
      'After a power failure every acknowledged task is there, whatever else the disk has kept, even if syncs failed',
    tests: ['test/storage/power.test.ts'],
  },
  {
    promise:
      'A full, read-only or failing disk, a file that another program locks, deletes or replaces: writes get 503 with `Retry-After`, reads go on, nothing acknowledged is lost, and the service recovers by itself',
    tests: ['test/storage/durability.test.ts', 'test/storage/disk.test.ts'],
  },
  {
    promise:
      'The service refuses to start, with one sentence, on a database that is damaged, truncated, foreign, newer, altered or not writable; and on a port in use, before it creates anything',
    tests: ['test/storage/open.test.ts', 'test/commands.test.ts'],
  },
  {
    promise:
      'Databases and journals of every version on main are opened, searched and exported, or refused with a sentence; no released migration changes',
    tests: ['test/storage/fixtures.test.ts', 'test/storage/migrations.test.ts'],
  },
  {
    promise:
      'The last copy of a journal’s tasks is kept if the share is emptied, replaced or hangs; a write that hangs is answered within 15 s, which says whether it may have been applied',
    tests: ['test/storage/journal/share.test.ts'],
  },
  {
    promise: 'An interrupted command leaves nothing half done',
    tests: ['test/progress.test.ts'],
  },
  {
    promise:
      'Programs that start on one database at the same time all start, and a concurrent restore loses nothing',
    tests: ['test/storage/together.test.ts'],
  },
  {
    promise: 'An import is applied as a whole or not at all',
    tests: ['test/torture/kills.test.ts', 'test/api/transfer.test.ts'],
  },
  {
    promise:
      'A backup is consistent while the service writes, is verified before an older one is deleted, and a drill restores it',
    tests: ['test/storage/backups.test.ts', 'test/storage/journal/operation.test.ts'],
  },
  {
    promise:
      'A clock that jumps back an hour or ahead a year harms neither order, versions, keys, restores nor backups',
    tests: ['test/clock.test.ts'],
  },
  {
    promise:
      '10,000 idle and slow connections keep nobody from being served; once writes have waited for the disk for 2 s, further ones are refused at once, and reads go on',
    tests: ['test/overload.test.ts'],
  },
  {
    promise:
      'A search finds every task by the words that people type for it, the same in SQLite, in PostgreSQL, with a journal and on the page; its cost does not grow with the texts, and others are served meanwhile',
    tests: [
      'test/storage/words.test.ts',
      'test/storage/sqlite.test.ts',
      'test/storage/postgres.test.ts',
      'test/storage/replicas.test.ts',
      'test/page/search.test.ts',
    ],
  },
  {
    promise: 'Memory is bounded: event streams and their backlog, imports, exports',
    tests: ['test/api/events.test.ts', 'test/api/transfer-size.test.ts'],
  },
  {
    promise:
      'SIGTERM under load: every request is answered, also on connections not accepted yet, and every acknowledged task is kept, whether or not anybody reads the log',
    tests: ['test/lifecycle.test.ts'],
  },
  {
    promise:
      'No request, however malformed, gets a 5xx, harms the next one or is answered differently from a model of the tasks',
    tests: ['test/fuzz/fuzz.test.ts', 'test/http/server.test.ts', 'test/api/json.test.ts'],
    command: 'npm run fuzz',
    figures: 'fuzz',
    tell: ({ requests, seconds, faults }) =>
      `${n(requests)} random requests in ${n(seconds)} s, ${n(faults)} faults`,
  },
  {
    promise:
      'With tokens, nobody without one sees or changes anything; tokens and sessions are in no log; a forged, expired or revoked session lets nobody in',
    tests: ['test/access/access.test.ts', 'test/api/openapi.test.ts', 'test/page/access.test.ts'],
  },
  {
    promise:
      'No other site’s page makes a browser change anything; no title, note or search is executed on the page',
    tests: ['test/access/access.test.ts', 'test/page/features.test.ts'],
  },
  {
    promise:
      'What was done on the page is sent exactly once, even if it was offline, a tab was closed or an answer was lost, and all clients end with the same list',
    tests: ['test/page/sync.test.ts', 'test/page/together.test.ts'],
  },
  {
    promise: 'No request can be smuggled in another one, directly or through nginx',
    tests: ['test/http/smuggling.test.ts', 'test/containers/wire.test.ts'],
  },
  {
    promise:
      'A client that is slow, sends nothing or reads nothing is disconnected, and others are served meanwhile',
    tests: ['test/http/slow.test.ts'],
  },
  {
    promise: 'The backend restarts behind nginx under load without a failed request',
    tests: ['test/containers/rolling.test.ts'],
    command: 'npm run torture -- rolling 20',
    figures: 'rolling',
    tell: ({ restarts, reads, writes, failed }) =>
      `${n(restarts)} restarts, ${n(reads)} reads, ${n(writes)} writes, ${n(failed)} failed`,
  },
  {
    promise:
      'Replicas that share a PostgreSQL: whichever of them, their connections or PostgreSQL fails, nothing acknowledged is lost or doubled, and every tab shows the same',
    tests: ['test/storage/replicas.test.ts', 'test/containers/replicas.test.ts'],
    command: 'npm run torture -- replicas',
    figures: 'replicas',
    tell: ({ two, four, asked, failed, repeated, tabsMs }) =>
      `2 and 4 replicas behind nginx, ${n(two! + four!)} acknowledged writes, ${n(repeated)} repeated, none lost, none double; of ${n(asked)} reads that nobody repeated ${n(failed)} failed; when nothing was broken every tab had a change within ${n(tabsMs)} ms`,
  },
  {
    promise: 'A copy between SQLite and PostgreSQL is complete, or says so',
    tests: ['test/storage/copy.test.ts'],
  },
  {
    promise:
      'With a journal: overlapping rollouts, kills and freezes lose nothing, and no two processes write',
    tests: ['test/storage/journal/handover.test.ts', 'test/storage/journal/model.test.ts'],
    command: 'ROUNDS=200 node test/storage/journal/handover.test.ts',
  },
]

function followed({ kills, completed, reopened, seed }: Readonly<Record<string, number>>): string {
  return `${n(kills)} kills, ${n(completed)} completed and ${n(reopened)} opened again; no next lost, none double (seed ${seed})`
}

const docs = join(import.meta.dirname, '../docs')
const markers = /(<!-- table -->\n).*(<!-- end -->)/s

/** The document with its table regenerated. */
export function render(document: string, results: string): string {
  const measured: Record<string, Record<string, number>> = JSON.parse(results)
  const rows = guarantees.map(({ promise, tests, command, figures, tell }) => {
    const found = figures === undefined ? undefined : measured[figures]
    const by = [...tests, ...(command ? [command] : [])].map((text) => `\`${text}\``).join(', ')
    return `| ${promise} | ${by} | ${found ? `${tell!(found)}, ${found['measured']}` : 'each run'} |`
  })
  const table = ['| promise | held by | last measured |', '| --- | --- | --- |', ...rows].join('\n')
  return document.replace(markers, (_, begin, end) => `${begin}\n${table}\n\n${end}`)
}

/** Stores the figures of a long run, and regenerates the table. */
export function record(name: string, figures: object) {
  const file = join(docs, 'guarantees.json')
  const results = JSON.parse(readFileSync(file, 'utf8'))
  results[name] = { measured: new Date().toISOString().slice(0, 10), ...figures }
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
  write()
}

function write() {
  const file = join(docs, 'guarantees.md')
  writeFileSync(file, render(readFileSync(file, 'utf8'), readFileSync(join(docs, 'guarantees.json'), 'utf8')))
}

function n(figure: number | undefined): string {
  return figure!.toLocaleString('en')
}

if (import.meta.main) write()
