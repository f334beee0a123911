import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openProject, type Project } from './compose.ts'
import { buildImages, remove, root, uniqueName } from './engine.ts'

export const files = ['compose.yaml', 'compose.postgres.yaml', 'compose.prod.yaml']
export const password = 'only-for-this-test'

export interface Replicas extends Project {
  readonly backends: readonly string[]
  readonly database: string
}

/** Backends that share a PostgreSQL behind nginx, in production: a folder as on a server, not yet started. */
export async function openReplicas(count: number): Promise<Replicas> {
  const name = uniqueName()
  const images = { BACKEND_IMAGE: `${name}-backend`, FRONTEND_IMAGE: `${name}-frontend` }
  await buildImages({ postgres: images.BACKEND_IMAGE, frontend: images.FRONTEND_IMAGE })
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-postgres-'))
  for (const file of files) copyFileSync(join(root, file), join(folder, file))
  const settings = { POSTGRES_PASSWORD: password, ...images }
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(join(folder, '.env'), lines.join(''))
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 })
  const url = `postgres://postgres:${password}@database/tasks?sslmode=disable\n`
  writeFileSync(join(folder, 'secrets/database-url'), url, { mode: 0o644 })
  const project = await openProject(files, { cwd: folder })
  return {
    ...project,
    backends: Array.from({ length: count }, (_, index) => `${project.name}-backend-${index + 1}`),
    database: `${project.name}-database-1`,
    async remove() {
      await project.remove()
      await remove({ images: Object.values(images) })
      rmSync(folder, { recursive: true })
    },
  }
}
