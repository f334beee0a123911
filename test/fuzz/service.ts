import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { root } from '../helpers/app.ts'

export interface Service extends AsyncDisposable {
  readonly url: string
  /** All its output: it logs only its own failures. */
  readonly said: () => string
  /** Stops it. Throws if it failed or printed anything. */
  stop(): Promise<void>
}

/** The built program with tasks in memory. */
export async function startService(): Promise<Service> {
  const port = await freePort()
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    DATABASE_URL: 'sqlite:///:memory:',
    LOG_LEVEL: 'error',
  }
  const child = spawn(process.execPath, ['dist/main.js', 'serve'], { cwd: root, env })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const exited = once(child, 'exit')
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`the program ended: ${said}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  }
  return {
    url: `http://127.0.0.1:${port}`,
    said: () => said,
    async stop() {
      await end()
      // On Windows the signal kills it at once, without an exit code.
      const code = process.platform === 'win32' ? 0 : child.exitCode
      if (code !== 0 || said !== '') throw new Error(`exit code ${code}: ${said}`)
    },
    [Symbol.asyncDispose]: end,
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect').then(
    () => {
      socket.destroy()
      return true
    },
    () => false,
  )
}
