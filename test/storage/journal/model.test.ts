import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { root } from '../../helpers/app.ts'
import type { Sum } from './schedules.ts'

/** More of them: `SCHEDULES=100000 node --test test/storage/journal/model.test.ts`. */
const schedules = Number(process.env['SCHEDULES'] ?? (process.env['CI'] ? 20_000 : 4_000))
const source = join(root, 'src/storage/journal/journal.ts')

suite('The protocol on a simulated share', () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-mutants-'))
  after(() => rmSync(folder, { recursive: true }))

  test(`loses no acknowledged write in ${schedules} random schedules`, async () => {
    const half = schedules / 2
    const sums = await Promise.all([run(source, 0, half), run(source, half, schedules)])
    for (const { fault, seed } of sums) assert.equal(fault, undefined, `seed ${seed}`)
    // Schedules in which nothing happens would prove nothing.
    const [first, second] = sums as [Sum, Sum]
    assert.ok(first.acknowledged + second.acknowledged > 10 * schedules)
    assert.ok(first.writers + second.writers > 2 * schedules)
  })

  const mutants = [
    ['the folder is not looked at before an answer', '        await check(before)\n', ''],
    [
      'a record is not synced',
      '      await file!.write(frame, end)\n      await file!.sync()\n',
      '      await file!.write(frame, end)\n',
    ],
    [
      'the folder is looked at before the sync, not after',
      "        if (record) await append(encode({ kind: 'record', record }, { epoch, bytes: end }))\n        await check(before)\n",
      "        await check(before)\n        if (record) await append(encode({ kind: 'record', record }, { epoch, bytes: end }))\n",
    ],
    ['the new writer does not wait out an old listing', 'own.epoch === 1 ? 0 : limits.takeOverWaitMs', '0'],
  ] as const

  for (const [index, [what, right, wrong]] of mutants.entries()) {
    test(`loses writes when ${what}`, async () => {
      const text = readFileSync(source, 'utf8')
      assert.ok(text.includes(right), 'the source has changed: name the line anew')
      const file = join(folder, `${index}.ts`)
      const absolute = text
        .replace(right, wrong)
        .replaceAll(/from '(\.[^']+)'/g, (_, path) => `from '${pathToFileURL(join(source, '..', path))}'`)
      writeFileSync(file, absolute)
      const { fault } = await run(file, 0, schedules)
      assert.ok(fault, `no fault in ${schedules} schedules`)
    })
  }
})

async function run(module: string, from: number, to: number): Promise<Sum> {
  const workerData = { module: pathToFileURL(module).href, from, to }
  // Without coverage, which takes three times as long.
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  const worker = new Worker(new URL('./schedules.ts', import.meta.url), { workerData, env })
  const [sum] = await once(worker, 'message')
  return sum
}
