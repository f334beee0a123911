/** The files for Prometheus and Grafana name what /metrics has, and say what they should. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { parse } from 'yaml'
import { limits } from '../src/limits.ts'
import { root, startApp } from './helpers/app.ts'
import { client } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'

interface Target {
  readonly refId: string
  readonly expr: string
}
interface Panel {
  readonly id: number
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly Target[]
}

// The image's build contains only the sources and tests.
const incomplete = !existsSync(join(root, 'ops')) && 'this is not the whole repository'
const promtool = incomplete || needs('promtool')
const read = (file: string) => (incomplete ? '' : readFileSync(join(root, file), 'utf8'))
const panels: readonly Panel[] = incomplete ? [] : JSON.parse(read('ops/dashboard.json')).panels
const rules: readonly { alert: string; expr: string }[] = incomplete
  ? []
  : parse(read('ops/alerts.yaml')).groups[0].rules
/** As Grafana fills in its variables. */
const expressions = panels.flatMap(({ targets }) =>
  targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', 'taskapp')),
)

suite('The dashboard and the alerts', { skip: incomplete }, () => {
  const names = new Set(['up'])
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
  after(() => rmSync(folder, { recursive: true }))

  before(async () => {
    await using app = await startApp({ env: { DURABLE_DIR: folder } })
    const call = client(app.url)
    // Answered once the journal is read, when all figures are there.
    assert.equal((await call('GET', '/tasks')).status, 200)
    const { text } = await call('GET', '/metrics')
    for (const [, name, kind] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
      names.add(name!)
      if (kind === 'histogram') for (const part of ['bucket', 'sum', 'count']) names.add(`${name}_${part}`)
    }
  })

  test('name only figures that the service has, and every one of them is on the dashboard', () => {
    const namesIn = (text: string) =>
      Array.from(text.matchAll(/\b(?:taskapp|process|nodejs)_\w+|\bup\b/g), ([name]) => name)
    const wanted = [...expressions, ...rules.map(({ expr }) => expr)].flatMap(namesIn)
    assert.ok(wanted.length > 30)
    assert.deepEqual(
      wanted.filter((name) => !names.has(name)),
      [],
    )
    const shown = new Set(
      expressions.flatMap(namesIn).map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    )
    const bare = [...names].filter((name) => name !== 'up' && !/_(bucket|sum|count)$/.test(name))
    assert.deepEqual(
      bare.filter((name) => !shown.has(name)),
      [],
    )
  })

  test('docs/operations.md tells of every figure and every alert', () => {
    const document = read('docs/operations.md')
    const figures = [...names].filter((name) => /^taskapp_/.test(name) && !/_(bucket|sum|count)$/.test(name))
    const missing = [...figures, ...rules.map(({ alert }) => alert)].filter(
      (name) => !document.includes(`\`${name}\``),
    )
    assert.deepEqual(missing, [])
  })

  test('warn before a limit is reached', () => {
    const threshold = (alert: string) =>
      Number(/> (\S+)\s*$/.exec(rules.find((rule) => rule.alert === alert)!.expr)![1])
    assert.ok(threshold('TaskappWritesQueue') < limits.queuedWrites)
    assert.ok(threshold('TaskappEventStreams') < limits.eventStreams)
  })

  test('have panels that do not overlap, each with a number and expressions of its own', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    const taken = new Map<string, string>()
    for (const { title, gridPos, targets } of panels) {
      assert.ok(targets.length > 0, title)
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
      assert.ok(gridPos.x + gridPos.w <= 24, title)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.equal(taken.get(`${x},${y}`), undefined, title)
          taken.set(`${x},${y}`, title)
        }
    }
  })

  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: root, encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    return stdout
  }

  test('have expressions that promtool takes', { skip: promtool }, () => {
    assert.match(run('check', 'rules', 'ops/alerts.yaml'), new RegExp(`${rules.length} rules found`))
    const file = join(folder, 'expressions.yaml')
    const recorded = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }))
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: recorded }] }))
    assert.match(run('check', 'rules', file), new RegExp(`${expressions.length} rules found`))
  })

  test('fire when all is bad, and not when all is well', { skip: promtool }, () => {
    const cases = read('test/ops.alerts.yaml')
    for (const { alert } of rules) assert.ok(cases.includes(`alertname: ${alert},`), alert)
    assert.match(cases, new RegExp(`value: ${rules.length} `))
    run('test', 'rules', 'test/ops.alerts.yaml')
  })
})
