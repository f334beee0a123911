import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js'
import { Severity } from 'csp_evaluator/dist/finding.js'
import { CspParser } from 'csp_evaluator/dist/parser.js'
import { pageHeaders } from '../../src/http/static.ts'
import { root } from '../helpers/app.ts'

const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))

suite('The packages', () => {
  test('run a script when they are installed only where it was allowed or forbidden by name', () => {
    const { packages } = read('package-lock.json') as {
      packages: Record<string, { hasInstallScript?: boolean; version: string }>
    }
    const scripted = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    const named = read('package.json').allowScripts as Record<string, boolean>
    assert.deepEqual(
      scripted.filter((name) => !(name in named)),
      [],
    )
    assert.deepEqual(
      Object.entries(named).filter(([, allowed]) => allowed),
      [['node', true]],
    )
  })

  test('are none in what is shipped, by its bill of materials', () => {
    const text = execFileSync(
      'npm',
      ['sbom', '--omit=dev', '--sbom-format=cyclonedx', '--package-lock-only'],
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
