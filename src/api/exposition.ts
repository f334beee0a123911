import type { Histogram } from '../http/histogram.ts'

export type Labels = Readonly<Record<string, string | number>>
export type Sample = readonly [labels: Labels, value: number]

/** One metric in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function metric(
  kind: 'counter' | 'gauge',
  name: string,
  help: string,
  samples: readonly Sample[],
): string {
  return head(kind, name, help) + samples.map(([labels, value]) => line(name, labels, value)).join('')
}

export function histogramMetric(
  name: string,
  help: string,
  histograms: readonly (readonly [labels: Labels, histogram: Histogram])[],
): string {
  let text = head('histogram', name, help)
  for (const [labels, { bounds, cumulative, sum }] of histograms) {
    const counts = cumulative()
    for (const [index, count] of counts.entries())
      text += line(`${name}_bucket`, { ...labels, le: bounds[index] ?? '+Inf' }, count)
    text += line(`${name}_sum`, labels, sum()) + line(`${name}_count`, labels, counts.at(-1)!)
  }
  return text
}

/** `quantiles` of recent values; `count` and `sum` of all. */
export function summaryMetric(
  name: string,
  help: string,
  quantiles: readonly (readonly [quantile: number, value: number])[],
  { count, sum }: { count: number; sum: number },
): string {
  const lines = quantiles.map(([quantile, value]) => line(name, { quantile }, value))
  return (
    head('summary', name, help) +
    lines.join('') +
    line(`${name}_sum`, {}, sum) +
    line(`${name}_count`, {}, count)
  )
}

function head(kind: string, name: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(String(text))}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
