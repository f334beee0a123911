/** The GitHub CLI, as far as the workflows use it, by its manual (https://cli.github.com/manual). */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { State } from './world.ts'

const env = (name: string) => process.env[name] ?? ''
const state: State = JSON.parse(readFileSync(env('PLAYER_STATE'), 'utf8'))

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

/** Splits arguments into options and the rest. Ends on an option that the manual does not have. */
function read(args: readonly string[], valued: readonly string[], flags: readonly string[] = []) {
  const options: Record<string, string> = {}
  const rest: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!
    if (!arg.startsWith('--')) rest.push(arg)
    else if (valued.includes(arg)) options[arg] = args[++index] ?? fail(`flag needs an argument: ${arg}`)
    else if (flags.includes(arg)) options[arg] = 'true'
    else fail(`unknown flag: ${arg}`)
  }
  return { options, rest }
}

function permit(scope: string, level: 'read' | 'write') {
  const token = env('GH_TOKEN')
  if (token === '')
    fail('gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.')
  const permissions = state.tokens[token]
  if (!permissions) fail('HTTP 401: Bad credentials (https://api.github.com/)')
  if (permissions[scope] !== 'write' && permissions[scope] !== level)
    fail(`HTTP 403: Resource not accessible by integration: ${scope}: ${level}`)
}

const [group, command, ...args] = process.argv.slice(2)
switch (`${group} ${command}`) {
  case 'attestation verify': {
    const { options, rest } = read(
      args,
      ['--repo', '--owner', '--signer-workflow', '--signer-repo', '--source-ref', '--predicate-type'],
      ['--deny-self-hosted-runners', '--bundle-from-oci'],
    )
    permit('attestations', 'read')
    const image = /^oci:\/\/(?<name>(?<host>[^/]+)\/.+)@(?<digest>sha256:[0-9a-f]{64})$/.exec(rest[0] ?? '')
    if (!image) fail(`failed to parse ${rest[0]}`)
    const { name, host, digest } = image.groups!
    const { auths = {} } = JSON.parse(readFileSync(join(env('DOCKER_CONFIG'), 'config.json'), 'utf8'))
    if (!auths[host!]) fail(`failed to fetch artifact: not signed in to ${host}`)
    const found = state.attestations.filter((one) => one.digest === digest)
    if (found.length === 0) fail(`HTTP 404: Not Found (attestations/${digest})`)
    const repository = options['--repo'] ?? fail('one of --owner or --repo is required')
    const trusted = found.some(
      (one) =>
        one.workflow.startsWith(`${repository}/`) &&
        one.workflow === (options['--signer-workflow'] ?? one.workflow) &&
        one.ref === (options['--source-ref'] ?? one.ref),
    )
    if (!trusted) fail('Error: verifying with issuer "sigstore.dev": no attestation matches the policy')
    console.log(`Loaded digest ${digest} for oci://${name}\n✓ Verification succeeded!`)
    break
  }
  case 'release view':
    permit('contents', 'read')
    if (!(args[0]! in state.releases)) fail('release not found')
    break
  case 'release create':
  case 'release edit': {
    const { options, rest } = read(args, ['--title', '--notes-file'], ['--verify-tag'])
    permit('contents', 'write')
    const tag = rest[0]!
    if (env('GH_REPO') === '') fail('no git remotes found')
    if (command === 'create' && tag in state.releases)
      fail(`HTTP 422: Validation Failed: a release with the same tag name already exists: ${tag}`)
    if (options['--verify-tag'])
      execFileSync('git', ['-C', env('PLAYER_ORIGIN'), 'rev-parse', '--verify', tag])
    state.releases[tag] = readFileSync(options['--notes-file']!, 'utf8')
    writeFileSync(env('PLAYER_STATE'), JSON.stringify(state))
    console.log(`https://github.com/${env('GH_REPO')}/releases/tag/${tag}`)
    break
  }
  default:
    fail(`unknown command "${group} ${command}" for "gh"`)
}
