import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { dirname, join } from 'node:path'
import { root } from '../../helpers/app.ts'
import { serveStandIns } from './serve.ts'
import { newWorld, type World } from './world.ts'

/** A reader who follows a document in an empty folder, with no repository and not signed in. */
export interface Reader {
  readonly world: World
  git(folder: string, ...args: readonly string[]): string
  close(): void
}

/**
 * Makes `home` a reader's folder: with stand-ins for `az`, `gh` and `curl` in bin/, and this repository, as git would
 * commit it now, at github.com/SOURCE/taskapp.
 */
export async function newReader(home: string): Promise<Reader> {
  const world = newWorld()
  world.azure.signedIn = false
  world.github = { signedIn: false, repositories: {}, folder: home }
  for (const name of ['taskapp', 'taskapp-backend', 'taskapp-frontend'])
    world.packages.tags[`owner/${name}:main`] = `sha256:${digest}`
  mkdirSync(join(home, 'bin'))
  const standIns = await serveStandIns(
    join(home, 'bin'),
    () => world,
    () => page,
  )
  writeFileSync(
    join(home, '.gitconfig'),
    `[user]\nname = Owner\nemail = owner@example.org\n[safe]\ndirectory = *\n[url "${home}/"]\ninsteadOf = https://github.com/\n`,
  )
  const git = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, env: { ...process.env, HOME: home }, encoding: 'utf8', stdio: 'pipe' })

  const source = join(home, 'source')
  for (const file of git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0'))
    if (file !== '' && existsSync(join(root, file)))
      cpSync(join(root, file), join(source, file), { verbatimSymlinks: true })
  git(source, 'init', '--quiet', '--initial-branch', 'main')
  git(source, 'add', '--all')
  git(source, 'commit', '--quiet', '--message', 'All of it')
  git(home, 'clone', '--quiet', '--bare', 'source', 'SOURCE/taskapp.git')
  return { world, git, close: () => void standIns.close() }
}

const digest = 'b'.repeat(64)

/** The environment of the reader's shell, and no other settings. */
export function environmentOf(home: string): NodeJS.ProcessEnv {
  const path = [join(home, 'bin'), dirname(process.execPath), process.env['PATH']].join(':')
  return { HOME: home, PATH: path, TMPDIR: home, PAUSE: '0', LC_ALL: 'C.UTF-8' }
}

/** A command of a document, as typed by a reader named Owner. */
export function asTyped(command: string): string {
  return command
    .replace('OWNER=…', 'OWNER=Owner')
    .replaceAll(/ghcr\.io\/…\/(taskapp-\w+)@sha256:…/g, `ghcr.io/owner/$1@sha256:${digest}`)
}

/** The prompts, and the replies typed. */
export const prompt = { command: 'azure/remove.sh', asks: /^This deletes .*: /m, typed: 'taskapp' }

const answers: Readonly<Record<string, readonly [status: number, type: string, body: string]>> = {
  '/': [200, 'text/html', '<script type="module" src="main.js"></script>'],
  '/main.js': [200, 'text/javascript', ''],
  '/api/readyz': [200, 'application/json', '{"status":"ok"}\n'],
  '/api/tasks': [401, 'application/problem+json', '{}'],
  'with a token /api/tasks': [200, 'application/json', '[]\n'],
}

const page: RequestListener = (req, res) => {
  const token = req.headers.authorization?.startsWith('Bearer ') ? 'with a token ' : ''
  const [status, type, body] = answers[token + req.url!.split('?')[0]!] ?? [404, 'text/html', '']
  res.writeHead(status, { 'Content-Type': type }).end(body)
}
