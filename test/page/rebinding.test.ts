import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { chromiumArgs, executablePath, needsChromium } from '../helpers/browser.ts'
import { client, create } from '../helpers/client.ts'

/** Tries all that a page of the service itself could do. Runs in the browser. */
const attack = `Promise.all([
  fetch('/api/tasks').then(async (answer) => answer.status + ' ' + await answer.text()),
  fetch('/api/export').then(async (answer) => answer.status + ' ' + await answer.text()),
  fetch('/api/tasks', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"title":"planted"}' })
    .then((answer) => String(answer.status)),
  fetch('/api/tasks', { headers: { 'X-Forwarded-Host': 'localhost', 'Forwarded': 'host=localhost' } })
    .then((answer) => String(answer.status)),
])`

describe('A page that gave its own name the address of this machine', { skip: needsChromium() }, () => {
  let app: RunningApp
  let browser: Browser

  before(async () => {
    app = await startApp({ env: { WEB_ROOT: 'web/dist' } })
    await create(client(`${app.url}/api`), 'Secret')
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [
        ...chromiumArgs,
        '--host-resolver-rules=MAP evil.example 127.0.0.1',
        // Newer ones ask their user first; others do not.
        '--disable-features=LocalNetworkAccessChecks',
      ],
    })
  })
  after(async () => {
    await browser?.close()
    await app?.[Symbol.asyncDispose]()
  })

  /** The page comes from the attacker; from then on its name leads here. */
  async function attacked(host: string): Promise<string[]> {
    const page = await browser.newPage()
    const origin = `http://${host}:${new URL(app.url).port}`
    await page.route(`${origin}/lure`, (route) => route.fulfill({ contentType: 'text/html', body: 'lure' }))
    await page.goto(`${origin}/lure`)
    const answers = await page.evaluate<string[]>(attack)
    await page.close()
    return answers
  }

  test('reads and changes nothing', async () => {
    const answers = await attacked('evil.example')
    for (const answer of answers) assert.match(answer, /^421/)
    assert.doesNotMatch(answers.join(), /Secret/)
    assert.doesNotMatch((await client(`${app.url}/api`)('GET', '/tasks')).text, /planted/)
  })

  test('could do all of that under a name of this machine', async () => {
    const answers = await attacked('localhost')
    assert.match(answers[0]!, /^200 .*Secret/)
    assert.deepEqual([answers[2], answers[3]], ['201', '200'])
  })
})
