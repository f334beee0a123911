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
    promise: 'A write that was acknowledged survives SIGKILL at any point of its way, and is done once',
    tests: ['test/torture/kills.test.ts'],
    command: 'npm run torture -- kills 1000',
    figures: 'kills',
    tell: ({ kills, acknowledged, repeated, imported, writers, seed }) =>
      `${n(kills)} kills, ${n(acknowledged)} acknowledged writes of ${n(writers)} clients, ${n(repeated)} repeated after the restart, ${n(imported)} tasks imported; none lost, none double, nothing half done (seed ${seed})`,
  },
  {
    promise:
      'A repeating task that is completed has exactly one next, whatever is killed, sent again or sent several times at once, until it is opened again',
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
    promise: 'A write is answered after a sync that began after it came',
    tests: ['test/storage/durability.test.ts'],
  },
  {
    promise:
      'After a power failure every acknowledged task is there, whatever of the rest the disk has kept, and although syncs fail',
    tests: ['test/storage/power.test.ts'],
  },
  {
    promise:
      'A disk that is full, read-only or fails, a file that another program locks, deletes or replaces: 503 with `Retry-After`, reads go on, nothing acknowledged is lost, and it recovers by itself',
    tests: ['test/storage/durability.test.ts', 'test/storage/disk.test.ts'],
  },
  {
    promise:
      'What cannot be served is refused at the start with one sentence: damaged, cut, foreign, newer, with other tables, not writable; a port that is taken, before anything is made',
    tests: ['test/storage/open.test.ts', 'test/commands.test.ts'],
  },
  {
    promise:
      'A database and a journal of every version on main are opened, searched and exported, or refused with a sentence; no step of the schema changes',
    tests: ['test/storage/fixtures.test.ts', 'test/storage/migrations.test.ts'],
  },
  {
    promise:
      'The last copy of a journal’s tasks is kept where the share was emptied, exchanged or hangs; a write that hangs is answered within 15 s, and told whether it may have been done',
    tests: ['test/storage/journal/share.test.ts'],
  },
  {
    promise: 'A command that is interrupted leaves nothing half done',
    tests: ['test/progress.test.ts'],
  },
  {
    promise:
      'Of programs that start on one database at the same time all start, and a restore beside them takes nothing away',
    tests: ['test/storage/together.test.ts'],
  },
  {
    promise: 'An import is whole or absent',
    tests: ['test/torture/kills.test.ts', 'test/api/transfer.test.ts'],
  },
  {
    promise:
      'A backup is whole while the service writes, is checked before an older one goes, and a drill restores it',
    tests: ['test/storage/backups.test.ts', 'test/storage/journal/operation.test.ts'],
  },
  {
    promise:
      'A clock that jumps back an hour or ahead a year harms neither order, versions, keys, restores nor backups',
    tests: ['test/clock.test.ts'],
  },
  {
    promise:
      '10,000 idle and slow connections do not keep others from being served; where writes wait for the disk for more than 2 s, further ones are refused at once, and reads go on',
    tests: ['test/overload.test.ts'],
  },
  {
    promise:
      'A search finds every task by what people write for its words, the same on SQLite, on PostgreSQL, with a journal and on the page; what it costs does not grow with the texts, and meanwhile others are served and write',
    tests: [
      'test/storage/words.test.ts',
      'test/storage/sqlite.test.ts',
      'test/storage/postgres.test.ts',
      'test/storage/replicas.test.ts',
      'test/page/search.test.ts',
    ],
  },
  {
    promise: 'Memory is bounded: streams of events, their backlog, imports, exports',
    tests: ['test/api/events.test.ts', 'test/api/transfer-size.test.ts'],
  },
  {
    promise:
      'SIGTERM under load: every request is answered, also on connections that were not accepted yet, every acknowledged task kept, whether or not anybody reads the log',
    tests: ['test/lifecycle.test.ts'],
  },
  {
    promise:
      'No request, however wrong, gets a 5xx, harms the next one or is answered otherwise than a model of the tasks says',
    tests: ['test/fuzz/fuzz.test.ts', 'test/http/server.test.ts', 'test/api/json.test.ts'],
    command: 'npm run fuzz',
    figures: 'fuzz',
    tell: ({ requests, seconds, faults }) =>
      `${n(requests)} random requests in ${n(seconds)} s, ${n(faults)} faults`,
  },
  {
    promise:
      'With tokens, nobody without one sees or changes anything; tokens and sessions are in no log; a session that was forged, has expired or was taken away lets nobody in',
    tests: ['test/access/access.test.ts', 'test/api/openapi.test.ts', 'test/page/access.test.ts'],
  },
  {
    promise:
      'No other site’s page makes a browser change anything; no title, note or search runs in the page',
    tests: ['test/access/access.test.ts', 'test/page/features.test.ts'],
  },
  {
    promise:
      'What was done on the page is sent once, also when it was offline, a tab was closed or an answer was lost, and all clients end with the same list',
    tests: ['test/page/sync.test.ts', 'test/page/together.test.ts'],
  },
  {
    promise: 'Nobody hides a request in another one, straight or through nginx',
    tests: ['test/http/smuggling.test.ts', 'test/containers/wire.test.ts'],
  },
  {
    promise:
      'A client that is slow, sends nothing or reads nothing is cut off, and others are served meanwhile',
    tests: ['test/http/slow.test.ts'],
  },
  {
    promise: 'The backend is restarted behind nginx under load without a failed request',
    tests: ['test/containers/rolling.test.ts'],
    command: 'npm run torture -- rolling 20',
    figures: 'rolling',
    tell: ({ restarts, reads, writes, failed }) =>
      `${n(restarts)} restarts, ${n(reads)} reads, ${n(writes)} writes, ${n(failed)} failed`,
  },
  {
    promise:
      'Replicas that share a PostgreSQL: whichever of them, their connections or PostgreSQL breaks, nothing acknowledged is lost or doubled, and every tab shows the same',
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
      'With a journal: rollouts that overlap, kills and freezes lose nothing, and no two processes write',
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
