/** A title that is a program, on two pages: `node docs/tutorial/failures/script.ts`. Needs Chromium. */
import { execFile, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { newFolder, post, startTaskapp } from './start.ts'

const title = `<img src="" onerror="document.body.dataset.stolen = 'everything'">`

/** Draws tasks as most examples do. */
const careless = `<!doctype html><ul></ul><script>
  for (const task of ${JSON.stringify([title])}) {
    const li = document.createElement('li')
    li.innerHTML = task
    document.querySelector('ul').append(li)
  }
</script>`

const browser = findBrowser()
const folder = newFolder()

const server = createServer((_, res) => {
  res.setHeader('Content-Type', 'text/html')
  res.end(careless)
}).listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number }
  await tell('innerHTML', `http://127.0.0.1:${port}`)
  server.close()

  const taskapp = await startTaskapp(`${folder}/tasks.db`, { WEB_ROOT: 'web/dist' })
  await post(`${taskapp.url}/api`, title)
  await tell('taskapp', taskapp.url)
  await taskapp.end('SIGTERM')
})

/** Whether the title ran, by the document as the browser has it when the list is drawn. */
async function tell(name: string, url: string) {
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking']
  const args = [
    ...quiet,
    `--user-data-dir=${folder}/${name}`,
    '--virtual-time-budget=10000',
    '--dump-dom',
    url,
  ]
  let document: string
  do document = (await promisify(execFile)(browser, args)).stdout
  while (!/data-stolen|&lt;img/.test(document))
  console.log(
    `${name}: the title ${document.includes('data-stolen') ? 'ran as a program' : 'is shown as text'}`,
  )
}

function findBrowser(): string {
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
  const found = names.find((name) => spawnSync(name, ['--version']).status === 0)
  if (found === undefined) throw new Error(`Cannot find a browser: install one of ${names.join(', ')}`)
  return found
}
