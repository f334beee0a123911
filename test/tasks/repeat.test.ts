import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { RRuleTemporal } from 'rrule-temporal'
import { canonicalRepeat, following, icalendarRule, repeatFault } from '../../src/tasks/repeat.ts'

const days = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const date = fc
  .date({ min: new Date('1999-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((time) => time.toISOString().slice(0, 10))
const monthDay = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant(-1))
const interval = fc.integer({ min: 1, max: 30 }).map((n) => `;INTERVAL=${n}`)
const rule = fc.oneof(
  interval.map((every) => `FREQ=DAILY${every}`),
  fc
    .tuple(interval, fc.subarray(days))
    .map(([every, some]) => `FREQ=WEEKLY${every}${some.length > 0 ? `;BYDAY=${some}` : ''}`),
  fc
    .tuple(interval, fc.uniqueArray(monthDay, { maxLength: 4 }))
    .map(([every, some]) => `FREQ=MONTHLY${every}${some.length > 0 ? `;BYMONTHDAY=${some}` : ''}`),
  interval.map((every) => `FREQ=YEARLY${every}`),
  fc
    .tuple(interval, fc.integer({ min: 1, max: 12 }), monthDay)
    .map(([every, month, day]) => `FREQ=YEARLY${every};BYMONTH=${month};BYMONTHDAY=${day}`)
    .filter((text) => repeatFault(text) === undefined),
)

/** What the library takes for the first day behind `after`. */
function expected(text: string, due: string, after: string): string | undefined {
  const start = `DTSTART;TZID=UTC:${due.replaceAll('-', '')}T000000`
  const kept = new RRuleTemporal({ rruleString: `${start}\nRRULE:${text}` })
  return kept
    .next(new Date(`${after}T00:00:00Z`))
    ?.toString()
    .slice(0, 10)
}

suite('The day after one that is done', () => {
  test('is that of a kept library, for every rule that RFC 5545 can say', () => {
    fc.assert(
      fc.property(rule, date, fc.integer({ min: -400, max: 800 }), (text, due, late) => {
        const today = new Date(Date.parse(due) + late * 86_400_000).toISOString().slice(0, 10)
        const said = icalendarRule(text, due)
        fc.pre(said !== undefined)
        const next = following(due, text, today)!.due
        assert.equal(next, expected(said, due, today > due ? today : due), `${text} from ${due} on ${today}`)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is behind both its date and today, whenever it was done', () => {
    for (const [text, due, today, next] of [
      ['FREQ=DAILY', '2026-11-20', '2026-11-27', '2026-11-28'],
      ['FREQ=WEEKLY', '2026-11-20', '2026-11-27', '2026-12-04'],
      ['FREQ=WEEKLY;INTERVAL=2', '2026-11-20', '2026-11-27', '2026-12-04'],
      ['FREQ=WEEKLY;BYDAY=FR', '2026-11-27', '2026-11-23', '2026-12-04'],
      ['FREQ=MONTHLY', '2026-12-15', '2026-11-27', '2027-01-15'],
      ['FREQ=YEARLY', '2020-11-27', '2026-11-27', '2027-11-27'],
    ] as const)
      assert.equal(following(due, text, today)?.due, next, text)
  })

  test('counts from today with FROM=COMPLETION', () => {
    const text = 'FREQ=DAILY;INTERVAL=3;FROM=COMPLETION'
    assert.deepEqual(following('2026-11-20', text, '2026-11-27'), { due: '2026-11-30', repeat: text })
    assert.equal(following('2026-12-24', text, '2026-11-27')?.due, '2026-11-30')
    assert.equal(following('2026-11-20', 'FREQ=MONTHLY;FROM=COMPLETION', '2027-01-31')?.due, '2027-02-28')
  })

  test('neither skips a short month nor stays at its end', () => {
    const series = (due: string, repeat: string) =>
      Array.from({ length: 5 }, () => {
        ;({ due, repeat } = following(due, repeat, due)!)
        return due
      })
    const ends = ['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30']
    for (const text of ['FREQ=MONTHLY', 'FREQ=MONTHLY;BYMONTHDAY=31', 'FREQ=MONTHLY;BYMONTHDAY=-1'])
      assert.deepEqual(series('2027-01-31', text), ends, text)
    assert.deepEqual(series('2027-01-30', 'FREQ=MONTHLY')[1], '2027-03-30')
    assert.deepEqual(series('2024-02-29', 'FREQ=YEARLY'), [
      '2025-02-28',
      '2026-02-28',
      '2027-02-28',
      '2028-02-29',
      '2029-02-28',
    ])
  })

  test('follows a date that was changed, where the rule names no day', () => {
    assert.equal(following('2026-11-28', 'FREQ=WEEKLY', '2026-11-28')?.due, '2026-12-05')
    assert.equal(following('2026-11-28', 'FREQ=WEEKLY;BYDAY=FR', '2026-11-28')?.due, '2026-12-04')
  })

  test('is there until the last one', () => {
    const until = 'FREQ=DAILY;UNTIL=20261128'
    assert.deepEqual(following('2026-11-27', until, '2026-11-27'), { due: '2026-11-28', repeat: until })
    assert.equal(following('2026-11-28', until, '2026-11-28'), undefined)
    assert.equal(following('2026-11-27', 'FREQ=DAILY;COUNT=2', '2026-11-27')?.repeat, 'FREQ=DAILY;COUNT=1')
    assert.equal(following('2026-11-28', 'FREQ=DAILY;COUNT=1', '2026-11-28'), undefined)
    assert.equal(following('9999-12-31', 'FREQ=DAILY', '2026-11-28'), undefined)
    assert.equal(following('0001-01-01', 'FREQ=YEARLY', '0001-01-01')?.due, '0002-01-01')
  })
})

suite('A rule', () => {
  test('has one text, however it is written', () => {
    for (const [text, canonical] of [
      ['freq=weekly;byday=fr,mo,FR;interval=1', 'FREQ=WEEKLY;BYDAY=MO,FR'],
      ['WKST=MO;INTERVAL=02;FREQ=DAILY;COUNT=010', 'FREQ=DAILY;INTERVAL=2;COUNT=10'],
      ['FREQ=MONTHLY;BYMONTHDAY=-1,15,1', 'FREQ=MONTHLY;BYMONTHDAY=1,15,-1'],
      ['BYMONTHDAY=24;BYMONTH=12;FREQ=YEARLY', 'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24'],
      ['FROM=COMPLETION;FREQ=DAILY;UNTIL=20261231', 'FREQ=DAILY;UNTIL=20261231;FROM=COMPLETION'],
    ] as const)
      assert.equal(canonicalRepeat(text), canonical)
    fc.assert(
      fc.property(rule, (text) => {
        const canonical = canonicalRepeat(text)
        assert.equal(canonicalRepeat(canonical), canonical)
        assert.equal(repeatFault(canonical), undefined)
      }),
    )
  })

  test('that is refused says why', () => {
    for (const [text, why] of [
      ['', /must be a rule such as/],
      ['every friday', /must be a rule such as/],
      ['RRULE:FREQ=DAILY', /must be a rule such as/],
      ['FREQ=DAILY;', /must be a rule such as/],
      ['INTERVAL=2', /must have a FREQ/],
      ['FREQ=HOURLY', /must have a FREQ.*no time of day/],
      ['FREQ=DAILY;FREQ=DAILY', /FREQ twice/],
      ['FREQ=DAILY;BYSETPOS=1', /cannot have BYSETPOS/],
      ['FREQ=DAILY;INTERVAL=0', /INTERVAL from 1 to 999/],
      ['FREQ=DAILY;INTERVAL=1000', /INTERVAL from 1 to 999/],
      ['FREQ=DAILY;COUNT=0', /COUNT from 1/],
      ['FREQ=DAILY;COUNT=10000', /COUNT from 1/],
      ['FREQ=DAILY;UNTIL=20260230', /date such as/],
      ['FREQ=DAILY;UNTIL=20261231T000000Z', /date such as/],
      ['FREQ=DAILY;UNTIL=20261231;COUNT=2', /both/],
      ['FREQ=WEEKLY;BYDAY=2MO', /without numbers/],
      ['FREQ=MONTHLY;BYDAY=MO', /BYDAY without FREQ=WEEKLY/],
      ['FREQ=WEEKLY;BYMONTHDAY=1', /BYMONTHDAY without/],
      ['FREQ=MONTHLY;BYMONTHDAY=32', /from 1 to 31/],
      ['FREQ=MONTHLY;BYMONTHDAY=-2', /from 1 to 31/],
      ['FREQ=MONTHLY;BYMONTH=2', /BYMONTH without/],
      ['FREQ=YEARLY;BYMONTHDAY=1', /or neither/],
      ['FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1', /month from 1 to 12/],
      ['FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31', /no such day/],
      ['FREQ=WEEKLY;WKST=SU', /begin on Monday/],
      ['FREQ=DAILY;FROM=DUE', /COMPLETION/],
      [`FREQ=DAILY;INTERVAL=${'0'.repeat(200)}1`, /at most 200/],
    ] as const)
      assert.match(repeatFault(text) ?? 'nothing', why, text)
  })
})
