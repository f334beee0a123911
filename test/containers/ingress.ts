/**
 * A server as strict as the internal ingress of Azure Container Apps, for ingress.test.ts, which runs it in a
 * container: https only, cuts connections whose SNI is missing or foreign, routes by Host (404), refuses
 * HTTP/1.0 (426), and holds the first request as long as a cold start takes.
 */
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'

const { DOMAIN = '', APP = '', UPSTREAM = '', HOLD_SECONDS = '0' } = process.env
let held = false

const server = createServer(
  { key: readFileSync('/certificates/server.key'), cert: readFileSync('/certificates/chain.pem') },
  (req, res) => void answer(req, res),
)
server.on('secureConnection', (socket: TLSSocket & { servername?: string | false }) => {
  if (!String(socket.servername).endsWith(`.${DOMAIN}`)) socket.destroy()
})
server.listen(443)
process.on('SIGTERM', () => process.exit())

async function answer(req: IncomingMessage, res: ServerResponse) {
  if (req.httpVersion !== '1.1') return end(res, 426, 'Upgrade Required')
  if (req.headers.host !== APP) return end(res, 404, '<html>This Container App does not exist.</html>')
  if (!held && HOLD_SECONDS !== '0') {
    held = true
    await new Promise((resolve) => setTimeout(resolve, Number(HOLD_SECONDS) * 1_000))
    res.setHeader('X-Held-Seconds', HOLD_SECONDS)
  }
  if (req.url === '/stream') return stream(res)
  const status = req.headers['x-status']
  if (status) return end(res, Number(status), `the ingress says ${status}`)
  if (req.url === '/echo' || req.headers['x-echo']) return echo(req, res)
  forward(req, res)
}

function end(res: ServerResponse, status: number, text: string) {
  res.writeHead(status, { 'Content-Type': 'text/plain' }).end(text)
}

/** One event, then silence until the client leaves. */
function stream(res: ServerResponse) {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n')
}

/** The requests received, for the test. */
function echo({ url, headers, socket }: IncomingMessage, res: ServerResponse) {
  const seen = {
    url,
    headers,
    port: socket.remotePort,
    servername: (socket as TLSSocket & { servername?: string }).servername,
  }
  res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(seen))
}

function forward(req: IncomingMessage, res: ServerResponse) {
  const upstream = request(
    `${UPSTREAM}${req.url}`,
    { method: req.method!, headers: req.headers },
    (answer) => {
      res.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(res)
    },
  )
  upstream.on('error', () => end(res, 503, 'upstream connect error'))
  req.pipe(upstream)
}
