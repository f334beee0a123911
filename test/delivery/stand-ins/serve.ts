import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { az } from './az.ts'
import { parseCommand } from './commands.ts'
import { gh } from './gh.ts'
import type { World } from './world.ts'

/**
 * Sends how many words there are, the folder and the words, each with a zero behind it, and what stands on standard input,
 * where a word says that it does.
 */
const script = (url: string) => `#!/bin/bash
answer=$(mktemp)
status=$({
  printf '%s\\0' $# "$PWD" "$@"
  case " $* " in *' @- '* | *' --input - '*) cat ;; esac
} | /usr/bin/curl --silent --output "$answer" --write-out '%{http_code}' --data-binary @- ${url})
if [ "$status" = 200 ]; then cat "$answer"; else cat "$answer" >&2; fi
rm "$answer"
[ "$status" = 200 ]
`

/** The real curl, led to one server in the place of ghcr.io and of the public address; it tries twice. */
const curl = (url: string) => `#!/bin/bash
args=("\${@//https:\\/\\/taskapp-frontend.example/${url}/page}")
args=("\${args[@]//https:\\/\\/ghcr.io/${url}/ghcr.io}")
for at in "\${!args[@]}"; do [ "\${args[at]}" = --retry ] && args[at + 1]=1; done
exec /usr/bin/curl "\${args[@]}"
`

/**
 * Puts stand-ins for `az` and `gh` into a folder, for a PATH. They take no command and no option that is not in
 * commands.json, apply --query and --jq to answers of the documented shape, and know and change the world. `curl` gets
 * what `page` answers at the public address, and tokens and digests of the world's packages from ghcr.io.
 */
export async function serveStandIns(
  folder: string,
  world: () => World,
  page: () => RequestListener,
): Promise<{ close(): void }> {
  const server = createServer(async (req, res) => {
    const [, first, rest] = /^\/([^/]+)(.*)$/.exec(req.url!)!
    if (first === 'az' || first === 'gh') return command(first, await text(req), world(), res)
    req.url = rest!
    if (first === 'page') return page()(req, res)
    registry(req, res, world().packages)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const programs = { az: script(`${url}/az`), gh: script(`${url}/gh`), curl: curl(url) }
  for (const [name, content] of Object.entries(programs)) {
    writeFileSync(join(folder, name), content)
    chmodSync(join(folder, name), 0o755)
  }
  return server
}

function command(program: 'az' | 'gh', request: string, world: World, res: ServerResponse) {
  const [count, cwd = '', ...words] = request.split('\0')
  const args = words.slice(0, Number(count))
  const input = words.slice(Number(count)).join('\0')
  const { calls, faults, windows } = world
  calls.push([program, ...args])
  try {
    const command = parseCommand(program, args)
    const fault = faults.find((one) => `${program} ${command.name}`.startsWith(one.command))
    if (fault) {
      if (!fault.always) faults.splice(faults.indexOf(fault), 1)
      throw new Error(fault.error)
    }
    const answer = program === 'az' ? az(command, world, input) : gh(command, world, input, cwd)
    // On Windows az ends its lines so.
    res.end(program === 'az' && windows ? answer.replaceAll('\n', '\r\n') : answer)
  } catch (error) {
    res.writeHead(400).end(`${program === 'az' ? 'ERROR: ' : ''}${(error as Error).message}\n`)
  }
}

/** ghcr.io, as https://distribution.github.io/distribution/spec/ describes tokens and manifests. */
function registry(req: IncomingMessage, res: ServerResponse, { public: open, tags }: World['packages']) {
  const denied = () => res.writeHead(403).end('{"errors":[{"code":"DENIED"}]}')
  const url = new URL(req.url!, 'http://ghcr.io')
  if (url.pathname === '/token') {
    const [, name] = /^repository:(.+):pull$/.exec(url.searchParams.get('scope')!)!
    if (!open && !req.headers.authorization?.startsWith('Basic ')) return denied()
    return res.end(JSON.stringify({ token: Buffer.from(name!).toString('base64') }))
  }
  const [, name, tag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url.pathname) ?? []
  if (req.headers.authorization !== `Bearer ${Buffer.from(name ?? '').toString('base64')}`) return denied()
  const digest = tags[`${name}:${tag}`]
  if (digest === undefined) return res.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
  return res.writeHead(200, { 'Docker-Content-Digest': digest }).end()
}
