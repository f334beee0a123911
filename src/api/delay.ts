import type { monitorEventLoopDelay as monitor } from 'node:perf_hooks'
import { limits } from '../limits.ts'

/** Event loop delay, in seconds. */
export interface Delay {
  /** Since the last scrape. */
  readonly quantiles: readonly (readonly [quantile: number, seconds: number])[]
  /** Since the start. */
  readonly count: number
  readonly sum: number
}

/** Measures from the first scrape until none has come for some minutes: measuring wakes the process up all the time. */
export function watchDelay(): () => Promise<Delay> {
  let histogram: ReturnType<typeof monitor> | undefined
  let rest: NodeJS.Timeout | undefined
  let count = 0
  let sum = 0

  return async () => {
    if (histogram === undefined) {
      const { monitorEventLoopDelay } = await import('node:perf_hooks')
      histogram ??= monitorEventLoopDelay({ resolution: limits.delayEveryMs })
    }
    histogram.enable()
    rest ??= setTimeout(() => histogram!.disable(), limits.delayWatchMs).unref()
    rest.refresh()
    const late = (ns: number) => Math.max(0, ns / 1e9 - limits.delayEveryMs / 1_000)
    const seen = histogram
    const quantiles =
      seen.count === 0
        ? []
        : [0.5, 0.99, 1].map((quantile) => [quantile, late(seen.percentile(quantile * 100))] as const)
    count += seen.count
    if (seen.count > 0) sum += seen.count * late(seen.mean)
    seen.reset()
    return { quantiles, count, sum }
  }
}
