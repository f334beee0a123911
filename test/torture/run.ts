/**
 * The long forms: `npm run torture -- kills [COUNT] [SEED] [sqlite|journal|postgres]`, `npm run torture -- rolling [COUNT]` and
 * `npm run torture -- replicas`. The figures go to
 * docs/guarantees.json, from which scripts/guarantees.ts makes the table of docs/guarantees.md.
 */
import { record } from '../../scripts/guarantees.ts'
import type { StorageName } from './storages.ts'

const [what, ...args] = process.argv.slice(2)
const say = (text: string) => process.stdout.write(`${text}\n`)

if (what === 'kills') {
  const { torture } = await import('./kills.ts')
  const [kills = 1_000, seed = Date.now() % 1_000_000] = args.slice(0, 2).map(Number)
  const name = (args[2] ?? 'sqlite') as StorageName
  say(`seed ${seed}`)
  finish(
    await torture({ kills, seed, entry: ['dist/main.js'], name }, say),
    name === 'sqlite' ? 'kills' : `kills-${name}`,
  )
} else if (what === 'rolling') {
  const { roll } = await import('./rolling.ts')
  const [restarts = 20] = args.map(Number)
  finish(await roll(restarts, say))
} else if (what === 'replicas') {
  const { breakReplicas } = await import('./replicas.ts')
  const [two, four] = [await breakReplicas(2, say), await breakReplicas(4, say)]
  finish({
    two: two.acknowledged,
    four: four.acknowledged,
    asked: two.asked + four.asked,
    failed: two.failed + four.failed,
    repeated: two.repeated + four.repeated,
    tabsMs: Math.max(two.tabsMs, four.tabsMs),
  })
} else {
  process.stderr.write(
    'Usage: npm run torture -- kills [COUNT] [SEED] [sqlite|journal|postgres] | rolling [COUNT] | replicas\n',
  )
  process.exitCode = 2
}

function finish(figures: object, as = what!) {
  say(JSON.stringify(figures, undefined, 2))
  record(as, figures)
}
