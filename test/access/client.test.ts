import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { countAttempts } from '../../src/access/attempts.ts'
import { type Proxies, parseProxies, peersBehind } from '../../src/access/client.ts'
import { limitRate } from '../../src/access/rate.ts'
import { type Call, noContent } from '../../src/http/message.ts'
import { limits } from '../../src/limits.ts'

type Fields = Readonly<Record<string, string>>

function clientFrom(proxies: Proxies | undefined, address: string, headers: Fields = {}): string {
  return peersBehind(proxies).clientOf({ address, headers } as unknown as Call)
}

suite('The client behind proxies', () => {
  const networks = parseProxies('10.0.0.0/8 fd00::/8, 127.0.0.1 ::ffff:172.18.0.0/112')
  const from = (address: string, forwarded?: string) =>
    clientFrom(networks, address, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded })

  test('is the last address that is not a trusted proxy', () => {
    assert.equal(from('10.1.2.3', '198.51.100.9, 192.0.2.1, 10.9.9.9'), '192.0.2.1')
    assert.equal(from('fd12::1', '2001:db8:a:b:c::1'), '2001:db8:a:b::/64')
    assert.equal(from('203.0.113.5', '192.0.2.1'), '203.0.113.5')
    assert.equal(from('172.18.7.7', '192.0.2.1'), '192.0.2.1')
    assert.equal(from('10.1.2.3'), '10.1.2.3')
    for (const nothing of [
      'nonsense',
      '',
      ',',
      'unknown',
      '1.2.3',
      '1.2.3.4.5',
      '999.1.1.1',
      '[1.2.3.4]',
      ':::',
    ])
      assert.equal(from('10.1.2.3', `192.0.2.1, ${nothing}`), '10.1.2.3', nothing)
  })

  test('is the same for all spellings of its address', () => {
    for (const spelled of [
      '192.0.2.1',
      '192.0.2.1:4711',
      '::ffff:192.0.2.1',
      '::FFFF:c000:201',
      '[::ffff:192.0.2.1]:443',
      '64:ff9b::192.0.2.1',
      '64:ff9b::c000:201',
      '0:0:0:0:0:ffff:192.0.2.1',
    ])
      assert.equal(from('10.1.2.3', spelled), '192.0.2.1', spelled)
    for (const spelled of [
      '2001:db8::1',
      '[2001:DB8::1]',
      '[2001:db8::1]:443',
      '2001:0db8:0:0:5::1',
      '2001:db8::1%eth0',
      '2001:db8:0:0:1:2:192.0.2.1',
    ])
      assert.equal(from('10.1.2.3', spelled), '2001:db8:0:0::/64', spelled)
    assert.equal(from('::ffff:10.1.2.3', '192.0.2.1'), '192.0.2.1')
    assert.equal(from('64:ff9b::10.1.2.3', '192.0.2.1'), '192.0.2.1')
    assert.equal(from('fe80::1%eth0'), 'fe80:0:0:0::/64')
    assert.equal(from('::'), '0:0:0:0::/64')
  })

  test('is found by the number of proxies, whatever their addresses and forged ones', () => {
    const counted = (proxies: string, forwarded: string) =>
      clientFrom(parseProxies(proxies), '172.18.0.3', { 'x-forwarded-for': forwarded })
    assert.equal(counted('1', '203.0.113.1, 192.168.1.50'), '192.168.1.50')
    assert.equal(counted('1', '203.0.113.1, 192.168.1.50, 172.18.0.1'), '172.18.0.1')
    assert.equal(counted('2', '203.0.113.1, 192.168.1.50, 172.18.0.1'), '192.168.1.50')
    assert.equal(counted('3', '192.168.1.50, 172.18.0.1'), '192.168.1.50', 'as far as is told')
    assert.equal(counted('0', '192.168.1.50'), '172.18.0.3')
  })

  test('is also taken from Forwarded, and from neither field if the two differ', () => {
    const fields = (headers: Fields) => clientFrom(networks, '10.0.0.1', headers)
    for (const forwarded of [
      'for=192.0.2.1',
      'For="192.0.2.1:4711";proto=https;by=10.0.0.9',
      'for=203.0.113.1, proto=http; for=192.0.2.1',
      'for=192.0.2.1, for="[fd00::1]"',
    ])
      assert.equal(fields({ forwarded }), '192.0.2.1', forwarded)
    assert.equal(fields({ forwarded: 'for="[2001:db8::7]:443"' }), '2001:db8:0:0::/64')
    assert.equal(fields({ forwarded: 'for=_hidden' }), '10.0.0.1')
    const both = { forwarded: 'for=192.0.2.1', 'x-forwarded-for': '192.0.2.1' }
    assert.equal(fields(both), '192.0.2.1')
    assert.equal(fields({ ...both, forwarded: 'for=203.0.113.7' }), '10.0.0.1')
    assert.equal(fields({ ...both, 'x-forwarded-for': '203.0.113.7' }), '10.0.0.1')
  })
})

suite('Wrong tokens', () => {
  const opened = () => {
    const clock = { now: 0 }
    const attempts = countAttempts(undefined, () => clock.now)
    return { clock, attempts }
  }
  /** Wrong once more as soon as that counts. Returns how long it had to wait. */
  function failAgain({ clock, attempts }: ReturnType<typeof opened>, client: string): number {
    const wait = attempts.failed(client)
    if (wait === 0) return 0
    clock.now += wait * 1_000
    assert.equal(attempts.failed(client), 0)
    return wait
  }

  test('double the delay each time, up to a limit', () => {
    const known = opened()
    const waits = Array.from({ length: limits.freeAttempts + 14 }, () => failAgain(known, 'a'))
    assert.deepEqual(waits.slice(0, limits.freeAttempts + 5), [
      ...Array(limits.freeAttempts + 1).fill(0),
      1,
      2,
      4,
      8,
    ])
    assert.equal(waits.at(-1), limits.attemptDelayMs / 1_000)
  })

  test('are forgotten after a right one, and over time', () => {
    const known = opened()
    const { clock, attempts } = known
    for (const forgive of [
      () => attempts.succeeded('a'),
      () => (clock.now += limits.attemptDelayMs + limits.attemptMemoryMs),
    ]) {
      for (let n = 0; n < 20; n++) failAgain(known, 'a')
      forgive()
      for (let n = 0; n <= limits.freeAttempts; n++) assert.equal(attempts.failed('a'), 0)
      assert.equal(attempts.failed('a'), 1)
      attempts.succeeded('a')
    }
  })

  test('of many other clients do not evict a throttled client', () => {
    const known = opened()
    const { attempts } = known
    for (let n = 0; n < 20; n++) failAgain(known, 'a')
    const before = attempts.failed('a')
    assert.ok(before > 600)
    for (let n = 0; n < 3 * limits.clients; n++) assert.equal(attempts.failed(`once ${n}`), 0)
    assert.equal(attempts.failed('a'), before)
    // Even where all of them wait.
    for (let n = 0; n < limits.clients; n++)
      for (let again = 0; again <= limits.freeAttempts; again++) attempts.failed(`often ${n}`)
    assert.equal(attempts.failed('a'), before)
    for (let n = 0; n <= limits.freeAttempts; n++) attempts.failed(`more ${n}`)
    assert.ok(attempts.failed('yet another') > 0, 'who finds no room waits with all like it')
  })
})

suite('A limited rate', () => {
  test('applies to a client although many others arrive meanwhile', () => {
    const handle = limitRate(
      () => noContent(),
      60,
      { clientOf: ({ address }) => address, exempt: [] },
      () => 0,
    )
    const allowed = (address: string, times: number) => {
      let count = 0
      for (let n = 0; n < times; n++)
        try {
          void handle({ address, path: '/tasks' } as Call)
          count++
        } catch {}
      return count
    }
    assert.equal(allowed('a', 100), 60)
    for (let n = 0; n < 3 * limits.clients; n++) assert.equal(allowed(String(n), 1), 1)
    assert.equal(allowed('a', 100), 0)
  })
})
