/**
 * The effect of each action, as far as possible here. actions.json has their inputs, outputs and permissions, from
 * their action.yml and README: of that version, or of the last earlier one that was available.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { standIns } from '../../containers/engine.ts'
import type { Event } from './player.ts'
import { allows, type Permissions } from './workflows.ts'
import type { World } from './world.ts'

export interface StepRun {
  readonly world: World
  readonly event: Event
  readonly permissions: Permissions
  readonly workspace: string
  readonly env: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, string>>
  say(line: string): void
}

export interface Action {
  readonly name: string
  readonly version: string
  readonly commit: string
  readonly inputs: readonly string[]
  readonly required?: readonly string[]
  readonly outputs: readonly string[]
  /** The token's permissions that its documentation requires. */
  readonly permissions?: Permissions
}

export const actions: Readonly<Record<string, Omit<Action, 'name'>>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'actions.json'), 'utf8'),
)

/**
 * The action of a `uses`, whose version is in the comment after it. Throws if actions.json lacks it or has another major
 * version: within one, an action keeps its inputs and outputs.
 */
export function actionOf(uses: string, version = ''): Action {
  const [name, commit] = uses.split('@') as [string, string?]
  const action = actions[name]
  if (!action) throw new Error(`${name} is not in test/delivery/player/actions.json`)
  const major = (text: string) => /^v?(\d+)\./.exec(text)?.[1]
  if (action.commit !== commit && major(action.version) !== major(version))
    throw new Error(
      `actions.json has ${name} ${action.version}, not ${version || commit}: read its action.yml again`,
    )
  return { name, ...action }
}

type Outputs = Record<string, string>
type StandIn = (run: StepRun) => Promise<Outputs> | Outputs

/** Resolves with the outputs. An action without an entry here is not played. */
export async function act(name: string, run: StepRun): Promise<Outputs> {
  const standIn = standInOf[name]
  if (!standIn) throw new Error(`${name} has no stand-in`)
  return await standIn(run)
}

const standInOf: Readonly<Record<string, StandIn>> = {
  async 'actions/checkout'({ workspace, event, world, inputs }) {
    const git = (...args: string[]) => command('git', ['-C', workspace, ...args])
    await git('init', '--quiet')
    await git('remote', 'add', 'origin', `file://${world.origin}`)
    const all = inputs['fetch-depth'] === '0'
    await git(
      'fetch',
      '--quiet',
      ...(all ? ['--tags'] : ['--depth=1', '--no-tags']),
      'origin',
      ...(all ? [] : [event.sha]),
    )
    await git('-c', 'advice.detachedHead=false', 'checkout', '--quiet', event.sha)
    return { commit: event.sha, ref: event.ref }
  },

  'actions/setup-node'({ workspace, inputs }) {
    if (inputs['cache'] && inputs['cache'] !== 'npm') throw new Error(`no cache for ${inputs['cache']}`)
    if (inputs['cache'] && !existsSync(join(workspace, 'package-lock.json')))
      throw new Error('Dependencies lock file is not found: is there a checkout before?')
    return { 'node-version': `v${inputs['node-version']}`, 'cache-hit': 'false' }
  },

  'actions/upload-artifact'({ workspace, inputs, world }) {
    const source = join(workspace, inputs['path']!)
    if (!existsSync(source)) {
      if (inputs['if-no-files-found'] === 'error') throw new Error(`No files were found: ${inputs['path']}`)
      return {}
    }
    const target = join(world.artifacts, inputs['name'] ?? 'artifact')
    if (existsSync(target)) throw new Error(`an artifact with this name already exists: ${inputs['name']}`)
    mkdirSync(target, { recursive: true })
    cpSync(source, target, { recursive: true })
    return { 'artifact-id': '1' }
  },

  async 'docker/setup-buildx-action'({ env }) {
    await command('docker', ['buildx', 'version'], env)
    return { name: 'builder', driver: 'docker-container', platforms: 'linux/amd64,linux/arm64', nodes: '[]' }
  },

  /**
   * By the engine's own builder, for its own platform, and without GitHub's cache, provenance and SBOM: the builder for
   * these is itself an image, which may be unavailable. The definition is resolved with all of it.
   */
  async 'docker/bake-action'({ workspace, env, inputs, say }) {
    if (inputs['source'] !== '.')
      throw new Error('without `source: .` the action builds a clone, not the checkout')
    const lines = (name: string) => (inputs[name] ?? '').split('\n').filter((line) => line !== '')
    const vars = Object.fromEntries(lines('vars').map((line) => line.split(/=(.*)/s)))
    const set = lines('set')
    if (inputs['provenance']) set.push(`*.attest=type=provenance,${inputs['provenance']}`)
    if (inputs['push'] === 'true') set.push('*.output=type=registry')
    const bake = async (settings: readonly string[], variables: object, ...args: string[]) =>
      await command(
        'docker',
        ['buildx', 'bake', ...args, ...settings.flatMap((value) => ['--set', value]), ...lines('targets')],
        { ...env, ...variables },
        workspace,
      )
    interface Target {
      readonly tags: readonly string[]
      readonly output?: readonly {
        readonly type: string
        readonly push?: string
        readonly 'push-by-digest'?: string
      }[]
    }
    const { target } = JSON.parse(await bake(set, vars, '--print')) as { target: Record<string, Target> }
    say(`builds ${Object.entries(target).map(([name, { tags }]) => `${name} as ${tags}`)}`)

    const pushed = Object.values(target).some(({ output }) =>
      output?.some(({ push }) => String(push) === 'true'),
    )
    if (!pushed && inputs['load'] !== 'true') throw new Error('the images are neither loaded nor pushed')
    const mark = `player-${process.hrtime.bigint()}`
    const tags = Object.fromEntries(
      Object.entries(target).map(([name, one]) => [
        name,
        pushed ? `${one.tags[0]}:${mark}-${name}` : one.tags[0]!,
      ]),
    )
    const own = ['*.platform=', '*.output=type=docker', '*.cache-from=', '*.cache-to=']
    for (const [name, tag] of Object.entries(tags)) own.push(`${name}.tags=${tag}`)
    for (const [base, standIn] of standIns) own.push(`*.contexts.${base}=docker-image://${standIn}`)
    await bake(own, { ...vars, CACHE: '' }, '--progress', 'plain')
    const metadata: Record<string, object> = {}
    for (const [name, tag] of Object.entries(tags)) {
      if (!pushed) metadata[name] = { 'image.name': tag }
      else {
        try {
          const digest = /digest: (sha256:[0-9a-f]{64})/.exec(
            await command('docker', ['push', tag], env),
          )![1]!
          metadata[name] = { 'containerimage.digest': digest, 'image.name': target[name]!.tags[0]! }
        } finally {
          await command('docker', ['image', 'rm', tag], env)
        }
      }
    }
    return { metadata: JSON.stringify(metadata) }
  },

  async 'actions/attest'({ inputs, env, world, event, permissions }) {
    const { 'subject-name': name = '', 'subject-digest': digest = '' } = inputs
    if (/:[^/]*$/.test(name.replace(/^[^/]*/, ''))) throw new Error(`subject-name has a tag: ${name}`)
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`subject-digest is no digest: ${digest}`)
    if (inputs['push-to-registry'] === 'true') {
      const [host, ...repository] = name.split('/')
      const { auths = {} } = JSON.parse(readFileSync(join(env['DOCKER_CONFIG']!, 'config.json'), 'utf8'))
      if (!auths[host!]) throw new Error(`No credentials for ${host}: sign in to it before`)
      if (!allows(permissions, 'packages', 'write')) throw new Error('needs the permission packages: write')
      const { status } = await fetch(`http://${host}/v2/${repository.join('/')}/manifests/${digest}`, {
        method: 'HEAD',
        headers: {
          Authorization: `Basic ${auths[host!].auth}`,
          Accept: [
            ...['application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json'],
            ...['application/vnd.docker.distribution.manifest.list.v2+json'],
            ...['application/vnd.docker.distribution.manifest.v2+json'],
          ].join(),
        },
      })
      if (status !== 200) throw new Error(`${name}@${digest} is not in the registry: ${status}`)
    }
    world.change(({ attestations }) => {
      // The signer is the workflow that contains the job, at the ref of the event.
      attestations.push({
        name,
        digest,
        workflow: `${world.repository}/${env['PLAYER_WORKFLOW']}`,
        ref: event.ref,
      })
    })
    return { 'attestation-id': '1', 'attestation-url': 'https://github.com', 'bundle-path': '/dev/null' }
  },

  'azure/login'({ world }) {
    world.azure.signedIn = true
    return {}
  },
}

async function command(
  program: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<string> {
  try {
    const options = { ...(env && { env }), ...(cwd && { cwd }), maxBuffer: 64 * 1024 * 1024 }
    const { stdout, stderr } = await promisify(execFile)(program, args, options)
    return args.includes('--print') ? stdout : stdout + stderr
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
    throw new Error(`${program} ${args.slice(0, 3).join(' ')}: ${(stderr + stdout).trim().slice(-600)}`)
  }
}
