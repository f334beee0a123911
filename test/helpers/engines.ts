/** Browsers of different engines, behind what they have in common. */
import { existsSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import { chromium, chromiumArgs, executablePath } from './browser.ts'
import { patience } from './until.ts'

export interface Engine extends AsyncDisposable {
  goto(url: string): Promise<unknown>
  /** Clicks at a point of the window. */
  click(x: number, y: number): Promise<unknown>
  /** Types at the caret. */
  type(text: string): Promise<unknown>
  press(key: Key): Promise<unknown>
  /** Runs a function, which sees nothing but its arguments, in the page. */
  evaluate<Args extends unknown[], T>(run: (...args: Args) => T, ...args: Args): Promise<T>
}

type Key = 'Enter' | 'ArrowLeft'

const size = { width: 1280, height: 800 }

export async function startChromium(): Promise<Engine> {
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: chromiumArgs,
    timeout: patience.waitMs,
  })
  const page = await browser.newPage({ viewport: size })
  return {
    goto: (url) => page.goto(url),
    click: (x, y) => page.mouse.click(x, y),
    type: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key),
    evaluate: (run, ...args) => page.evaluate(scriptOf(run, args)) as Promise<ReturnType<typeof run>>,
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

export async function startFirefox(): Promise<Engine> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path))!,
    defaultViewport: size,
    timeout: patience.waitMs,
    protocolTimeout: patience.waitMs,
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(patience.waitMs)
  return {
    goto: (url) => page.goto(url),
    click: (x, y) => page.mouse.click(x, y),
    type: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key),
    evaluate: (run, ...args) => page.evaluate(scriptOf(run, args)) as Promise<ReturnType<typeof run>>,
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

const scriptOf = (run: (...args: never[]) => unknown, args: unknown[]) =>
  `(${run})(...${JSON.stringify(args)})`
