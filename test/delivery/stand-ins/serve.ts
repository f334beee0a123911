import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import {
  createServer as createPageServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, createServer as createCommandServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { az } from './az.ts'
import { parseCommand } from './commands.ts'
import { gh } from './gh.ts'
import type { World } from './world.ts'

/**
 * Sends the folder, the number of arguments, the arguments, and standard input if an argument refers to it, each
 * terminated by a zero byte. In pure bash, since a run calls it dozens of times: with curl the scripts' tests took 2.5
 * times the CPU time.
 */
const script = (program: string, port: number) => `#!/bin/bash
input=
case " $* " in *' @- '* | *' --input - '*) IFS= read -r -d '' input ;; esac
exec 3<>/dev/tcp/127.0.0.1/${port}
printf '%s\\0' ${program} "$PWD" $# "$@" "$input" >&3
read -r status <&3
IFS= read -r -d '' answer <&3
[ "$status" = ok ] || exec 1>&2
printf %s "$answer"
[ "$status" = ok ]
`

/** The real curl, redirected to one server for ghcr.io and the public address; it tries twice. */
const curl = (url: string) => `#!/bin/bash
args=("\${@//https:\\/\\/taskapp-frontend.example/${url}/page}")
args=("\${args[@]//https:\\/\\/ghcr.io/${url}/ghcr.io}")
for at in "\${!args[@]}"; do [ "\${args[at]}" = --retry ] && args[at + 1]=1; done
exec /usr/bin/curl "\${args[@]}"
`

/**
 * Puts stand-ins for `az` and `gh` into a folder, for a PATH. They accept only commands and options in commands.json,
 * apply --query and --jq to responses of the documented shape, and read and change the world. `curl` gets `page` at the
 * public address, and tokens and digests of the world's packages from ghcr.io.
 */
export async function serveStandIns(
  folder: string,
  world: () => World,
  page: () => RequestListener,
): Promise<{ close(): void }> {
  const commands = createCommandServer((socket) => answerCommand(socket, world))
  const pages = createPageServer((req, res) => {
    const [, first, rest] = /^\/([^/]+)(.*)$/.exec(req.url!)!
    req.url = rest!
    if (first === 'page') return page()(req, res)
    registry(req, res, world().packages)
  })
  const [commandPort, pagePort] = await Promise.all([commands, pages].map(listen))
  const programs = {
    az: script('az', commandPort!),
    gh: script('gh', commandPort!),
    curl: curl(`http://127.0.0.1:${pagePort}`),
  }
  for (const [name, content] of Object.entries(programs)) {
    writeFileSync(join(folder, name), content)
    chmodSync(join(folder, name), 0o755)
  }
  return {
    close() {
      commands.close()
      pages.close()
    },
  }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** Responds with `ok` or `failed` on the first line, then the program's output. */
async function answerCommand(socket: Socket, world: () => World) {
  let request = ''
  for await (const chunk of socket.setEncoding('utf8')) {
    request += chunk
    const [program, cwd, count, ...words] = request.split('\0')
    // The input is last, and its zero byte leaves an empty part at the end.
    if (count === undefined || words.length < Number(count) + 2) continue
    const args = words.slice(0, Number(count))
    socket.end(command(program as 'az' | 'gh', args, words[Number(count)]!, cwd!, world()))
    return
  }
}

function command(
  program: 'az' | 'gh',
  args: readonly string[],
  input: string,
  cwd: string,
  world: World,
): string {
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
    // As az does on Windows.
    return `ok\n${program === 'az' && windows ? answer.replaceAll('\n', '\r\n') : answer}`
  } catch (error) {
    return `failed\n${program === 'az' ? 'ERROR: ' : ''}${(error as Error).message}\n`
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
