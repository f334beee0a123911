import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Value } from '../../helpers/arm.ts'
import type { Command } from './commands.ts'
import { newRepository, type Repository, type World } from './world.ts'

/** Runs one command of `gh` in a folder and returns its output. Throws its error message. */
export function gh(command: Command, { github, azure }: World, input: string, cwd: string): string {
  if (command.name === 'auth login') github.signedIn = true
  if (!github.signedIn) throw new Error('To get started with GitHub CLI, please run:  gh auth login')
  switch (command.name) {
    case 'auth login':
    case 'auth refresh':
    case 'auth status':
      return ''
    case 'variable set':
      repository(command.value('--repo')).variables[command.rest[0]!] = command.value('--body')!
      return ''
    case 'variable delete':
      delete repository(command.value('--repo')).variables[command.rest[0]!]
      return ''
    case 'api':
      return print(api(command), command)

    case 'repo create': {
      const [name] = command.rest
      const url = `https://github.com/${name}`
      // Like gh: it adds the remote `origin`, and fails if there is one.
      git('remote', 'add', command.value('--remote') ?? 'origin', `${url}.git`)
      mkdirSync(join(github.folder!, name!), { recursive: true })
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', bare(name!)])
      git('push', '--quiet', '--set-upstream', 'origin', 'HEAD')
      github.repositories[name!] = newRepository(`repo:${name!.replace(/(.+)\/(.+)/, '$1@1/$2@2')}`)
      return `✓ Created repository ${name} on GitHub\n  ${url}\n✓ Added remote ${url}.git\n✓ Pushed commits to ${url}.git\n`
    }
    case 'repo delete':
      delete github.repositories[command.rest[0]!]
      return `✓ Deleted repository ${command.rest[0]}\n`

    case 'run list':
      workflow(command.value('--workflow')!)
      return print([{ databaseId: 101 }], command)
    case 'run watch':
      return `Refreshing run status every 3 seconds. Press Ctrl+C to quit.\n\n✓ Run ci (${command.rest[0]}) completed with 'success'\n`
    case 'run view': {
      const [backend, frontend] = ['backend', 'frontend'].map((part) => imageOf(`taskapp-${part}`))
      const step = `deploy\tRun azure/deploy.sh\t2026-12-01T12:00:00.0000000Z`
      return `${step} Before: BACKEND_IMAGE=${backend} FRONTEND_IMAGE=${frontend}\n`
    }
    case 'workflow run':
      workflow(command.rest[0]!)
      return `✓ Created workflow_dispatch event for ${command.rest[0]} at main\n`

    case 'pr create': {
      const branch = git('branch', '--show-current').trim()
      git('rev-parse', '--verify', '--quiet', `refs/remotes/origin/${branch}`)
      here().pulls.push(branch)
      return `https://github.com/${origin()}/pull/${here().pulls.length}\n`
    }
    case 'pr checks':
      return 'All checks were successful\n0 cancelled, 0 failing, 9 successful, 0 skipped, and 0 pending checks\n\n✓  required\n'
    case 'pr merge': {
      const { pulls, rulesets } = here()
      const branch = pulls.at(-1)!
      for (const { type, parameters } of rulesets.flatMap(({ rules }) => rules)) {
        // The author cannot approve, and there is nobody else.
        if (type === 'pull_request' && parameters.required_approving_review_count > 0)
          throw new Error('Pull request is not mergeable: the base branch policy prohibits the merge.')
        if (type === 'required_linear_history' && command.has('--merge'))
          throw new Error('Merge commits are not allowed on this repository.')
      }
      const title = git('log', '-1', '--format=%s').trim()
      execFileSync('git', ['-C', bare(origin()), 'update-ref', 'refs/heads/main', `refs/heads/${branch}`])
      execFileSync('git', ['-C', bare(origin()), 'branch', '--quiet', '-D', branch])
      git('switch', '--quiet', 'main')
      git('pull', '--quiet', 'origin', 'main')
      git('branch', '--quiet', '-D', branch)
      return [
        `✓ Squashed and merged pull request #${pulls.length} (${title})`,
        `✓ Deleted local branch ${branch} and switched to branch main`,
        `✓ Deleted remote branch ${branch}\n`,
      ].join('\n')
    }

    case 'attestation verify': {
      const [artifact] = command.rest
      if (!/^oci:\/\/[^@]+@sha256:[0-9a-f]{64}$/.test(artifact!))
        throw new Error(`could not parse ${artifact}`)
      if (!command.has('--repo') && !command.has('--owner'))
        throw new Error('at least one of the flags in the group [owner repo] is required')
      return `Loaded digest ${artifact!.split('@')[1]} for ${artifact}\nLoaded 1 attestation from GitHub API\n\n✓ Verification succeeded!\n`
    }
    default:
      throw new Error(`the stand-in for gh knows no ${command.name}`)
  }

  function print(answer: Value, command: Command): string {
    if (command.has('--silent') || answer === undefined) return ''
    const jq = command.value('--jq') ?? command.value('-q')
    if (jq === undefined) return `${JSON.stringify(answer)}\n`
    return execFileSync('jq', ['-r', jq], { input: JSON.stringify(answer), encoding: 'utf8' })
  }

  function git(...args: readonly string[]): string {
    const env = { ...process.env, HOME: github.folder }
    return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' })
  }

  function bare(name: string): string {
    return join(github.folder!, `${name}.git`)
  }

  /** OWNER/REPO of the folder's remote. */
  function origin(): string {
    return /github\.com\/(.+)\.git$/.exec(git('config', 'remote.origin.url').trim())![1]!
  }

  function here(): Repository {
    return repository(origin())
  }

  function workflow(file: string) {
    if (!existsSync(join(cwd, '.github/workflows', file)))
      throw new Error(`could not find any workflows named ${file}`)
  }

  function imageOf(app: string): string {
    const all = Object.values(azure.groups).flatMap(({ resources }) => Object.values(resources))
    return all.find(({ name }) => name === app).properties.template.containers[0].image
  }

  function repository(name = ''): Repository {
    // GitHub finds a repository in any spelling, and returns its own.
    const own = Object.keys(github.repositories).find((one) => one.toLowerCase() === name.toLowerCase())
    if (own === undefined) throw new Error('gh: Not Found (HTTP 404)')
    return github.repositories[own]!
  }

  function api(command: Command): Value {
    const [path] = command.rest
    const body = fields(command, input, cwd)
    const method = command.value('--method') ?? command.value('-X') ?? (body ? 'POST' : 'GET')
    if (method === 'DELETE' && /^user\/packages\/container\/taskapp[\w-]*$/.test(path!)) return
    const [, name, rest = ''] = /^repos\/([^/]+\/[^/]+)\/?(.*)$/.exec(path!) ?? []
    const own = repository(name)
    const full_name = Object.keys(github.repositories).find((one) => github.repositories[one] === own)!
    switch (`${method} ${rest}`) {
      case 'GET ':
        return { full_name, private: own.private }
      case 'GET actions/oidc/customization/sub':
        return { use_default: true, sub_claim_prefix: own.prefix }
      case 'GET actions/variables':
        return { variables: Object.entries(own.variables).map(([name, value]) => ({ name, value })) }
      case 'GET environments':
        return {
          total_count: Object.keys(own.environments).length,
          environments: Object.entries(own.environments).map(([name, { limited, rules }]) => ({
            name,
            protection_rules: limited ? [...rules, { type: 'branch_policy' }] : rules,
            deployment_branch_policy: limited
              ? { protected_branches: false, custom_branch_policies: true }
              : null,
          })),
        }
      case 'PUT environments/production': {
        if (own.private) throw new Error('gh: Failed to create the environment protection rule. (HTTP 422)')
        const limited = body!.deployment_branch_policy.custom_branch_policies
        if (limited !== true || body!.deployment_branch_policy.protected_branches !== false)
          throw new Error('gh: Validation Failed (HTTP 422)')
        own.environments['production'] = {
          limited,
          rules: [],
          policies: own.environments['production']?.policies ?? [],
        }
        return {}
      }
      case 'GET environments/production/deployment-branch-policies':
        return { branch_policies: own.environments['production']!.policies }
      case 'POST environments/production/deployment-branch-policies':
        if (!own.environments['production']?.limited) throw new Error('gh: Not Found (HTTP 404)')
        own.environments['production'].policies.push(body)
        return body
      case 'POST rulesets':
        if (own.rulesets.some((one) => one.name === body.name))
          throw new Error('gh: Name must be unique (HTTP 422)')
        own.rulesets.push(body)
        if (body.rules.some(({ type }: Value) => type === 'pull_request')) protectMain(full_name)
        return body
      default:
        throw new Error(`gh: Not Found (HTTP 404) ${method} ${path}`)
    }
  }

  /** From now on main accepts no push. */
  function protectMain(name: string) {
    if (!github.folder) return
    const hook = join(bare(name), 'hooks/pre-receive')
    mkdirSync(join(hook, '..'), { recursive: true })
    writeFileSync(
      hook,
      `#!/bin/sh
while read -r _ _ ref; do
  [ "$ref" != refs/heads/main ] || { echo 'error: GH013: Repository rule violations found for refs/heads/main.'; exit 1; }
done
`,
    )
    chmodSync(hook, 0o755)
  }
}

/** The body that -F, -f and --input make. */
function fields(command: Command, input: string, cwd: string): Value {
  const file = command.value('--input')
  if (file !== undefined) return JSON.parse(file === '-' ? input : readFileSync(join(cwd, file), 'utf8'))
  const body: Value = {}
  for (const [option, typed] of [
    ['--field', true],
    ['-F', true],
    ['--raw-field', false],
    ['-f', false],
  ] as const)
    for (const field of command.values(option)) {
      const [, key, inner, text] = /^([^[=]+)(?:\[([^\]]+)\])?=(.*)$/s.exec(field)!
      const value = typed && /^(true|false|null|\d+)$/.test(text!) ? JSON.parse(text!) : text
      if (inner === undefined) body[key!] = value
      else body[key!] = { ...body[key!], [inner]: value }
    }
  return Object.keys(body).length > 0 ? body : undefined
}
