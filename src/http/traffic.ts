import { type Histogram, openHistogram } from './histogram.ts'
import type { Call } from './message.ts'

/** Counts answers by route, method and status: labels that clients cannot multiply. */
export interface Traffic {
  answered(call: Pick<Call, 'route' | 'method'>, status: number, ms: number): void
  /** Counts malformed requests by the status they got. */
  refused(status: number): void
  series(): readonly Series[]
  refusals(): ReadonlyMap<number, number>
}

export interface Series {
  readonly route: string
  readonly method: string
  readonly statuses: ReadonlyMap<number, number>
  /** In seconds. */
  readonly latency: Histogram
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'])
const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const other = 'other'

export function countTraffic(): Traffic {
  const routes = new Map<string, Map<string, Counted>>()
  const refusals = new Map<number, number>()

  return {
    answered({ route = other, method }, status, ms) {
      const counted = routes.get(route)?.get(method) ?? open(route, method)
      counted.byStatus[status]!++
      counted.latency.observe(ms / 1_000)
    },
    refused(status) {
      refusals.set(status, (refusals.get(status) ?? 0) + 1)
    },
    series: () => [...routes.values()].flatMap((byMethod) => [...new Set(byMethod.values())]),
    refusals: () => refusals,
  }

  function open(route: string, method: string): Counted {
    const byMethod = routes.get(route) ?? new Map<string, Counted>()
    routes.set(route, byMethod)
    const name = methods.has(method) ? method : other
    const counted = byMethod.get(name) ?? new Counted(route, name)
    byMethod.set(name, counted)
    byMethod.set(method, counted)
    return counted
  }
}

class Counted implements Series {
  readonly route: string
  readonly method: string
  readonly byStatus = new Float64Array(600)
  readonly latency = openHistogram(latencyBounds)

  constructor(route: string, method: string) {
    this.route = route
    this.method = method
  }

  get statuses() {
    const seen = new Map<number, number>()
    for (const [status, count] of this.byStatus.entries()) if (count > 0) seen.set(status, count)
    return seen
  }
}
