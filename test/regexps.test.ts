/** Every regular expression takes time in proportion to what it looks at, as recheck proves. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { type AnyNode, parse } from 'acorn'
import { root } from './helpers/app.ts'

// In this process, without its binary or a Java that the machine may not have.
process.env['RECHECK_BACKEND'] = 'pure'
const { checkSync } = await import('recheck')

/** Its limits of time make what it finds depend on the machine; those of counts stay. */
const byCounts = {
  timeout: null,
  attackTimeout: null,
  incubationTimeout: null,
  recallTimeout: null,
  seedingTimeout: null,
}

interface Found {
  readonly source: string
  readonly flags: string
}

suite('The regular expressions', () => {
  const found = new Map<string, Found>()
  for (const folder of ['src', 'web/src', 'web/service-worker'])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.ts'))
        for (const each of expressionsOf(join(root, folder, name)))
          found.set(`/${each.source}/${each.flags} in ${folder}/${name}`, each)

  test('are found', () => assert.ok(found.size > 50))

  for (const [name, { source, flags }] of found)
    test(`${name} is linear`, () => {
      assert.equal(checkSync(source, flags, byCounts).status, 'safe')
    })
})

test('An expression that is not linear would be noticed', () => {
  const [quadratic] = expressionsIn('const ends = (text: string) => /\\\\+$/.test(text)')
  assert.equal(checkSync(quadratic!.source, quadratic!.flags).status, 'vulnerable')
  assert.throws(() => expressionsIn('new RegExp(name)'), /made at run time/)
})

function expressionsOf(file: string): Found[] {
  return expressionsIn(readFileSync(file, 'utf8'))
}

function expressionsIn(code: string): Found[] {
  const found: Found[] = []
  walk(parse(stripTypeScriptTypes(code), { ecmaVersion: 'latest', sourceType: 'module' }))
  return found

  function walk(node: AnyNode) {
    if (node.type === 'Literal' && node.regex)
      found.push({ source: node.regex.pattern, flags: node.regex.flags })
    if (
      (node.type === 'NewExpression' || node.type === 'CallExpression') &&
      node.callee.type === 'Identifier' &&
      node.callee.name === 'RegExp'
    )
      assert.fail('an expression that is made at run time cannot be checked')
    for (const value of Object.values(node))
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child)
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
