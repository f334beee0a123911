/**
 * `npm run fuzz [-- REQUESTS [SEED [add]]]`: sends ten million random requests to the built program and checks every
 * response, and the tasks, against a model. Writes docs/guarantees.json, or with `add` adds to its figures of other seeds.
 * A failure is shrunk and printed, and the exit code is 1.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { record } from '../../scripts/guarantees.ts'
import { root } from '../helpers/app.ts'
import { FoundFault, modelRound, nonsenseRound, showsFault, shrink } from './rounds.ts'
import { startService } from './service.ts'

/** Requests of a round, each with a new service: deleted tasks stay in its memory. */
const modelled = 100_000
const nonsense = 10_000
/** Concurrent rounds: one per CPU. */
const lanes = 2

const file = join(root, 'docs/guarantees.json')
const [requests = '10000000', seed = '1', add] = process.argv.slice(2)
const earlier = add
  ? JSON.parse(readFileSync(file, 'utf8')).fuzz
  : { requests: 0, seeds: [], faults: 0, seconds: 0 }
const began = performance.now()
let done = 0
let faults = 0
let round = 0

await Promise.all(
  Array.from({ length: lanes }, async () => {
    while (done < Number(requests) && faults === 0) await runRound(Number(seed) * 1_000 + round++)
  }),
)
process.exitCode = faults === 0 ? 0 : 1

async function runRound(number: number) {
  try {
    await using service = await startService()
    await modelRound(service.url, number, modelled)
    await nonsenseRound(service.url, number, nonsense)
    await service.stop()
    done += modelled + nonsense
  } catch (error) {
    faults++
    console.error(error)
    if (error instanceof FoundFault) await tellLeast(error)
  }
  const figures = {
    requests: earlier.requests + done,
    seeds: [...earlier.seeds, Number(seed)],
    faults: earlier.faults + faults,
    seconds: earlier.seconds + Math.round((performance.now() - began) / 1_000),
  }
  console.log(`round ${number}: ${JSON.stringify(figures)}`)
  record('fuzz', figures)
}

async function tellLeast({ sent }: FoundFault) {
  const least = await shrink(sent, async (requests) => {
    await using service = await startService()
    return showsFault(service.url, requests)
  })
  for (const { bytes } of least) console.error(JSON.stringify(bytes.toString('latin1')))
}
