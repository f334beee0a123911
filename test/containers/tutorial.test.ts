/** The chapters of docs/tutorial that need an engine, followed as test/delivery/tutorial.test.ts follows the others. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { chapters, follow } from '../delivery/stand-ins/follow.ts'
import { environmentOf, newReader } from '../delivery/stand-ins/reader.ts'
import { stepsOf } from '../helpers/documents.ts'
import { openShell, type Shell } from '../helpers/shell.ts'
import { openProject, type Project } from './compose.ts'
import { freePort, remove, skip, standIns, tryDocker, uniqueName } from './engine.ts'

describe('Somebody who follows the tutorial with Docker sees what it shows', { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), 'taskapp-tutorial-'))
  const name = uniqueName()
  let shell: Shell
  let ports: readonly [service: string, page: string]
  let project: Project
  before(async () => {
    const reader = await newReader(home)
    reader.close()
    // Here it is the real curl, with the given number of retries.
    rmSync(join(home, 'bin/curl'))
    ports = [String(await freePort()), String(await freePort())]
    project = await openProject(['compose.yaml'], { name })
    writeFileSync(join(home, 'bin/docker'), dockerFor(project), { mode: 0o755 })
    const docker = {
      DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'),
      COMPOSE_PROJECT_NAME: name,
      PORT: ports[1],
    }
    shell = openShell({ cwd: join(home, 'source'), env: { ...environmentOf(home), ...docker } })
  })
  after(async () => {
    await shell[Symbol.asyncDispose]()
    await project.remove()
    await remove({ containers: [name], images: [name] })
    await tryDocker(['volume', 'rm', '--force', `${name}-tasks`])
    rmSync(home, { recursive: true, force: true })
  })

  for (const chapter of chapters.filter(({ withDocker }) => withDocker))
    test(`in ${chapter.name}`, async () => {
      const text = chapter.text
        .replaceAll(/(localhost|127\.0\.0\.1):8000/g, `$1:${ports[0]}`)
        .replaceAll(/(localhost|127\.0\.0\.1):8080/g, `$1:${ports[1]}`)
        .replaceAll(/\btaskapp\b/g, name)
        .replaceAll('tutorial-tasks', `${name}-tasks`)
      await follow(shell, stepsOf(text))
    })
})

/** Docker with replacements for base images that cannot be pulled (engine.ts). */
function dockerFor({ over }: Project): string {
  const contexts = Array.from(standIns, ([base, tag]) => `--build-context ${base}=docker-image://${tag}`)
  return `#!/bin/bash
args=()
for arg; do
  args+=("$arg")
  [ "$arg" = build ] && args+=(${contexts.join(' ')})
  [ "$arg" = compose.yaml ] && args+=(${over ? `--file ${over}` : ''})
done
PATH=\${PATH#*:} exec docker "\${args[@]}"
`
}
