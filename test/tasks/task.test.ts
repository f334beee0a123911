import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { changeTask, newTask } from '../../src/tasks/task.ts'

suite('A changed task', () => {
  const task = { ...newTask(1, { title: 'Tea' }, 1_000), updated: 2_000 }

  test('has the time of its change for a version', () => {
    assert.deepEqual(changeTask(task, { title: 'Coffee' }, 3_000), {
      ...task,
      title: 'Coffee',
      updated: 3_000,
    })
  })

  test('has a higher version than before, even if the clock stops or goes back', () => {
    for (const now of [2_000, 1_999, 0]) assert.equal(changeTask(task, { done: true }, now).updated, 2_001)
  })

  test('knows when it was completed, until it is open again', () => {
    const done = changeTask(task, { done: true }, 3_000)
    assert.equal(done.completed, 3_000)
    assert.equal(changeTask(done, { title: 'Coffee' }, 4_000).completed, 3_000)
    assert.equal(changeTask(done, { done: 'toggle' }, 4_000).completed, null)
  })

  test('is the very same one if nothing changes', () => {
    for (const change of [{}, { title: 'Tea' }, { done: false }, { title: 'Tea', done: false, notes: null }])
      assert.equal(changeTask(task, change, 3_000), task)
  })
})
