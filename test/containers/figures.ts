/**
 * Prints the figures of docs/operations.md: `node test/containers/figures.ts`. Sizes are unpacked, without those of the base.
 * Times are medians of five: to rebuild an image after a change of one line, with everything else in the cache; and
 * from `docker compose up` with built images to both being healthy.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openProject } from './compose.ts'
import { baseImage, buildImages, inspect, remove, root, skip, uniqueName } from './engine.ts'

if (skip) throw new Error(skip)

const images = [
  ['app', 'gcr.io/distroless', 'src/main.ts'],
  ['backend', 'gcr.io/distroless', 'src/main.ts'],
  ['frontend', 'nginxinc/', 'web/src/main.ts'],
] as const

const name = uniqueName()
const checkout = mkdtempSync(join(tmpdir(), 'taskapp-checkout-'))
const project = await openProject(['compose.yaml'])
try {
  for (const file of execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n'))
    cpSync(join(root, file), join(checkout, file))
  for (const [image, base, file] of images) {
    const build = () => buildImages({ [image]: name }, { cwd: checkout })
    await build()
    const edit = async () => {
      appendFileSync(join(checkout, file), '// changed\n')
      return timed(build)
    }
    const seconds = await median(edit)
    const [whole, below] = [(await inspect(name)).Size, (await inspect(await baseImage(base))).Size]
    console.log(
      `${image}: ${((whole - below) / 1e3).toFixed(0)} kB of ours on ${(below / 1e6).toFixed(0)} MB of ${base}, built anew in ${seconds} s`,
    )
    await remove({ images: [name] })
  }
  await project.compose('build')
  const start = async () => {
    const seconds = await timed(() => project.compose('up', '--detach', '--wait'))
    await project.compose('down', '--volumes')
    return seconds
  }
  console.log(`start to healthy: ${await median(start)} s`)
} finally {
  await project.remove()
  await remove({ images: [name] })
  rmSync(checkout, { recursive: true })
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1_000
}

async function median(measure: () => Promise<number>): Promise<string> {
  const seconds: number[] = []
  for (let round = 0; round < 5; round++) seconds.push(await measure())
  return seconds.sort((a, b) => a - b)[2]!.toFixed(1)
}
