/** A thread that runs schedules: in a test's own thread node:test follows each promise, and that takes 15 times as long. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Outcome, simulate } from './simulation.ts'

export interface Sum extends Outcome {
  /** Of the first schedule with a fault. */
  readonly seed: number
}

const { module, from, to } = workerData
const { openJournal } = await import(module)
let sum: Sum = { fault: undefined, acknowledged: 0, writers: 0, seed: from }
for (let seed = from; seed < to && sum.fault === undefined; seed++) {
  const { fault, acknowledged, writers } = await simulate(seed, openJournal)
  sum = { fault, acknowledged: sum.acknowledged + acknowledged, writers: sum.writers + writers, seed }
}
parentPort!.postMessage(sum)
