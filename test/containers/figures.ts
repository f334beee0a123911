/**
 * Prints the figures of the README: `node test/containers/figures.ts`. Sizes are unpacked, ours apart from the
 * base's; the time is from `docker compose up` with built images to both being healthy, the median of five.
 */
import { openProject } from './compose.ts'
import { argument, inspect, skip } from './engine.ts'

if (skip) throw new Error(skip)
const project = await openProject(['compose.yaml'])
try {
  await project.compose('build')
  for (const [part, base] of [
    ['backend', 'RUNTIME_IMAGE'],
    ['frontend', 'NGINX_IMAGE'],
  ] as const) {
    const name = argument(`Dockerfile.${part}`, base)
    const [whole, below] = [(await inspect(`${project.name}-${part}`)).Size, (await inspect(name)).Size]
    console.log(
      `${part}: ${((whole - below) / 1e3).toFixed(0)} kB of ours on ${(below / 1e6).toFixed(0)} MB of ${name}`,
    )
  }
  const seconds: number[] = []
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    await project.compose('up', '--detach', '--wait')
    seconds.push((performance.now() - start) / 1_000)
    await project.compose('down', '--volumes')
  }
  console.log(`start to healthy: ${seconds.sort((a, b) => a - b)[2]!.toFixed(1)} s`)
} finally {
  await project.remove()
}
