import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Violations that axe reports within an element, each with its nodes. */
export async function faults(page: Page, within = 'html'): Promise<string[]> {
  // Over the devices' protocol: the page itself lets no strange script in.
  const cdp = await page.context().newCDPSession(page)
  const found = await cdp.send('Runtime.evaluate', {
    expression: `${axe}; axe.run(${JSON.stringify(within)}, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' '))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  return JSON.parse(found.result.value)
}
