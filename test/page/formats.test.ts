/** Files of other programs, written after the descriptions of their formats. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseDue } from '../../web/src/dates/due.ts'
import { firstDay, repeatSaid } from '../../web/src/dates/repeats.ts'
import { foreignTasks } from '../../web/src/transfer/formats.ts'
import { decode } from '../../web/src/transfer/formats-parts.ts'
import { repeatSayings } from '../../web/src/words/languages.ts'
import { startApp } from '../helpers/app.ts'
import { client } from '../helpers/client.ts'

const today = '2026-11-20'
const read = (name: string, text: string) => {
  const found = foreignTasks({
    name,
    text,
    readDate: (date) => parseDue(date, ['en', 'de'], today),
    readRepeat(said) {
      const repeat = repeatSaid(said, repeatSayings, ['en', 'de'])
      return repeat === undefined ? undefined : { repeat, due: firstDay(repeat, today) }
    },
  })
  return found && { tasks: found.tasks, left: Object.fromEntries(found.left) }
}

suite('A file of', () => {
  test('Todoist gives its tasks, with comments as notes', () => {
    const text = [
      '\uFEFFTYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE',
      'section,Home,,,,,,,,',
      'task,Buy milk @shop,"2 litres, ""fresh""",4,1,Ann (1),,2026-12-01,en,Europe/Berlin',
      'note,Oat milk is fine,,,,Ann (1),,,,',
      ',,,,,,,,,',
      'task,* Just a heading,,1,1,Ann (1),,,,',
      'task,Water plants,,4,2,Ann (1),,every friday,en,',
      'task,Backup,,4,1,Ann (1),,every 2nd workday of May,en,',
      'task,Dentist,,4,1,Ann (1),,24 Dec at 14:00,en,',
      'task,Someday,,4,1,Ann (1),,when I feel like it,en,',
      'task,   ,,4,1,,,,,',
    ].join('\r\n')
    assert.deepEqual(read('Home.csv', text), {
      tasks: [
        { title: 'Buy milk @shop', notes: '2 litres, "fresh"\n\nOat milk is fine', due: '2026-12-01' },
        { title: 'Just a heading' },
        { title: 'Water plants', due: today, repeat: 'FREQ=WEEKLY;BYDAY=FR' },
        { title: 'Backup' },
        { title: 'Dentist', due: '2026-12-24' },
        { title: 'Someday' },
      ].map((task) => ({ ...task, list: 'Home' })),
      left: { section: 1, priority: 1, repeat: 1, subtask: 1, time: 1, date: 1, empty: 1 },
    })
  })

  test('TickTick gives its tasks on the days of their zone', () => {
    const text = [
      '"Date: 2026-11-20+0000"',
      '"Version: 7.1"',
      '"Status: \n0 Normal\n1 Completed\n2 Archived"',
      '"Folder Name","List Name","Title","Kind","Tags","Content","Is Check list","Start Date","Due Date","Reminder","Repeat","Priority","Status","Created Time","Completed Time","Order","Timezone","Is All Day","parentId"',
      '"","Inbox","Pay rent","TEXT","","to Ms Ng","N","2026-11-30T23:00:00+0000","2026-11-30T23:00:00+0000","","","0","0","2026-11-01T08:00:00+0000","","0","Europe/Berlin","true",""',
      '"","Inbox","Call","TEXT","phone","","N","","2026-12-02T09:30:00+0000","PT0S","FREQ=DAILY","5","2","2026-11-01T08:00:00+0000","2026-11-02T08:00:00+0000","1","Europe/Berlin","false","7"',
      '"","Work","Ship it","TEXT","","","N","","","","","0","1","2026-11-01T08:00:00+0000","2026-11-03T08:00:00+0000","2","","",""',
    ].join('\n')
    assert.deepEqual(read('ticktick.csv', text), {
      tasks: [
        { title: 'Pay rent', notes: 'to Ms Ng', due: '2026-12-01', created: '2026-11-01T08:00:00.000Z' },
        {
          title: 'Call',
          done: true,
          due: '2026-12-02',
          repeat: 'FREQ=DAILY',
          created: '2026-11-01T08:00:00.000Z',
          completed: '2026-11-02T08:00:00.000Z',
        },
        {
          title: 'Ship it',
          done: true,
          list: 'Work',
          created: '2026-11-01T08:00:00.000Z',
          completed: '2026-11-03T08:00:00.000Z',
        },
      ],
      left: { reminder: 1, priority: 1, subtask: 1, tag: 1, time: 1 },
    })
  })

  test('Google Tasks gives the tasks of all lists, with their names', () => {
    const json = {
      kind: 'tasks#taskLists',
      items: [
        {
          kind: 'tasks#tasks',
          title: 'Mine',
          items: [
            {
              title: 'Renew passport',
              notes: 'Photo!',
              status: 'needsAction',
              due: '2026-12-03T00:00:00Z',
              created: '2026-01-02T03:04:05Z',
            },
            { title: 'Old', status: 'completed', completed: '2026-02-02T00:00:00Z', parent: 'x' },
            { title: 'Gone', status: 'needsAction', deleted: true },
            { title: '', status: 'needsAction' },
          ],
        },
        {
          kind: 'tasks#tasks',
          title: 'Ours',
          items: [{ title: 'Party', status: 'needsAction', due: 'soon' }],
        },
        { kind: 'tasks#tasks', title: 'Empty' },
      ],
    }
    assert.deepEqual(read('Tasks.json', JSON.stringify(json)), {
      tasks: [
        {
          title: 'Renew passport',
          notes: 'Photo!',
          due: '2026-12-03',
          list: 'Mine',
          created: '2026-01-02T03:04:05.000Z',
        },
        { title: 'Old', done: true, list: 'Mine', completed: '2026-02-02T00:00:00.000Z' },
        { title: 'Party', list: 'Ours' },
      ],
      left: { subtask: 1, deleted: 1, empty: 1, date: 1 },
    })
  })

  test('Microsoft To Do gives its tasks, steps as notes', () => {
    const task = {
      title: 'Pack',
      status: 'inProgress',
      importance: 'high',
      isReminderOn: true,
      body: { content: '<p>Blue &amp; green</p><b>bags</b>', contentType: 'html' },
      dueDateTime: { dateTime: '2026-12-05T12:00:00.0000000', timeZone: 'UTC' },
      checklistItems: [
        { displayName: 'Socks', isChecked: true },
        { displayName: 'Maps', isChecked: false },
      ],
      recurrence: { pattern: { type: 'daily' } },
      createdDateTime: '2026-11-01T00:00:00.0000000Z',
    }
    const done = {
      title: 'Done',
      status: 'completed',
      completedDateTime: { dateTime: '2026-11-02T00:00:00.0000000', timeZone: 'UTC' },
    }
    const tasks = [
      {
        title: 'Pack',
        notes: 'Blue & green\nbags\n☑ Socks\n☐ Maps',
        due: '2026-12-05',
        created: '2026-11-01T00:00:00.000Z',
      },
      { title: 'Done', done: true, completed: '2026-11-02T00:00:00.000Z' },
    ]
    const left = { repeat: 1, reminder: 1, priority: 1 }
    assert.deepEqual(read('todo.json', JSON.stringify({ value: [task, done] })), { tasks, left })
    const lists = [
      { displayName: 'Aufgaben', wellknownListName: 'defaultList', tasks: [task] },
      { displayName: 'B', tasks: [done] },
    ]
    const [first, second] = tasks
    assert.deepEqual(read('todo.json', JSON.stringify(lists)), {
      tasks: [first, { ...second, list: 'B' }],
      left,
    })
  })

  test('todo.txt gives what its lines say', () => {
    const text = [
      '(A) 2026-11-01 Call Mum +family @phone due:2026-11-30 ref:7',
      'x 2026-11-05 2026-11-02 Post letter pri:B',
      'x Without dates',
      'xylophone lesson rec:1w due:2026-02-31',
      '',
    ].join('\n')
    assert.deepEqual(read('todo.txt', text), {
      tasks: [
        {
          title: 'Call Mum +family @phone ref:7',
          due: '2026-11-30',
          list: 'family',
          created: '2026-11-01T00:00:00.000Z',
        },
        {
          title: 'Post letter',
          done: true,
          created: '2026-11-02T00:00:00.000Z',
          completed: '2026-11-05T00:00:00.000Z',
        },
        { title: 'Without dates', done: true },
        { title: 'xylophone lesson' },
      ],
      left: { priority: 2, repeat: 1, date: 1 },
    })
  })

  test('iCalendar gives its to-dos, whatever the line ends and the parameters', () => {
    const text = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'SUMMARY:Not a task',
      'END:VEVENT',
      'BEGIN:VTODO',
      'SUMMARY;LANGUAGE=en;X-A="b;c:d":Buy bread\\, milk\\; and',
      '  a long line',
      'DESCRIPTION:one\\ntwo \\\\ three',
      'DUE;VALUE=DATE:20261224',
      'CREATED:20261101T080000Z',
      'PRIORITY:1',
      'BEGIN:VALARM',
      'SUMMARY:Ring',
      'DESCRIPTION:Ring',
      'END:VALARM',
      'END:VTODO',
      'BEGIN:VTODO',
      'SUMMARY:Run',
      'STATUS:COMPLETED',
      'COMPLETED:20261102T080000Z',
      'DUE;TZID=Europe/Berlin:20261102T060000',
      'RRULE:FREQ=DAILY',
      'END:VTODO',
      'BEGIN:VTODO',
      'SUMMARY:Elections',
      'DUE;VALUE=DATE:20261103',
      'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      'END:VTODO',
      'BEGIN:VTODO',
      'SUMMARY:Off',
      'STATUS:CANCELLED',
      'END:VTODO',
      'END:VCALENDAR',
    ]
    for (const end of ['\r\n', '\n'])
      assert.deepEqual(read('x.ics', text.join(end)), {
        tasks: [
          {
            title: 'Buy bread, milk; and a long line',
            notes: 'one\ntwo \\ three',
            due: '2026-12-24',
            created: '2026-11-01T08:00:00.000Z',
          },
          {
            title: 'Run',
            done: true,
            due: '2026-11-02',
            repeat: 'FREQ=DAILY',
            completed: '2026-11-02T08:00:00.000Z',
          },
          { title: 'Elections', due: '2026-11-03' },
        ],
        left: { event: 1, reminder: 1, priority: 1, repeat: 1, time: 1, deleted: 1 },
      })
  })

  test('plain lines gives a task for each, ticked where its box is', () => {
    const text = '# Trip\n\n- [ ] Tickets\n- [x] Hotel\n* Map\n\u200b\n'
    assert.deepEqual(read('list.md', text), {
      tasks: [{ title: '# Trip' }, { title: 'Tickets' }, { title: 'Hotel', done: true }, { title: 'Map' }],
      left: { empty: 1 },
    })
  })

  test('this program is left to the server, broken or not', () => {
    for (const [name, text] of [
      ['tasks.json', '[{"title":"Tea","done":false}]'],
      ['tasks.json', '[]'],
      ['tasks.json', '[{"title":'],
      ['tasks.csv', 'id,title,done\r\n1,Tea,false\r\n'],
      ['other.csv', 'a,b\r\n'],
    ] as const)
      assert.equal(read(name, text), undefined)
  })
})

suite('The lists of a file of', () => {
  const lists = (name: string, text: string) => read(name, text)!.tasks.map(({ list }) => list)
  const long = '🐳'.repeat(101)
  const cut = `${'🐳'.repeat(99)}…`

  test('Todoist are one: the project that the file is named after, without the id that backups add', () => {
    const text = 'TYPE,CONTENT\ntask,Tea\n'
    for (const [name, list] of [
      ['Work.csv', 'Work'],
      ['Work [2203306141].csv', 'Work'],
      ['Work [6Jf8VQXxpwv56VQ7].csv', 'Work'],
      ['Trips [2026].csv', 'Trips [2026]'],
      ['Home \u202e🏠\t& garden.CSV', 'Home 🏠 & garden'],
      ['Inbox.csv', undefined],
      ['Inbox [2203306140].csv', undefined],
      ['\u200b.csv', undefined],
      [`${long}.csv`, cut],
    ] as const)
      assert.deepEqual(lists(name, text), [list], name)
  })

  test('TickTick have their names, and their folders stay behind', () => {
    const text = [
      '"Folder Name","List Name","Title"',
      '"Job","Ideas","a"',
      '"Private","Ideas","b"',
      '"Job","Ideas","c"',
      '"","Inbox","d"',
      `"","${long}","e"`,
      '"","  ","f"',
      '"","Milk, ""fresh""","g"',
    ].join('\n')
    assert.deepEqual(lists('t.csv', text), [
      'Ideas',
      'Ideas',
      'Ideas',
      undefined,
      cut,
      undefined,
      'Milk, "fresh"',
    ])
    assert.deepEqual(read('t.csv', text)!.left, { folder: 2 })
    assert.deepEqual(lists('t.csv', '"Folder Name","List Name","Title"\n"","Work","a"'), ['Work'])
  })

  test('Google Tasks have their names, unless there is only the one that everybody has', () => {
    const google = (...titles: unknown[]) =>
      JSON.stringify({
        kind: 'tasks#taskLists',
        items: titles.map((title) => ({ kind: 'tasks#tasks', title, items: [{ title: 'a' }] })),
      })
    const [mine, ours] = ['My Tasks', 'Ours']
    assert.deepEqual(lists('Tasks.json', google(mine, ours, ours)), [mine, ours, ours])
    assert.deepEqual(lists('Tasks.json', google(mine)), [undefined])
    assert.deepEqual(lists('Tasks.json', google(long, 7, '\n')), [cut, undefined, undefined])
    const alone = { kind: 'tasks#tasks', title: ours, items: [{ title: 'a' }] }
    assert.deepEqual(lists('Tasks.json', JSON.stringify(alone)), [ours])
    assert.deepEqual(lists('Tasks.json', JSON.stringify({ ...alone, title: undefined })), [undefined])
  })

  test('Microsoft To Do have their names, but for the one that everybody has', () => {
    const task = { title: 'a', status: 'notStarted', checklistItems: [{ displayName: 'Step' }] }
    const microsoft = (...lists: object[]) =>
      JSON.stringify({ value: lists.map((list) => ({ ...list, tasks: [task] })) })
    const usual = { displayName: 'Tasks', wellknownListName: 'defaultList' }
    const flagged = { displayName: 'Flagged Emails', wellknownListName: 'flaggedEmails' }
    const named = { displayName: ' Home ', wellknownListName: 'none' }
    assert.deepEqual(lists('todo.json', microsoft(usual, flagged, named, named)), [
      undefined,
      'Flagged Emails',
      'Home',
      'Home',
    ])
    assert.deepEqual(lists('todo.json', microsoft(named)), ['Home'])
    assert.deepEqual(lists('todo.json', microsoft({ displayName: long }, {})), [cut, undefined])
    assert.deepEqual(lists('todo.json', JSON.stringify({ value: [task] })), [undefined])
  })

  test('todo.txt are the first project of each line, which stays in the title', () => {
    for (const [line, list] of [
      ['Paint +GarageSale signs +Home', 'GarageSale'],
      ['+Küche: shelf', 'Küche'],
      ['(A) 2026-11-01 Call (see +family).', 'family'],
      ['Tea @home', undefined],
      ['Call +49 30 1234567', undefined],
      ['Vote +1', undefined],
      ['a+b=c 1 + 2', undefined],
      [`Swim with +a${long}`, `a${'🐳'.repeat(98)}…`],
    ] as const) {
      const [task] = read('todo.txt', line)!.tasks
      assert.equal(task!.list, list, line)
      assert.ok(task!.title.endsWith(line.slice(-3)), task!.title)
    }
  })

  test('iCalendar are its named calendars', () => {
    const calendar = (...lines: string[]) =>
      ['BEGIN:VCALENDAR', ...lines, 'BEGIN:VTODO', 'SUMMARY:a', 'NAME:b', 'END:VTODO', 'END:VCALENDAR'].join(
        '\r\n',
      )
    for (const [lines, list] of [
      [['X-WR-CALNAME:Home\\, sweet home'], 'Home, sweet home'],
      [['X-WR-CALNAME:Old', 'NAME;LANGUAGE=en:New', 'NAME;LANGUAGE=de:Neu'], 'New'],
      [['X-WR-CALNAME:Tasks'], undefined],
      [['NAME: reminders '], undefined],
      [['X-WR-CALNAME:Tasks of Ann'], 'Tasks of Ann'],
      [[`X-WR-CALNAME:${long}`], cut],
      [['X-WR-CALNAME:\\n'], undefined],
      [['BEGIN:VTIMEZONE', 'X-WR-CALNAME:Zone', 'END:VTIMEZONE'], undefined],
      [[], undefined],
    ] as const)
      assert.deepEqual(lists('x.ics', calendar(...lines)), [list], lines.join())
    const two = `${calendar('NAME:One')}\n${calendar()}\n${calendar('NAME:One')}`
    assert.deepEqual(lists('x.ics', two), ['One', undefined, 'One'])
  })

  test('plain lines are none', () => {
    assert.deepEqual(lists('Trip.md', '# Home\n- +Tickets'), [undefined, undefined])
  })

  test('any program are taken by the service, whatever their names', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const odd = [
      long,
      '\u202eevil\u2028',
      '\ud800',
      'a\u0000b',
      '  x  ',
      '\u200b',
      'Tasks',
      `${'x'.repeat(99)} y`,
    ]
    const items = [...odd, ...odd].map((title) => ({ title, items: [{ title: 'a' }] }))
    const { tasks } = read('Tasks.json', JSON.stringify({ kind: 'tasks#taskLists', items }))!
    const answer = await call('POST', '/import', { json: tasks })
    assert.equal(answer.text, `{"imported":${items.length}}`)
    const made = JSON.parse((await call('GET', '/lists')).text) as { readonly name: string }[]
    assert.deepEqual(
      made.map(({ name }) => name),
      ['Tasks', cut, 'evil', '\ufffd', 'a b', 'x', `${'x'.repeat(99)}…`],
    )
    const titles = JSON.parse((await call('GET', '/tasks?list=1')).text) as unknown[]
    assert.equal(titles.length, 4, 'those of Tasks, and of a name that shows nothing')
  })
})

test('Text too long for a title goes into the notes in full', () => {
  const { tasks } = read('a.txt', 'word '.repeat(100))!
  assert.equal([...tasks[0]!.title].length, 200)
  assert.equal(tasks[0]!.notes, 'word '.repeat(100).trim())
})

test('A file is read whatever its encoding, and not at all where it is no text', () => {
  const utf16 = (order: 'le' | 'be') => {
    const bytes = Buffer.from('\uFEFFKöln', 'utf16le')
    return new Uint8Array(order === 'le' ? bytes : bytes.swap16())
  }
  for (const bytes of [
    new TextEncoder().encode('Köln'),
    utf16('le'),
    utf16('be'),
    Uint8Array.of(0x4b, 0xf6, 0x6c, 0x6e),
  ])
    assert.equal(decode(bytes), 'Köln')
  assert.equal(decode(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0x0d)), undefined)
})
