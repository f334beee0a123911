/** How often values fell below each of some bounds, and what they add up to. Observing one takes some 10 ns. */
export interface Histogram {
  observe(value: number): void
  readonly bounds: readonly number[]
  /** How many values there were up to each bound; the last count is that of all. */
  cumulative(): number[]
  sum(): number
}

export function openHistogram(bounds: readonly number[]): Histogram {
  const edges = Float64Array.from(bounds)
  // One count for each bound, one for what is beyond the last, and the sum.
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
