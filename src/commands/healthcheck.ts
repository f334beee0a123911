import { get } from 'node:http'
import { readConfig } from '../config.ts'

const timeoutMs = 2_000

// An image without a shell has no curl.
export const usage = `healthcheck
  Asks the service on this machine whether it is alive.`
export const operands = 0

export function run(): Promise<number> {
  const { host, port } = readConfig(process.env)
  const everywhere = host === '0.0.0.0' || host === '::'
  const options = { host: everywhere ? '127.0.0.1' : host, port, path: '/healthz', timeout: timeoutMs }
  return new Promise((resolve) => {
    const fail = (reason: string) => {
      process.stderr.write(`taskapp: not healthy: ${reason}\n`)
      resolve(1)
    }
    const request = get(options, (response) => {
      response.resume()
      if (response.statusCode === 200) resolve(0)
      else fail(`/healthz answered ${response.statusCode}`)
    })
    request.on('error', (error) => fail(error.message))
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)))
  })
}
