import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import lighthouse from 'lighthouse'
import { wholeBrowser } from './browser.ts'

/** Rejects unless the page scores 100 in every category that does not depend on the machine. */
export async function assertLighthouse(url: string, t: TestContext) {
  const { scores, reasons } = await audit(url)
  const { performance, ...others } = scores
  // Of a telephone that is simulated from what this machine did meanwhile: told, not asserted.
  t.diagnostic(`performance ${performance}: ${reasons.join(', ')}`)
  assert.deepEqual(others, { accessibility: 100, 'best-practices': 100, seo: 100 }, reasons.join('\n'))
}

/** Emulates a phone on a slow network, in a separate browser. */
async function audit(url: string) {
  const profile = mkdtempSync(join(tmpdir(), 'taskapp-'))
  const browser = spawn(
    wholeBrowser!,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  try {
    const told = await new Promise<string>((resolve, reject) => {
      let text = ''
      browser.stderr.on('data', (chunk) => {
        text += chunk
        const [, port] = /listening on ws:\/\/[^:]+:(\d+)/.exec(text) ?? []
        if (port !== undefined) resolve(port)
      })
      browser.once('exit', () => reject(new Error(text)))
    })
    const onlyCategories = ['performance', 'accessibility', 'best-practices', 'seo']
    const result = await lighthouse(url, {
      port: Number(told),
      output: 'json',
      logLevel: 'error',
      // The event stream never ends.
      maxWaitForLoad: 10_000,
      onlyCategories,
    })
    const { categories, audits } = result!.lhr
    const all = Object.values(categories)
    return {
      scores: Object.fromEntries(all.map(({ id, score }) => [id, Math.round(100 * (score ?? 0))])),
      reasons: all
        .flatMap(({ auditRefs }) => auditRefs)
        .filter(({ id, weight }) => weight > 0 && (audits[id]!.score ?? 1) < 1)
        .map(({ id }) => `${id}: ${audits[id]!.displayValue ?? audits[id]!.title}`),
    }
  } finally {
    browser.kill()
    await once(browser, 'exit')
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
