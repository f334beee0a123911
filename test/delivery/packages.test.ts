import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js'
import { Severity } from 'csp_evaluator/dist/finding.js'
import { CspParser } from 'csp_evaluator/dist/parser.js'
import { satisfies } from 'semver'
import { pageHeaders } from '../../src/http/static.ts'
import { root } from '../helpers/app.ts'

const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))

interface Locked {
  readonly engines?: { readonly node?: string }
  readonly hasInstallScript?: boolean
  readonly resolved?: string
}

suite('The packages', () => {
  for (const [folder, allowed] of [
    ['.', ['node']],
    ['test', []],
    ['bench', []],
  ] as const) {
    const locked = Object.entries<Locked>(read(join(folder, 'package-lock.json')).packages)

    test(`of ${folder} run install scripts only if allowed by name`, () => {
      const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript)
      const named: Record<string, boolean> = read(join(folder, 'package.json')).allowScripts ?? {}
      assert.deepEqual(
        scripted.map(([path]) => path.replace(/^.*node_modules\//, '')).sort(),
        Object.keys(named).sort(),
      )
      assert.deepEqual(
        Object.keys(named).filter((name) => named[name]),
        allowed,
      )
    })

    test(`of ${folder} come from the configured registry`, () => {
      for (const [path, { resolved }] of locked) assert.equal(resolved, undefined, path)
    })
  }

  test('that `npm ci` installs run on the oldest Node.js that the README allows', () => {
    const [, oldest] = /Node\.js (\d+) or newer/.exec(readFileSync(join(root, 'README.md'), 'utf8'))!
    for (const [path, { engines }] of Object.entries<Locked>(read('package-lock.json').packages))
      if (engines?.node !== undefined)
        assert.ok(satisfies(`${oldest}.20.0`, engines.node), `${path}: ${engines.node}`)
  })

  test('are absent from the shipped SBOM', () => {
    const text = execFileSync(
      'npm',
      ['sbom', '--omit=dev', '--omit=optional', '--sbom-format=cyclonedx', '--package-lock-only'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
    const { metadata, components = [] } = JSON.parse(text)
    assert.match(metadata.component.purl, /^pkg:npm\/taskapp@/)
    assert.deepEqual(components, [])
  })
})

test('Google’s evaluator finds nothing serious in the content security policy', () => {
  const policy = pageHeaders[pageHeaders.indexOf('Content-Security-Policy') + 1]!
  const findings = new CspEvaluator(new CspParser(policy).csp).evaluate()
  assert.deepEqual(
    findings.filter(({ severity }) => severity <= Severity.MEDIUM).map(({ description }) => description),
    [],
  )
})
