/** Workflow files as GitHub's own parser reads them, and which of them an event starts. */
import { readdirSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { type Contexts, evaluate, type Status, text, type Value } from './expressions.ts'

// The package imports its schema without `with { type: 'json' }`, and Node.js refuses that.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('-v1.0.min.json') ? { ...context, importAttributes: { type: 'json' } } : context),
})
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
)
type Template = Awaited<ReturnType<typeof convertWorkflowTemplate>>

/** A value of the file, still with its expressions. */
export type Node = Value | undefined

export interface Workflow {
  /** .github/workflows/ci.yml */
  readonly path: string
  readonly name: string
  readonly root: Node
  readonly events: Template['events']
  /** The comment after a `uses`. */
  readonly versions: ReadonlyMap<string, string>
  readonly jobs: readonly Job[]
}

export interface Job {
  readonly id: string
  readonly needs: readonly string[]
  /** With the status function that GitHub adds if there is none. */
  readonly condition: string
  /** The called workflow's path, or undefined for a job with steps. */
  readonly uses: string | undefined
  readonly node: Node
  readonly steps: readonly Step[]
}

export interface Step {
  /** Without one, a generated id that nobody can refer to. */
  readonly id: string
  readonly condition: string
  readonly uses: string | undefined
  readonly node: Node
}

/** Every workflow of a checkout. Throws with all errors of GitHub's parser. */
export async function readWorkflows(folder: string): Promise<readonly Workflow[]> {
  const files = '.github/workflows'
  const workflows: Workflow[] = []
  for (const file of readdirSync(join(folder, files)).sort()) {
    const path = `${files}/${file}`
    workflows.push(await parse(path, readFileSync(join(folder, path), 'utf8')))
  }
  return workflows
}

async function parse(path: string, content: string): Promise<Workflow> {
  const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter())
  const template = value && (await convertWorkflowTemplate(context, value))
  const errors = context.errors.getErrors()
  if (errors.length > 0) throw new Error(errors.map(({ message }) => `${path}: ${message}`).join('\n'))
  // Values come from a YAML parser: GitHub's keeps the indentation of those with several lines.
  const root: Node = parseYaml(content)
  const jobs = template!.jobs.map((job): Job => {
    const node = at(root, 'jobs', job.id.value)
    const nodes = (at(node, 'steps') ?? []) as readonly Value[]
    return {
      id: job.id.value,
      needs: (job.needs ?? []).map(({ value }) => value),
      condition: job.if.expression,
      uses: job.type === 'job' ? undefined : job.ref.value,
      node,
      steps:
        job.type === 'job'
          ? job.steps.map((step, index) => ({
              id: step.id,
              condition: step.if?.expression ?? 'success()',
              uses: 'uses' in step ? step.uses.value : undefined,
              node: nodes[index],
            }))
          : [],
    }
  })
  const versions = new Map(
    Array.from(content.matchAll(/uses: (\S+) # (v\S+)/g), ([, uses, version]) => [uses!, version!]),
  )
  return { path, name: text(at(root, 'name') ?? path), root, events: template!.events, versions, jobs }
}

/** The value under these keys, if there is one. */
export function at(node: Node, ...keys: string[]): Node {
  let found = node
  for (const key of keys)
    found =
      found && typeof found === 'object' && !Array.isArray(found)
        ? (found as Record<string, Value>)[key]
        : undefined
  return found
}

/** A value with its expressions evaluated. A single expression keeps its type. */
export function resolve(node: Node, contexts: Contexts, status?: Status): Value {
  if (node === undefined || node === null) return null
  if (Array.isArray(node)) return node.map((item) => resolve(item, contexts, status))
  if (typeof node === 'object')
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, resolve(value, contexts, status)]),
    )
  if (typeof node !== 'string') return node
  // Between the braces a string in single quotes may hold braces of its own.
  const expression = /\$\{\{((?:'(?:[^']|'')*'|[^'])*?)\}\}/g
  const whole = new RegExp(`^${expression.source}$`).exec(node.trim())
  if (whole) return evaluate(whole[1]!.trim(), contexts, status)
  return node.replace(expression, (_, inner: string) => text(evaluate(inner.trim(), contexts, status)))
}

/** Such a mapping as strings: what `env` and `with` hand on. */
export function stringsOf(node: Node, contexts: Contexts): Record<string, string> {
  const value = resolve(node, contexts)
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, one]) => [key, text(one)]))
}

export interface Trigger {
  readonly event: 'push' | 'pull_request' | 'workflow_dispatch' | 'schedule'
  readonly ref: string
}

/** Whether an event starts a workflow, by the filters for branches and tags. */
export function starts({ events }: Workflow, { event, ref }: Trigger): boolean {
  const config = events[event]
  if (config === undefined) return false
  if (event !== 'push') return true
  const { branches, tags } = config as { branches?: string[]; tags?: string[] }
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(ref)!
  const patterns = kind === 'heads' ? branches : tags
  if (patterns === undefined) return (kind === 'heads' ? tags : branches) === undefined
  return patterns.some((pattern) => pathPattern(pattern).test(name!))
}

/** A filter pattern: `*` without slashes, `**` with, and `?`, `+` and `[…]` as in a regular expression. */
function pathPattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[.(){}|^$\\]/g, '\\$&')
    .replaceAll('**', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '.*')
  return new RegExp(`^${source}$`)
}

/** Each combination of a matrix; one empty one without a matrix. */
export function combinations(matrix: Value): readonly Record<string, Value>[] {
  if (matrix === null || typeof matrix !== 'object' || Array.isArray(matrix)) return [{}]
  const { include = [], exclude = [], ...axes } = matrix as Record<string, Value[]>
  let all: Record<string, Value>[] = [{}]
  for (const [key, values] of Object.entries(axes))
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })))
  const matches = (one: Record<string, Value>, part: Value) =>
    Object.entries(part as Record<string, Value>).every(([key, value]) => one[key] === value)
  all = all.filter((one) => !exclude.some((part) => matches(one, part)))
  if (Object.keys(axes).length === 0) all = []
  for (const extra of include as Record<string, Value>[]) {
    const shared = Object.fromEntries(Object.entries(extra).filter(([key]) => key in axes))
    const fitting = all.filter((one) => matches(one, shared))
    if (Object.keys(axes).length > 0 && fitting.length > 0)
      for (const one of fitting) Object.assign(one, extra)
    else all.push({ ...extra })
  }
  return all
}

const levels = ['none', 'read', 'write']
export type Permissions = Readonly<Record<string, string>>

/** A token's permissions: the job's list, or else the workflow's. Nobody here writes `read-all`. */
export function permissionsOf(workflow: Workflow, job: Job, contexts: Contexts): Permissions {
  const node = at(job.node, 'permissions') ?? at(workflow.root, 'permissions')
  if (node === undefined)
    throw new Error(`${workflow.path}: ${job.id} has the repository's default permissions`)
  return stringsOf(node, contexts)
}

export const allows = (permissions: Permissions, scope: string, level: string) =>
  levels.indexOf(permissions[scope] ?? 'none') >= levels.indexOf(level)
