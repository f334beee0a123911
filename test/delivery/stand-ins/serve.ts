import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { az } from './az.ts'
import { parseCommand } from './commands.ts'
import { gh } from './gh.ts'
import type { World } from './world.ts'

/** The words, a line each in base 64, then an empty line and what stands on standard input, where a word says that it does. */
const script = (url: string) => `#!/bin/bash
answer=$(mktemp)
status=$({
  for word in "$@"; do printf %s "$word" | base64 | tr -d '\\n'; echo; done
  echo
  case " $* " in *' @- '* | *' --input - '*) cat ;; esac
} | /usr/bin/curl --silent --output "$answer" --write-out '%{http_code}' --data-binary @- ${url})
if [ "$status" = 200 ]; then cat "$answer"; else cat "$answer" >&2; fi
rm "$answer"
[ "$status" = 200 ]
`

/**
 * Puts stand-ins for `az` and `gh` into a folder, for a PATH. They take no command and no option that is not in
 * commands.json, apply --query and --jq to answers of the documented shape, and know and change the world.
 */
export async function serveStandIns(folder: string, world: () => World): Promise<{ close(): void }> {
  const server = createServer(async (req, res) => {
    const program = req.url!.slice(1) as 'az' | 'gh'
    const [head = '', input = ''] = splitOnce(await text(req), '\n\n')
    const args = head.split('\n').map((line) => Buffer.from(line, 'base64').toString())
    const { calls, faults, windows } = world()
    calls.push([program, ...args])
    try {
      const command = parseCommand(program, args)
      const fault = faults.find((one) => `${program} ${command.name}`.startsWith(one.command))
      if (fault) {
        if (!fault.always) faults.splice(faults.indexOf(fault), 1)
        throw new Error(fault.error)
      }
      const answer = program === 'az' ? az(command, world(), input) : gh(command, world(), input)
      // On Windows az ends its lines so.
      res.end(program === 'az' && windows ? answer.replaceAll('\n', '\r\n') : answer)
    } catch (error) {
      res.writeHead(400).end(`${program === 'az' ? 'ERROR: ' : ''}${(error as Error).message}\n`)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  for (const program of ['az', 'gh']) {
    const file = join(folder, program)
    writeFileSync(file, script(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${program}`))
    chmodSync(file, 0o755)
  }
  return server
}

function splitOnce(text: string, by: string): readonly string[] {
  const at = text.indexOf(by)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + by.length)]
}
