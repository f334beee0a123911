/**
 * The world outside a run's machine: the repository, the container registry, GitHub's API and Azure. They are stand-ins,
 * and refuse what the real ones refuse: a token without the permission, an image without attestation.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openRegistry } from '../../containers/registry.ts'
import { root } from '../../helpers/app.ts'
import { serveStandIns } from '../stand-ins/serve.ts'
import { type World as Cloud, newWorld as newCloud } from '../stand-ins/world.ts'
import { allows, type Permissions } from './workflows.ts'

export interface Attestation {
  readonly name: string
  readonly digest: string
  /** OWNER/REPO/.github/workflows/ci.yml */
  readonly workflow: string
  readonly ref: string
}

/** The state of gh.ts; a file, because each call is a process. */
export interface State {
  /** A token's permissions, while its job runs. */
  readonly tokens: Record<string, Permissions>
  readonly attestations: Attestation[]
  /** The notes of each release. */
  readonly releases: Record<string, string>
}

export interface World {
  readonly repository: string
  readonly origin: string
  /** In place of ghcr.io. */
  readonly registry: string
  readonly azure: Cloud['azure']
  readonly bin: string
  readonly stateFile: string
  readonly artifacts: string
  readonly folder: string
  state(): State
  change(change: (state: State) => void): void
  /** The image of each container app. */
  apps(): Record<string, string>
  /** Commits files over those of main and returns the commit. */
  commit(files: Readonly<Record<string, string>>): string
  git(...args: string[]): string
  stopRegistry(): Promise<void>
  close(): Promise<void>
}

/** The repository is this working tree, uncommitted changes included, as one commit on main. */
export async function openWorld({ files = checkout() } = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-player-'))
  const origin = join(folder, 'origin')
  mkdirSync(origin)
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-C', origin, '-c', 'user.name=player', '-c', 'user.email=player@example.org', ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    ).trim()
  git('init', '--quiet', '--initial-branch=main')
  // Runners fetch commits by id.
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  const commit = (changes: Readonly<Record<string, string>>) => {
    for (const [path, content] of Object.entries(changes)) {
      mkdirSync(dirname(join(origin, path)), { recursive: true })
      writeFileSync(join(origin, path), content)
    }
    git('add', '--all')
    git('commit', '--quiet', '--allow-empty', '--message', 'Change')
    return git('rev-parse', 'HEAD')
  }

  const stateFile = join(folder, 'state.json')
  const state = (): State => JSON.parse(readFileSync(stateFile, 'utf8'))
  const change = (changing: (state: State) => void) => {
    const now = state()
    changing(now)
    writeFileSync(stateFile, JSON.stringify(now))
  }
  const nothing: State = { tokens: {}, attestations: [], releases: {} }
  writeFileSync(stateFile, JSON.stringify(nothing))

  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const cloud = newCloud()
  Object.assign(cloud.azure, { signedIn: false, groups: { taskapp: provisioned() } })
  const standIns = await serveStandIns(
    bin,
    () => cloud,
    () => page,
  )
  // Instead of the real one: this one knows the permissions of a job's token.
  const gh = join(import.meta.dirname, 'gh.ts')
  writeFileSync(join(bin, 'gh'), `#!/bin/sh\nexec '${process.execPath}' '${gh}' "$@"\n`)
  for (const program of readdirSync(bin)) chmodSync(join(bin, program), 0o755)

  const registry = await openRegistry()
  let stopped: Promise<void> | undefined
  const stopRegistry = () => {
    stopped ??= registry.close()
    return stopped
  }
  const gate = await listen((req, res) => passOn(req, res, registry.host, state))
  files(origin)
  // The only change to the files: there is no ghcr.io here.
  const workflows = join(origin, '.github/workflows')
  for (const name of readdirSync(workflows)) {
    const text = readFileSync(join(workflows, name), 'utf8')
    writeFileSync(join(workflows, name), text.replaceAll('ghcr.io', gate.host))
  }
  commit({})
  return {
    repository: 'Owner/taskapp',
    origin,
    registry: gate.host,
    azure: cloud.azure,
    bin,
    stateFile,
    artifacts: join(folder, 'artifacts'),
    folder,
    state,
    change,
    apps: () =>
      Object.fromEntries(
        Object.values(cloud.azure.groups['taskapp']!.resources).map(({ name, properties }) => [
          name,
          properties.template.containers[0].image,
        ]),
      ),
    commit,
    git,
    stopRegistry,
    async close() {
      forgetImages(gate.host)
      gate.close()
      standIns.close()
      await stopRegistry()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The responses that azure/deploy.sh checks at the public address. */
const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
  '/': ['text/html', '<!doctype html>\n<script type="module" src="main.js"></script>'],
  '/main.js': ['text/javascript', 'start()'],
  '/api/readyz': ['application/json', '{"status":"ok"}'],
  '/api/tasks?limit=1': ['application/json', '[]'],
}

const page: RequestListener = (req, res) => {
  const [type, body] = pages[req.url!] ?? ['text/plain', 'not found']
  res.writeHead(pages[req.url!] ? 200 : 404, { 'Content-Type': type }).end(body)
}

/** What azure/provision.sh has made: two container apps. */
function provisioned(): Cloud['azure']['groups'][string] {
  const apps = ['backend', 'frontend'].map((part) => {
    const name = `taskapp-${part}`
    const image = `ghcr.io/owner/${name}@sha256:${'0'.repeat(64)}`
    const configuration = { secrets: [], ingress: { fqdn: `${name}.example` } }
    const template = { containers: [{ image, env: [] }] }
    const properties = { latestRevisionName: `${name}--0000001`, revisions: 1, configuration, template }
    return [name, { type: 'Microsoft.App/containerApps', name, properties }] as const
  })
  return { location: 'westeurope', tags: {}, resources: Object.fromEntries(apps) }
}

/** Removes images built for, or pulled from, the registry. Does nothing without an engine. */
function forgetImages(registry: string) {
  const docker = (...args: string[]) => spawnSync('docker', args, { encoding: 'utf8' }).stdout ?? ''
  const format = ['--digests', '--format', '{{.Repository}} {{.Tag}} {{.Digest}}']
  for (const line of docker('image', 'ls', ...format).split('\n')) {
    const [name, tag, digest] = line.split(' ')
    if (!name!.startsWith(`${registry}/`)) continue
    if (tag !== '<none>') docker('image', 'rm', `${name}:${tag}`)
    if (digest !== '<none>') docker('image', 'rm', `${name}@${digest}`)
  }
}

/** Copies what git would commit: tracked files, and new ones that are not ignored. */
function checkout(): (into: string) => void {
  return (into) => {
    const list = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    for (const path of execFileSync('git', list, { encoding: 'utf8' }).split('\0'))
      if (path !== '' && existsSync(join(root, path)))
        cpSync(join(root, path), join(into, path), { verbatimSymlinks: true })
  }
}

async function listen(answer: (req: IncomingMessage, res: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Requires a token as ghcr.io does for private packages: any to read, one with the permission to write. */
function passOn(req: IncomingMessage, res: ServerResponse, registry: string, state: () => State) {
  const [, credentials = ''] = (req.headers.authorization ?? '').split(' ')
  const token = Buffer.from(credentials, 'base64').toString().replace(/^.*?:/, '')
  const permissions = state().tokens[token]
  const refuse = (status: number, code: string, message: string) => {
    req.resume()
    res.writeHead(status, {
      'Content-Type': 'application/json',
      ...(status === 401 && { 'WWW-Authenticate': 'Basic realm="registry"' }),
    })
    res.end(JSON.stringify({ errors: [{ code, message }] }))
  }
  if (!permissions) return refuse(401, 'UNAUTHORIZED', 'unauthenticated')
  const level = req.method === 'GET' || req.method === 'HEAD' ? 'read' : 'write'
  if (!allows(permissions, 'packages', level))
    return refuse(403, 'DENIED', `permission_denied: ${level}_package`)
  const { authorization: _, ...headers } = req.headers
  const [hostname, port] = registry.split(':')
  const onward = request({ hostname, port, path: req.url, method: req.method, headers }, (answer) => {
    res.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(res)
  })
  onward.on('error', () => {
    if (res.headersSent) res.destroy()
    else refuse(502, 'UNAVAILABLE', 'the registry does not answer')
  })
  res.on('close', () => onward.destroy())
  req.pipe(onward)
}

/** Docker's configuration on a fresh machine: not signed in, but with this machine's plugins. */
export function dockerConfig(folder: string): string {
  mkdirSync(folder, { recursive: true })
  const plugins = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'cli-plugins')
  if (existsSync(plugins)) symlinkSync(plugins, join(folder, 'cli-plugins'))
  return folder
}
