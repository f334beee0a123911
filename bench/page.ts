/**
 * Looks ROUNDS times at the page with ten thousand tasks in Chromium, which draws on the processor, and prints
 * `drawnMs`, from the end of the first answer with tasks until they are painted, of 100 frames those that came late by more
 * than half of one, while somebody scrolls, types a title and searches, and the milliseconds that the slowest key of each takes, from
 * the event to the new layout, as `viewMs` does of the slowest change of view.
 */
import { startApp } from '../test/helpers/app.ts'
import { chromium, chromiumArgs, executablePath, type Page } from '../test/helpers/browser.ts'

declare global {
  var drawnAt: number | undefined
  var frameTimes: number[]
  var keyTimes: number[]
}

await measure(Number(process.argv[2] ?? 1))

async function measure(rounds: number) {
  await using app = await startApp({ env: { WEB_ROOT: 'web/dist' } })
  // A quarter has a day, from last week to next year; of another quarter some are done.
  const tasks = Array.from({ length: 10_000 }, (_, n) => ({
    title: `Task number ${n} of many`,
    ...(n % 4 === 1 && { due: new Date(Date.now() + ((n % 372) - 7) * 864e5).toISOString().slice(0, 10) }),
    ...(n % 20 === 2 && { done: true }),
  }))
  const body = JSON.stringify(tasks)
  await fetch(`${app.url}/api/import`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  })
  const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs })
  const figures: object[] = []
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const page = await context.newPage()
    await page.addInitScript(() => {
      const look = () =>
        requestAnimationFrame(() => {
          if (!document.querySelector('.item')) look()
          // After the frame that paints it.
          else
            setTimeout(() => {
              globalThis.drawnAt = performance.now()
            })
        })
      look()
      globalThis.keyTimes = []
      let pressed = 0
      addEventListener(
        'keydown',
        () => {
          pressed = performance.now()
        },
        true,
      )
      // After all rendering in microtasks.
      addEventListener('input', () =>
        queueMicrotask(() =>
          queueMicrotask(() => {
            document.body.getBoundingClientRect()
            globalThis.keyTimes.push(performance.now() - pressed)
          }),
        ),
      )
    })
    await page.goto(app.url)
    await page.getByText('9500 tasks left').waitFor()
    const drawnMs = await page.evaluate(() => {
      const [first] = performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.includes('/api/tasks'))
      return globalThis.drawnAt! - (first as PerformanceResourceTiming).responseEnd
    })
    await page.mouse.move(640, 500)
    const scrolling = await lateFrames(page, async () => {
      for (let n = 0; n < 100; n++) await page.mouse.wheel(0, n < 60 ? 150 : -120)
    })
    await page.getByLabel('New task').focus()
    const typing = await lateFrames(page, () =>
      page.keyboard.type('A title that somebody types into the field', { delay: 40 }),
    )
    const typingKeyMs = await slowestKey(page)
    await page.getByRole('searchbox').focus()
    const searching = await lateFrames(page, () => page.keyboard.type('number 99 of', { delay: 120 }))
    const searchingKeyMs = await slowestKey(page)
    await page.getByRole('searchbox').fill('')
    const viewMs = Math.max(...(await timesOfViews(page)))
    figures.push({ drawnMs, scrolling, typing, searching, typingKeyMs, searchingKeyMs, viewMs })
    await context.close()
  }
  await browser.close()
  console.log(JSON.stringify(figures))
}

/** Each view twice. */
function timesOfViews(page: Page): Promise<number[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>('[data-view]'),
      ...document.querySelectorAll<HTMLElement>('[data-view]'),
    ].map((link) => {
      const from = performance.now()
      link.click()
      document.body.getBoundingClientRect()
      return performance.now() - from
    }),
  )
}

function slowestKey(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(...globalThis.keyTimes.splice(0)))
}

async function lateFrames(page: Page, run: () => Promise<unknown>): Promise<number> {
  await page.evaluate(() => {
    const times: number[] = []
    globalThis.frameTimes = times
    const frame = (time: number) => {
      times.push(time)
      if (globalThis.frameTimes === times) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
  await run()
  return page.evaluate(() => {
    const times = globalThis.frameTimes
    globalThis.frameTimes = []
    const late = times.filter((time, index) => index > 0 && time - times[index - 1]! > 25)
    return (100 * late.length) / times.length
  })
}
