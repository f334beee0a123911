import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import type { Store } from '../../src/storage/database.ts'

/** What every storage promises of sessions that ended (src/access/ended.ts). `open` opens an empty one. */
export function endedContract(name: string, open: () => Promise<Store>): void {
  suite(`Ended sessions, stored in ${name}`, () => {
    let store: Store
    let later: number
    beforeEach(async () => {
      later = Date.now() + 60 * 60_000
      store = await open()
    })
    afterEach(() => store.close())

    test('are exactly the revoked ones', async () => {
      const { end, isEnded } = store.ended
      assert.equal(await isEnded('phone', 'a', later), false)
      await end('phone', 'a', later)
      assert.equal(await isEnded('phone', 'a', later), true)
      for (const [holder, session] of [
        ['phone', 'b'],
        ['laptop', 'a'],
        ['phon', 'e a'],
      ] as const)
        assert.equal(await isEnded(holder, session, later), false, `${holder} ${session}`)
      await end('phone', 'a', later)
      assert.equal(await isEnded('phone', 'a', later), true)
    })

    test('include all of a holder’s that expire by a given time', async () => {
      const { end, isEnded } = store.ended
      await end('phone', 'a', later)
      await end('phone', 'newer', later + 2)
      await end('phone-2', 'a', later)
      await end('phone', undefined, later + 1)
      assert.equal(await isEnded('phone', 'never seen', later + 1), true)
      assert.equal(await isEnded('phone', 'begun since', later + 2), false)
      assert.equal(await isEnded('phone', 'newer', later + 2), true)
      assert.equal(await isEnded('laptop', 'a', later), false)
      await end('phone', undefined, later)
      assert.equal(await isEnded('phone', 'never seen', later + 1), true, 'none comes back')
    })

    test('include all of a holder’s once more were revoked than can be stored', async () => {
      const { end, isEnded } = store.ended
      const endings = Array.from({ length: limits.endedSessions + 1 }, (_, n) =>
        end('phone', String(n), later + n),
      )
      await Promise.all(endings)
      for (const n of [0, 500, limits.endedSessions])
        assert.equal(await isEnded('phone', String(n), later + n), true)
      assert.equal(await isEnded('phone', 'still open', later), true)
      assert.equal(await isEnded('phone', 'begun since', later + 2_000), false)
      assert.equal(await isEnded('laptop', '1', later), false)
    })

    test('are announced before the promise settles, as a commit without changes', async () => {
      const told: unknown[] = []
      store.onCommit(({ changes, sessions }) => told.push([changes(), sessions]))
      await store.ended.end('phone', 'a', later)
      assert.deepEqual(
        told.find((each) => Array.isArray(each) && each[1] === true),
        [[], true],
      )
    })
  })
}
