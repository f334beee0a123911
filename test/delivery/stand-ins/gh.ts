import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../helpers/app.ts'
import type { Value } from '../../helpers/arm.ts'
import type { Command } from './commands.ts'
import type { Repository, World } from './world.ts'

/** Runs one command of `gh`, and returns what it prints. Throws what it would say on an error. */
export function gh(command: Command, { github }: World, input: string): string {
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
    case 'api': {
      const answer = api(command)
      if (command.has('--silent') || answer === undefined) return ''
      const jq = command.value('--jq') ?? command.value('-q')
      if (jq === undefined) return `${JSON.stringify(answer)}\n`
      return execFileSync('jq', ['-r', jq], { input: JSON.stringify(answer), encoding: 'utf8' })
    }
    default:
      throw new Error(`the stand-in for gh knows no ${command.name}`)
  }

  function repository(name = ''): Repository {
    // GitHub finds a repository by any spelling, and answers with its own.
    const own = Object.keys(github.repositories).find((one) => one.toLowerCase() === name.toLowerCase())
    if (own === undefined) throw new Error('gh: Not Found (HTTP 404)')
    return github.repositories[own]!
  }

  function api(command: Command): Value {
    const [path] = command.rest
    const body = fields(command, input)
    const method = command.value('--method') ?? command.value('-X') ?? (body ? 'POST' : 'GET')
    const [, name, rest = ''] = /^repos\/([^/]+\/[^/]+)\/?(.*)$/.exec(path!) ?? []
    const own = repository(name)
    const full_name = Object.keys(github.repositories).find((one) => github.repositories[one] === own)!
    switch (`${method} ${rest}`) {
      case 'GET ':
        return { full_name, private: own.private }
      case 'GET actions/oidc/customization/sub':
        return { use_default: true, sub_claim_prefix: own.prefix }
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
        own.rulesets.push(body)
        return body
      default:
        throw new Error(`gh: Not Found (HTTP 404) ${method} ${path}`)
    }
  }
}

/** The body that -F, -f and --input make. */
function fields(command: Command, input: string): Value {
  const file = command.value('--input')
  if (file !== undefined) return JSON.parse(file === '-' ? input : readFileSync(join(root, file), 'utf8'))
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
