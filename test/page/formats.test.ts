/** Files of other programs, written after the descriptions of their formats. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseDue } from '../../web/src/due.ts'
import { foreignTasks } from '../../web/src/formats.ts'
import { decode } from '../../web/src/formats-parts.ts'
import { repeatSayings } from '../../web/src/languages.ts'
import { firstDay, repeatSaid } from '../../web/src/repeats.ts'

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
      ],
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
        { title: 'Call Mum +family @phone ref:7', due: '2026-11-30', created: '2026-11-01T00:00:00.000Z' },
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

test('What is too long for a title stands whole in the notes', () => {
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
