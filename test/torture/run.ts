/**
 * The long forms: `npm run torture -- kills [COUNT] [SEED]`. The figures go to docs/guarantees.json, from which
 * scripts/guarantees.ts makes the table of docs/guarantees.md.
 */
import { record } from '../../scripts/guarantees.ts'
import { torture } from './kills.ts'

const [what = 'kills', ...args] = process.argv.slice(2)
const say = (text: string) => process.stdout.write(`${text}\n`)

if (what === 'kills') {
  const [kills = 1_000, seed = Date.now() % 1_000_000] = args.map(Number)
  say(`seed ${seed}`)
  const figures = await torture({ kills, seed, entry: ['dist/main.js'] }, say)
  say(JSON.stringify(figures, undefined, 2))
  record('kills', figures)
} else {
  process.stderr.write('Usage: npm run torture -- kills [COUNT] [SEED]\n')
  process.exitCode = 2
}
