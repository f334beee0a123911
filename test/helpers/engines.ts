/** The three browser engines behind a common interface: WebDriver's commands for a page. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { createInterface } from 'node:readline'
import puppeteer, { type KeyInput } from 'puppeteer-core'
import { chromium, chromiumArgs, executablePath } from './browser.ts'
import { freePort } from './postgres.ts'
import { patience, until } from './until.ts'

export interface Engine extends AsyncDisposable {
  goto(url: string): Promise<unknown>
  /** Clicks at a point of the window. */
  click(x: number, y: number): Promise<unknown>
  doubleClick(x: number, y: number): Promise<unknown>
  /** Types at the caret. */
  type(text: string): Promise<unknown>
  press(key: Key): Promise<unknown>
  /** Runs a function in the page, which sees only its arguments. */
  evaluate<Args extends unknown[], T>(run: (...args: Args) => T, ...args: Args): Promise<T>
}

/** Keys by name, with their WebDriver characters. */
const keys = { Enter: '\uE007', ArrowLeft: '\uE012' } as const
type Key = keyof typeof keys

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
    doubleClick: (x, y) => page.mouse.dblclick(x, y),
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
    // Or it drops what is clicked and typed before a new page has been painted a few times.
    extraPrefsFirefox: {
      'dom.input_events.security.minNumTicks': 0,
      'dom.input_events.security.minTimeElapsedInMS': 0,
    },
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(patience.waitMs)
  return {
    goto: (url) => page.goto(url),
    click: (x, y) => page.mouse.click(x, y),
    doubleClick: (x, y) => page.mouse.click(x, y, { count: 2 }),
    type: (text) => page.keyboard.type(text),
    press: (key) => page.keyboard.press(key as KeyInput),
    evaluate: (run, ...args) => page.evaluate(scriptOf(run, args)) as Promise<ReturnType<typeof run>>,
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

const scriptOf = (run: (...args: never[]) => unknown, args: unknown[]) =>
  `(${run})(...${JSON.stringify(args)})`

/** WebKit as GTK has it, on a screen that nobody sees, by the few commands of WebDriver that this takes. */
export async function startWebKit(): Promise<Engine> {
  const screen = spawn(
    'Xvfb',
    ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', `${size.width}x${size.height}x24`],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const [display] = await once(createInterface(screen.stdout), 'line')
  const port = await freePort()
  // As root, which a container may run this as, its sandbox does not start. With this locale its language is `C`, of which
  // Intl knows nothing.
  const env = {
    ...process.env,
    DISPLAY: `:${display}`,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    LC_ALL: 'C.UTF-8',
  }
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' })
  const send = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    })
    const { value } = (await answer.json()) as { value: unknown }
    if (!answer.ok) throw new Error(`${method} ${path} answered ${JSON.stringify(value)}`)
    return value
  }
  await until('WebKitWebDriver answers', () => send('GET', '/status'))
  const binary = globSync('/usr/lib/*/webkit2gtk-4.*/MiniBrowser')[0]
  const { sessionId } = (await send('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } },
  })) as { sessionId: string }
  const command = (name: string, body: object) => send('POST', `/session/${sessionId}/${name}`, body)
  await command('window/rect', { x: 0, y: 0, ...size })
  const type = (text: string) => {
    const actions = [...text].flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ])
    return command('actions', { actions: [{ type: 'key', id: 'keyboard', actions }] })
  }
  const clicks = (x: number, y: number, times: number) => {
    const click = [
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ]
    const actions = [{ type: 'pointerMove', x, y }, ...Array<typeof click>(times).fill(click).flat()]
    return command('actions', { actions: [{ type: 'pointer', id: 'mouse', actions }] })
  }
  return {
    goto: (url) => command('url', { url }),
    click: (x, y) => clicks(x, y, 1),
    doubleClick: (x, y) => clicks(x, y, 2),
    type,
    press: (key) => type(keys[key]),
    evaluate: (run, ...args) =>
      command('execute/sync', { script: `return ${scriptOf(run, args)}`, args: [] }) as Promise<
        ReturnType<typeof run>
      >,
    async [Symbol.asyncDispose]() {
      await send('DELETE', `/session/${sessionId}`)
      for (const child of [driver, screen]) {
        const ended = once(child, 'exit')
        child.kill()
        await ended
      }
    },
  }
}
