/**
 * Plays the workflows of a repository as GitHub does: which an event starts, which jobs run, with what permissions and
 * values, and every step in order, in a fresh clone, with the files and variables of a runner. What is wrong without
 * showing on GitHub until much later, or never, is a problem too: a value that does not exist, a permission that an
 * action lacks, an output that a matrix overwrites.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { patience } from '../../helpers/until.ts'
import { act, actionOf, type StepRun } from './actions.ts'
import { type Contexts, evaluate, isTruthy, type Status, text, type Value } from './expressions.ts'
import {
  allows,
  at,
  combinations,
  type Job,
  type Permissions,
  permissionsOf,
  readWorkflows,
  resolve,
  type Step,
  starts,
  stringsOf,
  type Workflow,
} from './workflows.ts'
import { dockerConfig, type World } from './world.ts'

export type Conclusion = 'success' | 'failure' | 'skipped'

export interface Event {
  readonly name: 'push' | 'pull_request' | 'workflow_dispatch' | 'schedule'
  readonly ref: string
  readonly sha: string
  /** The token only reads, and there are no secrets. */
  readonly fork?: boolean
  readonly private?: boolean
  readonly inputs?: Readonly<Record<string, string>>
  /** For workflow_dispatch, the only event that names its workflow. */
  readonly workflow?: string
  readonly variables?: Readonly<Record<string, string>>
}

/** A step that no machine like this can run: the first that fits gives the reason. */
export interface NotPlayed {
  readonly step: RegExp
  readonly reason: string
}

export interface Outcome {
  /** By the name shown in a pull request: `test (Node.js 26.10.0)`, `deploy / deploy`. */
  readonly checks: Readonly<Record<string, Conclusion>>
  readonly problems: readonly string[]
  /** Reasons for skipped steps, each with their number. */
  readonly notPlayed: Readonly<Record<string, number>>
  readonly log: string
}

interface JobState {
  result: Conclusion
  outputs: Record<string, string>
}

/** All variables that docs/deploy.md tells a user to set; any other name is a mistake. */
const variables = [
  'AZURE_DEPLOY',
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_RESOURCE_GROUP',
  'AZURE_DATABASE',
  'ENTERPRISE',
]

/** Branches and tags that may deploy to an environment (docs/deploy.md). */
const environments: Readonly<Record<string, RegExp>> = { production: /^refs\/(heads\/main$|tags\/v)/ }

export async function play(
  world: World,
  event: Event,
  notPlayed: readonly NotPlayed[] = [],
): Promise<Outcome> {
  return await new Play(world, event, notPlayed).run()
}

class Play {
  readonly world: World
  readonly event: Event
  readonly #notPlayed: readonly NotPlayed[]
  readonly #checks: Record<string, Conclusion> = {}
  readonly #problems = [] as string[]
  readonly #left: Record<string, number> = {}
  #log = ''
  #runs = 0

  constructor(world: World, event: Event, notPlayed: readonly NotPlayed[]) {
    this.world = world
    this.event = event
    this.#notPlayed = notPlayed
  }

  async run(): Promise<Outcome> {
    this.say(`${this.event.name} ${this.event.ref} ${this.event.sha}${this.event.fork ? ' from a fork' : ''}`)
    const folder = join(this.world.folder, `workflows-${this.event.sha}`)
    // Artifacts belong to one run.
    rmSync(this.world.artifacts, { recursive: true, force: true })
    this.world.git('worktree', 'prune')
    this.world.git('worktree', 'add', '--force', '--detach', folder, this.event.sha)
    try {
      const workflows = await readWorkflows(folder)
      const started = workflows.filter(
        (workflow) =>
          starts(workflow, { event: this.event.name, ref: this.event.ref }) &&
          (this.event.workflow === undefined || workflow.path.endsWith(`/${this.event.workflow}`)),
      )
      if (started.length === 0) this.problem('no workflow starts')
      for (const workflow of started) await this.#workflow(workflow, workflows)
    } catch (error) {
      this.problem((error as Error).message)
    } finally {
      this.world.git('worktree', 'remove', '--force', folder)
    }
    return { checks: this.#checks, problems: this.#problems, notPlayed: this.#left, log: this.#log }
  }

  say(line: string) {
    this.#log += `${line.replaceAll(this.world.folder, '…')}\n`
  }

  problem(message: string) {
    this.#problems.push(message)
    this.say(`PROBLEM: ${message}`)
  }

  /** Evaluates; a missing value is a problem, and then empty as on GitHub. */
  attempt<T>(where: string, evaluating: () => T, otherwise: T): T {
    try {
      return evaluating()
    } catch (error) {
      this.problem(`${where}: ${(error as Error).message}`)
      return otherwise
    }
  }

  async #workflow(workflow: Workflow, all: readonly Workflow[]) {
    this.say(`\n== workflow ${workflow.name} (${workflow.path})`)
    const contexts = this.#contexts(workflow, { ...this.event.inputs })
    this.#concurrency(at(workflow.root, 'concurrency'), contexts, workflow.name)
    await this.#jobs(workflow, all, contexts, undefined, '')
  }

  async #jobs(
    workflow: Workflow,
    all: readonly Workflow[],
    contexts: Contexts,
    ceiling: Permissions | undefined,
    prefix: string,
  ): Promise<JobState['result']> {
    const states = new Map<string, JobState>()
    for (const job of inOrder(workflow.jobs))
      states.set(job.id, await this.#job(workflow, job, all, contexts, states, ceiling, prefix))
    return worst([...states.values()].map(({ result }) => result))
  }

  async #job(
    workflow: Workflow,
    job: Job,
    all: readonly Workflow[],
    base: Contexts,
    states: ReadonlyMap<string, JobState>,
    ceiling: Permissions | undefined,
    prefix: string,
  ): Promise<JobState> {
    const where = `${workflow.path}: ${prefix}${job.id}`
    const needs = Object.fromEntries(
      job.needs.map((id) => [id, states.get(id)! as unknown as Value]),
    ) as Record<string, Value>
    const contexts: Contexts = { ...base, needs }
    // GitHub counts every ancestor here, not only those that are named (actions/runner#491).
    const ancestors = ancestorsOf(job, workflow).map((id) => states.get(id)!.result)
    const status: Status = {
      success: () => ancestors.every((result) => result === 'success'),
      failure: () => ancestors.includes('failure'),
      cancelled: () => false,
      always: () => true,
    }
    const runs = this.attempt(where, () => isTruthy(evaluate(job.condition, contexts, status)), false)
    const name = (matrix: Record<string, Value>) => {
      const node = at(job.node, 'name')
      const values = Object.values(matrix).map(text).join(', ')
      if (node === undefined) return prefix + (values === '' ? job.id : `${job.id} (${values})`)
      return prefix + text(this.attempt(where, () => resolve(node, { ...contexts, matrix }), job.id))
    }
    if (!runs) {
      const shown = at(job.node, 'strategy') ? prefix + job.id : name({})
      this.#checks[shown] = 'skipped'
      this.say(`\n-- job ${shown}: skipped, if: ${job.condition}`)
      return { result: 'skipped', outputs: {} }
    }
    const matrix = this.attempt(where, () => resolve(at(job.node, 'strategy', 'matrix'), contexts), null)
    const rows = combinations(matrix)
    if (rows.length > 1 && at(job.node, 'outputs'))
      this.problem(
        `${where}: each of ${rows.length} jobs of the matrix overwrites the outputs of the one before`,
      )
    const outcomes: JobState[] = []
    for (const matrix of rows) {
      const own: Contexts = {
        ...contexts,
        matrix,
        strategy: { 'job-index': outcomes.length, 'job-total': rows.length },
      }
      const shown = name(matrix)
      this.say(`\n-- job ${shown}`)
      const permissions = this.#permissions(workflow, job, own, ceiling, where)
      const outcome = job.uses
        ? await this.#called(workflow, job, all, own, permissions, `${shown} / `)
        : await this.#steps(workflow, job, own, permissions, where)
      this.say(`-- job ${shown}: ${outcome.result}`)
      if (!job.uses) this.#checks[shown] = outcome.result
      outcomes.push(outcome)
    }
    return {
      result: worst(outcomes.map(({ result }) => result)),
      outputs: Object.assign({}, ...outcomes.map(({ outputs }) => outputs)),
    }
  }

  #permissions(
    workflow: Workflow,
    job: Job,
    contexts: Contexts,
    ceiling: Permissions | undefined,
    where: string,
  ): Permissions {
    const asked = this.attempt(where, () => permissionsOf(workflow, job, contexts), {})
    for (const [scope, level] of Object.entries(ceiling ? asked : {}))
      if (!allows(ceiling!, scope, level))
        this.problem(
          `${where} requests ${scope}: ${level}, but its caller allows ${ceiling![scope] ?? 'none'}`,
        )
    if (!this.event.fork) return asked
    return Object.fromEntries(
      Object.entries(asked).flatMap(([scope, level]) =>
        scope === 'id-token' ? [] : [[scope, level === 'write' ? 'read' : level]],
      ),
    )
  }

  async #called(
    workflow: Workflow,
    job: Job,
    all: readonly Workflow[],
    contexts: Contexts,
    permissions: Permissions,
    prefix: string,
  ): Promise<JobState> {
    const where = `${workflow.path}: ${job.id}`
    const called = all.find(({ path }) => job.uses!.replace(/^(\.|\$)\//, '') === path)
    if (!called) {
      this.problem(`${where}: there is no ${job.uses}`)
      return { result: 'failure', outputs: {} }
    }
    const given = this.attempt(where, () => stringsOf(at(job.node, 'with'), contexts), {})
    const inputs = this.attempt(where, () => inputsOf(called, 'workflow_call', given), {})
    const result = await this.#jobs(called, all, this.#contexts(called, inputs), permissions, prefix)
    return { result, outputs: {} }
  }

  async #steps(
    workflow: Workflow,
    job: Job,
    contexts: Contexts,
    permissions: Permissions,
    where: string,
  ): Promise<JobState> {
    const machine = text(this.attempt(where, () => resolve(at(job.node, 'runs-on'), contexts), ''))
    this.#concurrency(at(job.node, 'concurrency'), contexts, job.id)
    const environment = text(this.attempt(where, () => resolve(at(job.node, 'environment'), contexts), null))
    if (environment !== '' && !environments[environment]?.test(this.event.ref))
      this.problem(`${where}: the environment ${environment} does not let in ${this.event.ref}`)
    const other = this.#notPlayed.find(({ step }) => step.test(`runs-on: ${machine}`))

    const run = ++this.#runs
    const folder = join(
      this.world.folder,
      `runner-${this.event.sha.slice(0, 8)}-${process.hrtime.bigint()}-${run}`,
    )
    const workspace = join(folder, 'work')
    for (const one of ['work', 'temp', 'home']) mkdirSync(join(folder, one), { recursive: true })
    const token = `ghs_${run}_${process.hrtime.bigint()}`
    this.world.change(({ tokens }) => {
      tokens[token] = permissions
    })
    const github = { ...contexts['github']!, token, job: job.id, workspace }
    const base: Contexts = {
      ...contexts,
      github,
      secrets: { GITHUB_TOKEN: token },
      runner: {
        os: 'Linux',
        arch: 'X64',
        temp: join(folder, 'temp'),
        name: 'player',
        tool_cache: join(folder, 'tools'),
      },
      job: { status: 'success' },
    }
    const exported: Record<string, string> = {
      ...this.attempt(where, () => stringsOf(at(workflow.root, 'env'), base), {}),
      ...this.attempt(where, () => stringsOf(at(job.node, 'env'), base), {}),
    }
    const paths = [this.world.bin]
    const system = {
      ...this.#environment(base, workflow.path, folder),
      DOCKER_CONFIG: dockerConfig(join(folder, 'docker')),
    }
    const steps: Record<string, Value> = {}
    let failed = false
    for (const step of job.steps) {
      const label = text(resolve(at(step.node, 'name'), {}) ?? '') || step.uses || firstLine(step)
      const now: Contexts = { ...base, steps, env: exported }
      const status: Status = {
        success: () => !failed,
        failure: () => failed,
        cancelled: () => false,
        always: () => true,
      }
      const at_ = `${where}: ${label}`
      const wanted = this.attempt(at_, () => isTruthy(evaluate(step.condition, now, status)), false)
      if (!wanted) {
        steps[step.id] = { outcome: 'skipped', conclusion: 'skipped', outputs: {} }
        this.say(`   ${label}: skipped, if: ${step.condition}`)
        continue
      }
      this.say(`   ${label}`)
      const before = this.#problems.length
      const own = { ...exported, ...this.attempt(at_, () => stringsOf(at(step.node, 'env'), now), {}) }
      const reason =
        other ?? this.#notPlayed.find((one) => one.step.test(label) || one.step.test(scriptOf(step)))
      const stepRun: StepRun = {
        world: this.world,
        event: this.event,
        permissions,
        workspace,
        env: { ...system, ...own, PATH: [...paths, process.env['PATH']].join(delimiter) },
        say: (line) => this.say(`     ${line}`),
        inputs: step.uses ? this.attempt(at_, () => stringsOf(at(step.node, 'with'), now), {}) : {},
      }
      let outputs: Record<string, string> = {}
      try {
        if (step.uses) outputs = await this.#action(workflow, step, stepRun, reason)
        else outputs = await this.#script(workflow, job, step, stepRun, reason, folder, exported, paths)
      } catch (error) {
        this.say(`     ${(error as Error).message}`)
        failed = true
        // An error of the script or the action itself.
        this.problem(`${at_}: ${(error as Error).message}`)
      }
      const conclusion = this.#problems.length > before ? 'failure' : 'success'
      steps[step.id] = { outcome: conclusion, conclusion, outputs }
    }
    const outputs = failed
      ? {}
      : this.attempt(where, () => stringsOf(at(job.node, 'outputs'), { ...base, steps, env: exported }), {})
    this.world.change(({ tokens }) => {
      delete tokens[token]
    })
    this.world.azure.signedIn = false
    return { result: failed ? 'failure' : 'success', outputs }
  }

  async #action(
    workflow: Workflow,
    step: Step,
    run: StepRun,
    reason: NotPlayed | undefined,
  ): Promise<Record<string, string>> {
    const action = actionOf(step.uses!, workflow.versions.get(step.uses!))
    for (const name of Object.keys(run.inputs))
      if (!action.inputs.includes(name)) throw new Error(`${step.uses} has no input ${name}`)
    for (const name of action.required ?? [])
      if (!run.inputs[name]) throw new Error(`${step.uses} requires the input ${name}`)
    for (const [scope, level] of Object.entries(action.permissions ?? {}))
      if (
        !allows(
          run.permissions,
          scope,
          this.event.fork && level === 'write' && scope === 'security-events' ? 'read' : level,
        )
      )
        throw new Error(`${step.uses} needs the permission ${scope}: ${level}`)
    const declared = Object.fromEntries(action.outputs.map((name) => [name, '']))
    if (reason) {
      this.#leave(reason)
      return declared
    }
    const outputs = await act(action.name, run)
    for (const name of Object.keys(outputs))
      if (!action.outputs.includes(name)) throw new Error(`${action.name} has no output ${name}`)
    return { ...declared, ...outputs }
  }

  async #script(
    workflow: Workflow,
    job: Job,
    step: Step,
    run: StepRun,
    reason: NotPlayed | undefined,
    folder: string,
    exported: Record<string, string>,
    paths: string[],
  ): Promise<Record<string, string>> {
    const script = scriptOf(step)
    for (const line of script.trim().split('\n')) run.say(`| ${line}`)
    if (reason) {
      this.#leave(reason)
      return {}
    }
    const shell =
      at(step.node, 'shell') ??
      at(job.node, 'defaults', 'run', 'shell') ??
      at(workflow.root, 'defaults', 'run', 'shell')
    const options = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e']
    const files = Object.fromEntries(
      ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'].map((name) => {
        const file = join(folder, 'temp', `${name}-${process.hrtime.bigint()}`)
        writeFileSync(file, '')
        return [name, file]
      }),
    )
    const file = join(folder, 'temp', 'script.sh')
    writeFileSync(file, script)
    // Unlike a runner, with -u: it finds a variable that an earlier step set only for itself.
    const child = spawn('bash', [...options, '-u', file], {
      cwd: join(run.workspace, text(resolve(at(step.node, 'working-directory'), {}))),
      env: { ...run.env, ...files },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patience.waitMs,
    })
    let out = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk) => {
        out += chunk
      })
    const [code, signal] = await once(child, 'close')
    for (const line of out.trim().split('\n')) if (line !== '') run.say(line)
    if (code !== 0)
      throw new Error(`exit code ${code ?? signal}: ${out.trim().split('\n').slice(-3).join(' / ')}`)
    Object.assign(exported, readPairs(files['GITHUB_ENV']!))
    paths.unshift(...readFileSync(files['GITHUB_PATH']!, 'utf8').split('\n').filter(Boolean).reverse())
    const summary = readFileSync(files['GITHUB_STEP_SUMMARY']!, 'utf8').trim()
    if (summary !== '') run.say(`summary: ${summary.replaceAll('\n', ' / ')}`)
    const outputs = readPairs(files['GITHUB_OUTPUT']!)
    for (const [name, value] of Object.entries(outputs)) run.say(`output ${name}=${value}`)
    return outputs
  }

  #leave({ reason }: NotPlayed) {
    this.#left[reason] = (this.#left[reason] ?? 0) + 1
    this.say(`     not played: ${reason}`)
  }

  #concurrency(node: ReturnType<typeof at>, contexts: Contexts, where: string) {
    if (node === undefined) return
    const value = this.attempt(where, () => resolve(node, contexts), null) as Record<string, Value> | null
    if (value)
      this.say(
        `   concurrency: group ${text(value['group'] ?? '')}, cancel-in-progress ${value['cancel-in-progress']}`,
      )
  }

  #contexts(workflow: Workflow, inputs: Readonly<Record<string, string>>): Contexts {
    const { event, world } = this
    const [owner] = world.repository.split('/')
    const [, kind, name] = /^refs\/(heads|tags|pull)\/(.+)$/.exec(event.ref)!
    const own =
      this.event.name === 'workflow_dispatch' ? inputsOf(workflow, 'workflow_dispatch', inputs) : inputs
    return {
      github: {
        event_name: event.name,
        ref: event.ref,
        ref_name: name!,
        ref_type: kind === 'tags' ? 'tag' : 'branch',
        sha: event.sha,
        head_ref: event.name === 'pull_request' ? 'change' : '',
        base_ref: event.name === 'pull_request' ? 'main' : '',
        repository: world.repository,
        repository_owner: owner!,
        actor: event.fork ? 'somebody' : owner!,
        workflow: workflow.name,
        server_url: 'https://github.com',
        api_url: 'https://api.github.com',
        run_id: '1',
        run_number: '1',
        run_attempt: '1',
        event: {
          ...(event.name === 'push' && { head_commit: { timestamp: '2026-01-02T03:04:05+01:00' } }),
          // The payload of a schedule event is not documented, so it is empty.
          ...(event.name !== 'schedule' && {
            repository: {
              full_name: world.repository,
              private: event.private ?? false,
              visibility: event.private ? 'private' : 'public',
              default_branch: 'main',
            },
          }),
        },
      },
      vars: Object.fromEntries(variables.map((one) => [one, event.variables?.[one] ?? ''])),
      inputs: own,
    }
  }

  /** The variables that GitHub's documentation lists for every step. */
  #environment({ github, runner }: Contexts, path: string, folder: string): Record<string, string> {
    const names = [
      ...['actor', 'api_url', 'base_ref', 'event_name', 'head_ref', 'job', 'ref', 'ref_name', 'ref_type'],
      ...['repository', 'repository_owner', 'run_attempt', 'run_id', 'run_number', 'server_url', 'sha'],
      ...['workflow', 'workspace'],
    ]
    const { DOCKER_HOST } = process.env
    return {
      ...Object.fromEntries(names.map((name) => [`GITHUB_${name.toUpperCase()}`, text(github![name]!)])),
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      HOME: join(folder, 'home'),
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      RUNNER_TEMP: text(runner!['temp']!),
      PLAYER_STATE: this.world.stateFile,
      PLAYER_ORIGIN: this.world.origin,
      PLAYER_WORKFLOW: path,
      ...(DOCKER_HOST && { DOCKER_HOST }),
    }
  }
}

function inputsOf(
  workflow: Workflow,
  event: 'workflow_call' | 'workflow_dispatch',
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const declared = at(workflow.root, 'on', event, 'inputs')
  const definitions = (resolve(declared, {}) ?? {}) as Record<string, { required?: boolean; default?: Value }>
  for (const name of Object.keys(given))
    if (!(name in definitions)) throw new Error(`${workflow.path} has no input ${name}`)
  for (const [name, { required }] of Object.entries(definitions))
    if (required && !given[name]) throw new Error(`${workflow.path} requires the input ${name}`)
  return Object.fromEntries(
    Object.entries(definitions).map(([name, one]) => [name, given[name] ?? text(one.default ?? '')]),
  )
}

const scriptOf = (step: Step) => text(at(step.node, 'run') ?? '')
const firstLine = (step: Step) => scriptOf(step).trim().split('\n')[0]!

function worst(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure'
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success'
}

/** Each job after those that it needs. */
function inOrder(jobs: readonly Job[]): readonly Job[] {
  const ordered: Job[] = []
  while (ordered.length < jobs.length) {
    const ready = jobs.filter(
      (job) => !ordered.includes(job) && job.needs.every((id) => ordered.some((one) => one.id === id)),
    )
    if (ready.length === 0) throw new Error('jobs need each other in a circle')
    ordered.push(...ready)
  }
  return ordered
}

function ancestorsOf(job: Job, workflow: Workflow): string[] {
  const found = new Set<string>()
  const collect = (ids: readonly string[]) => {
    for (const id of ids) {
      found.add(id)
      collect(workflow.jobs.find((one) => one.id === id)!.needs)
    }
  }
  collect(job.needs)
  return [...found]
}

/** `name=value` and `name<<END … END`, as GITHUB_OUTPUT and GITHUB_ENV hold them. */
function readPairs(file: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  const lines = readFileSync(file, 'utf8').split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    if (line === '') continue
    const block = /^([^=]+?)<<(.+)$/.exec(line)
    if (block) {
      const end = lines.indexOf(block[2]!, index + 1)
      if (end === -1) throw new Error(`${block[1]}: no line ${block[2]} ends the value`)
      pairs[block[1]!] = lines.slice(index + 1, end).join('\n')
      index = end
      continue
    }
    const equals = line.indexOf('=')
    if (equals < 1) throw new Error(`Invalid format: ${line}`)
    pairs[line.slice(0, equals)] = line.slice(equals + 1)
  }
  return pairs
}
