/** The chart of what taskapp costs, as an SVG. */
import type { Cost } from './cost.ts'

const themes = {
  light: { text: '#1f2328', quiet: '#59636e', bar: '#2f6fd0', line: '#d1d9e0' },
  dark: { text: '#f0f6fc', quiet: '#9198a1', bar: '#6ea8fe', line: '#3d444d' },
}
const [left, width, top, row] = [250, 400, 40, 34]

export function chart(costs: readonly Cost[], theme: keyof typeof themes): string {
  const { text, quiet, bar, line } = themes[theme]
  const most = Math.max(1, ...costs.map(({ share }) => share[2]))
  const x = (share: number) => (left + (share / most) * width).toFixed(1)
  const bottom = top + costs.length * row
  const rows = costs.map(({ what, share: [least, median, best] }, index) => {
    const y = top + index * row
    return `  <text x="${left - 12}" y="${y + 18}" text-anchor="end" fill="${text}">${what}</text>
  <rect x="${left}" y="${y + 5}" width="${(Number(x(median)) - left).toFixed(1)}" height="18" rx="3" fill="${bar}"/>
  <path d="M${x(least)} ${y + 14}H${x(best)}" stroke="${quiet}" stroke-width="2"/>
  <text x="${left + width + 12}" y="${y + 18}" fill="${text}">${median.toFixed(2)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 60} ${bottom + 12}" font-family="system-ui, sans-serif" font-size="14">
  <title>What the least server takes, as a share of what taskapp takes</title>
  <text x="${x(1)}" y="20" text-anchor="middle" fill="${quiet}">the least server: 1</text>
${rows.join('\n')}
  <path d="M${x(1)} 28V${bottom}" stroke="${line}" stroke-width="2" stroke-dasharray="4 4"/>
</svg>
`
}
