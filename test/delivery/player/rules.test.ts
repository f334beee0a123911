/** The player's findings in small workflows: mistakes that GitHub shows late, or never. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { needs } from '../../helpers/needs.ts'
import { actions } from './actions.ts'
import { type Event, play } from './player.ts'
import { openWorld, type World } from './world.ts'

const skip = needs('linux')
const checkout = `actions/checkout@${actions['actions/checkout']!.commit}`
const attest = `actions/attest@${actions['actions/attest']!.commit}`

const head = `name: small
on: [push, pull_request]
permissions: {}
jobs:
`
const job = (id: string, lines: string) =>
  `  ${id}:\n    runs-on: ubuntu-24.04\n${lines.replace(/^ {4}/, '').replace(/^(?=.)/gm, '    ')}\n`
const step = (run: string) => `steps:\n  - run: ${run}`

interface Case {
  readonly what: string
  readonly workflows: Readonly<Record<string, string>>
  readonly problem: RegExp
  readonly event?: Partial<Event>
}

const cases: readonly Case[] = [
  {
    what: 'a key that no workflow has',
    workflows: { small: head + job('a', 'runs: x\nsteps:\n  - run: "true"') },
    problem: /Unexpected value 'runs'/,
  },
  {
    what: 'an input that the action does not have',
    workflows: {
      small:
        head +
        job(
          'a',
          `permissions: { contents: read }\nsteps:\n  - uses: ${checkout}\n    with: { branch: main }`,
        ),
    },
    problem: /has no input branch/,
  },
  {
    what: 'an input that the action requires',
    workflows: {
      small:
        head +
        job('a', `steps:\n  - uses: actions/upload-artifact@${actions['actions/upload-artifact']!.commit}`),
    },
    problem: /requires the input path/,
  },
  {
    what: 'an action at a commit that nobody has read',
    workflows: { small: head + job('a', `steps:\n  - uses: actions/checkout@${'0'.repeat(40)}`) },
    problem: /read its action\.yml again/,
  },
  {
    what: 'an output that the action does not have',
    workflows: {
      small:
        head +
        job(
          'a',
          `permissions: { contents: read }\nsteps:\n  - uses: ${checkout}\n    id: it\n  - run: echo "$SHA"\n    env: { SHA: '\${{ steps.it.outputs.sha }}' }`,
        ),
    },
    problem: /steps\.it\.outputs\.sha does not exist/,
  },
  {
    what: 'an action without the permission that it needs',
    workflows: {
      small:
        head +
        job(
          'a',
          `permissions: { id-token: write }\nsteps:\n  - uses: ${attest}\n    with: { subject-name: x, subject-digest: 'sha256:${'0'.repeat(64)}' }`,
        ),
    },
    problem: /needs the permission attestations: write/,
  },
  {
    what: 'a command of gh without the permission that it needs',
    workflows: {
      small:
        head +
        job(
          'a',
          `permissions: { contents: read }\nsteps:\n  - uses: ${checkout}\n  - run: touch notes; gh release create v1.0.0 --notes-file notes\n    env: { GH_TOKEN: '\${{ github.token }}' }`,
        ),
    },
    problem: /Resource not accessible by integration: contents: write/,
  },
  {
    what: 'a token that signs, in a run of a fork',
    workflows: {
      small:
        head +
        job(
          'a',
          `permissions: { id-token: write, attestations: write }\nsteps:\n  - uses: ${attest}\n    with: { subject-name: x, subject-digest: y }`,
        ),
    },
    event: { name: 'pull_request', ref: 'refs/pull/7/merge', fork: true },
    problem: /needs the permission id-token: write/,
  },
  {
    what: 'a secret, which a fork does not get',
    workflows: {
      small: head + job('a', `steps:\n  - run: echo "$KEY"\n    env: { KEY: '\${{ secrets.KEY }}' }`),
    },
    event: { name: 'pull_request', ref: 'refs/pull/7/merge', fork: true },
    problem: /secrets\.KEY does not exist/,
  },
  {
    what: 'a job that reads from one which it does not need',
    workflows: {
      small:
        head +
        job(
          'a',
          `outputs: { x: '\${{ steps.s.outputs.x }}' }\nsteps:\n  - id: s\n    run: echo x=1 >> "$GITHUB_OUTPUT"`,
        ) +
        job('b', `steps:\n  - run: echo "$X"\n    env: { X: '\${{ needs.a.outputs.x }}' }`),
    },
    problem: /needs\.a does not exist/,
  },
  {
    what: 'an output of a job that was skipped',
    workflows: {
      small:
        head +
        job('a', `if: github.ref == 'refs/heads/other'\noutputs: { x: '1' }\nsteps:\n  - run: "true"`) +
        job(
          'b',
          `needs: a\nif: always()\nsteps:\n  - run: echo "$X"\n    env: { X: '\${{ needs.a.outputs.x }}' }`,
        ),
    },
    problem: /needs\.a\.outputs\.x does not exist/,
  },
  {
    what: 'a variable that an earlier step did not export',
    workflows: { small: head + job('a', 'steps:\n  - run: export X=1\n  - run: echo "$X"') },
    problem: /X: unbound variable/,
  },
  {
    what: 'outputs that each job of a matrix overwrites',
    workflows: {
      small:
        head +
        job(
          'a',
          `strategy: { matrix: { n: [1, 2] } }\noutputs: { x: '\${{ steps.s.outputs.x }}' }\nsteps:\n  - id: s\n    run: echo x=1 >> "$GITHUB_OUTPUT"`,
        ),
    },
    problem: /each of 2 jobs of the matrix overwrites/,
  },
  {
    what: 'a name that the matrix does not have',
    workflows: {
      small: head + job('a', `strategy: { matrix: { n: [1] } }\nname: a \${{ matrix.m }}\n${step('"true"')}`),
    },
    problem: /matrix\.m does not exist/,
  },
  {
    what: 'a variable of the repository that the documents do not name',
    workflows: { small: head + job('a', `if: vars.AZURE_DEPLOYS == 'true'\n${step('"true"')}`) },
    problem: /vars\.AZURE_DEPLOYS does not exist/,
  },
  {
    what: 'a called workflow that requests more than its caller may',
    workflows: {
      small: `${head}  a:\n    uses: ./.github/workflows/called.yml\n    permissions: { contents: read }\n`,
      called: `name: called\non: workflow_call\npermissions: {}\njobs:\n${job('b', `permissions: { contents: write }\n${step('"true"')}`)}`,
    },
    problem: /requests contents: write, but its caller allows read/,
  },
  {
    what: 'a called workflow without an input that it requires',
    workflows: {
      small: `${head}  a:\n    uses: ./.github/workflows/called.yml\n    permissions: {}\n`,
      called: `name: called\non:\n  workflow_call:\n    inputs: { x: { type: string, required: true } }\npermissions: {}\njobs:\n${job('b', step('"true"'))}`,
    },
    problem: /requires the input x/,
  },
  {
    what: 'a branch that the environment does not let in',
    workflows: { small: head + job('a', `environment: production\n${step('"true"')}`) },
    event: { ref: 'refs/heads/other' },
    problem: /the environment production does not let in refs\/heads\/other/,
  },
  {
    what: 'a job with the default permissions',
    workflows: { small: `name: small\non: push\njobs:\n${job('a', step('"true"'))}` },
    problem: /default permissions/,
  },
  {
    what: 'a pipe whose first command fails, where the shell is bash',
    workflows: { small: head + job('a', 'steps:\n  - run: false | true\n    shell: bash') },
    problem: /exit code 1/,
  },
]

suite('The player finds', { skip }, () => {
  for (const { what, workflows, problem, event } of cases)
    test(what, async () => {
      const { problems, log } = await playSmall(workflows, event)
      assert.match(problems.join('\n'), problem, log)
    })
})

suite('The player', { skip }, () => {
  test('accepts a newer commit of an action within its major version', async () => {
    const uses = `permissions: { contents: read }\nsteps:\n  - uses: actions/checkout@`
    const small = (version: string) => head + job('a', `${uses}${'0'.repeat(40)} # ${version}`)
    assert.deepEqual((await playSmall({ small: small('v7.9.9') })).problems, [])
    assert.match((await playSmall({ small: small('v8.0.0') })).problems.join(), /read its action\.yml again/)
  })

  test('passes outputs, variables and paths on like a runner', async () => {
    const small =
      head +
      job(
        'a',
        `outputs: { x: '\${{ steps.s.outputs.x }}' }
steps:
  - id: s
    run: |
      printf 'x<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
      echo Y=3 >> "$GITHUB_ENV"
      mkdir tools && printf '#!/bin/sh\\necho tool' > tools/tool && chmod +x tools/tool
      echo "$PWD/tools" >> "$GITHUB_PATH"
  - run: echo "$Y $(tool)"`,
      ) +
      job(
        'b',
        `needs: a\nsteps:\n  - run: echo "\${X//[$'\\n']/,} $GITHUB_REF"\n    env: { X: '\${{ needs.a.outputs.x }}' }`,
      )
    const { problems, log, checks } = await playSmall({ small })
    assert.deepEqual(problems, [])
    assert.deepEqual(checks, { a: 'success', b: 'success' })
    assert.match(log, /^ +3 tool$/m)
    assert.match(log, /^ +one,two refs\/heads\/main$/m)
  })

  test('skips what comes after a skipped job, even behind one that always runs', async () => {
    const small =
      head +
      job('a', `if: github.event_name == 'pull_request'\n${step('"true"')}`) +
      job('b', `needs: a\nif: always()\n${step('"true"')}`) +
      job('c', `needs: b\n${step('"true"')}`) +
      job('d', `needs: b\nif: \${{ !cancelled() && needs.b.result == 'success' }}\n${step('"true"')}`)
    const { checks, problems } = await playSmall({ small })
    assert.deepEqual(problems, [])
    assert.deepEqual(checks, { a: 'skipped', b: 'success', c: 'skipped', d: 'success' })
  })

  test('applies filters of branches and tags', async () => {
    const only = (filter: string) =>
      `name: small\non: { push: ${filter} }\npermissions: {}\njobs:\n${job('a', step('"true"'))}`
    const started = async (filter: string, ref: string) =>
      'a' in (await playSmall({ small: only(filter) }, { ref })).checks
    const releases = "{ tags: ['v[0-9]+.[0-9]+.[0-9]+'] }"
    assert.equal(await started(releases, 'refs/tags/v10.2.3'), true)
    assert.equal(await started(releases, 'refs/tags/v1.2.3-rc1'), false)
    assert.equal(await started(releases, 'refs/heads/main'), false)
    assert.equal(await started('{ branches: [main] }', 'refs/heads/main'), true)
    assert.equal(await started('{ branches: [main] }', 'refs/heads/main/x'), false)
    assert.equal(await started("{ branches: ['release/**'] }", 'refs/heads/release/1/2'), true)
  })
})

let world: World
before(async () => {
  if (skip) return
  world = await openWorld({
    files(into) {
      mkdirSync(join(into, '.github/workflows'), { recursive: true })
    },
  })
})
after(() => world?.close())

async function playSmall(workflows: Readonly<Record<string, string>>, event: Partial<Event> = {}) {
  world.git('rm', '--quiet', '-r', '--ignore-unmatch', '.github')
  const files = Object.fromEntries(
    Object.entries(workflows).map(([name, text]) => [`.github/workflows/${name}.yml`, text]),
  )
  for (const path of Object.keys(files)) mkdirSync(dirname(join(world.origin, path)), { recursive: true })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(world.origin, path), text)
  const sha = world.commit({})
  return await play(world, { name: 'push', ref: 'refs/heads/main', sha, ...event })
}
