/**
 * `node bench/cost.ts [ROUNDS]`: what the least server that does the same takes for an answer, for a start and of memory, as a
 * share of what ours takes; 1 is as little. For answers that is CPU: user and system time of all threads. Prints the
 * table, and writes cost.json and the chart of the README.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './chart.ts'
import { residentKb, type Server, startServer, startupMs, throughput } from './measure.ts'

export interface Cost {
  readonly what: string
  /** Undefined: in the table, not in the chart. */
  readonly goal?: number
  readonly share: Spread
  /** Responses per second, relative to the minimal server. */
  readonly perSecond?: Spread
  /** CPU microseconds per response of ours. */
  readonly us?: Spread
}

/** Of all rounds. */
export type Spread = readonly [least: number, median: number, most: number]

const here = import.meta.dirname
const rounds = Number(process.argv[2] ?? 7)
const costs: Cost[] = []
for (const [what, goal, least, tasks, path, script] of [
  ['GET /tasks, 100 tasks, CPU', 0.95, 'bare', 100, '/tasks', undefined],
  ['POST /tasks, synced, CPU', 0.8, 'limit', 1, '/tasks', 'create'],
  ['PATCH toggle, synced, CPU', 0.75, 'limit', 100, '/', 'toggle'],
  ['DELETE, synced, CPU', 0.75, 'limit', 1_000_000, '/', 'remove'],
] as const)
  costs.push({ what, goal, ...(await compare(least, tasks, path, script)) })
for (const connections of [1, 512, 5_000]) {
  const more = { what: `GET /tasks, 100 tasks, CPU, connections: ${connections}` }
  costs.push({ ...more, ...(await compare('bare', 100, '/tasks', undefined, connections)) })
}
costs.push({ what: 'first answer after spawn, time', goal: 0.87, share: await starts() })
costs.push({ what: 'memory after a write', goal: 0.83, share: await memory() })

for (const { what, goal, share, perSecond, us } of costs)
  console.log(
    `${what}: ${told(share)}${goal ? ` (goal ${goal})` : ''}${perSecond ? `, by throughput ${told(perSecond)}, ${told(us!)} µs` : ''}`,
  )
writeFileSync(join(here, 'cost.json'), `${JSON.stringify(costs, undefined, 2)}\n`)
for (const theme of ['light', 'dark'] as const)
  writeFileSync(
    join(here, `cost-${theme}.svg`),
    chart(
      costs.filter(({ goal }) => goal !== undefined),
      theme,
    ),
  )

async function starts(): Promise<Spread> {
  const shares: number[] = []
  for (let round = 0; round < rounds; round++) {
    const base = await startupMs('bare', { tasks: 100 })
    shares.push(base / (await startupMs('taskapp', { tasks: 100 })))
  }
  return spread(shares)
}

async function memory(): Promise<Spread> {
  const shares: number[] = []
  for (let round = 0; round < rounds; round++) {
    const servers = [
      await startServer('bare', { tasks: 100 }),
      await startServer('taskapp', { tasks: 100 }),
    ] as const
    for (const { url } of servers) {
      const headers = { 'Content-Type': 'application/json' }
      await fetch(`${url}/tasks`, { method: 'POST', headers, body: '{"title":"Tea"}' })
    }
    shares.push(residentKb(servers[0]) / residentKb(servers[1]))
    await Promise.all(servers.map((server) => server.stop()))
  }
  return spread(shares)
}

async function compare(
  least: string,
  tasks: number,
  path: string,
  script: string | undefined,
  connections = 64,
): Promise<Required<Pick<Cost, 'share' | 'perSecond' | 'us'>>> {
  const servers = [await startServer(least, { tasks }), await startServer('taskapp', { tasks })] as const
  const removed = new Map<Server, number>(servers.map((server) => [server, 0]))
  const run = (server: Server) => {
    const first = removed.get(server)!
    const before = cpuUs(server)
    const load = { path, script, seconds: 1, connections, env: { FIRST: String(first) } }
    const { perSecond, requests } = throughput(server, load)
    removed.set(server, first + requests + 64)
    return { perSecond, us: (cpuUs(server) - before) / requests }
  }
  const cpu: number[] = []
  const answers: number[] = []
  const us: number[] = []
  for (let round = -1; round < rounds; round++) {
    const [base, mine] = [run(servers[0]), run(servers[1])]
    // The first round is a warm-up.
    if (round < 0) continue
    cpu.push(base.us / mine.us)
    answers.push(mine.perSecond / base.perSecond)
    us.push(mine.us)
  }
  await Promise.all(servers.map((server) => server.stop()))
  return { share: spread(cpu), perSecond: spread(answers), us: spread(us) }
}

/** User and system time of all threads, in ticks of 10 ms. */
function cpuUs({ pid }: Server): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((n) => Number(n.toFixed(2))) as [
    number,
    number,
    number,
  ]
}

function told([least, median, most]: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}
