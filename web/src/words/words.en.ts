/** English. Another language is a file like this one, and a line in languages.ts. */
import type { Unit } from '../dates/dates.ts'
import type { Frequency } from '../dates/repeats.ts'

export const words = {
  tasks: 'Tasks',
  newTask: 'New task',
  whatNeedsDoing: 'What needs doing?',
  add: 'Add',
  due: 'Due',
  dueHint: 'tomorrow or 24 Dec',
  pickDate: 'Pick a date',
  dueFault: 'Not a date. Try “Fri” or “24 Dec”.',
  dueUnknown: 'Not a date yet',
  links: 'Links',
  notes: 'Notes',
  title: 'Title',
  save: 'Save',
  cancel: 'Cancel',
  remove: 'Delete',
  all: 'All',
  today: 'Today',
  upcoming: 'Upcoming',
  completed: 'Completed',
  show: 'Show',
  search: 'Search',
  allTasks: 'All tasks',
  completedTasks: 'Completed tasks',
  welcome: 'Nothing on your list',
  welcomeMore: 'Write down the first thing. Enter saves it.',
  nothingLeft: 'Nothing left to do.',
  nothingToday: 'Nothing is due today.',
  nothingUpcoming: 'Nothing is planned.',
  nothingCompleted: 'Nothing completed yet.',
  nothingFound: 'Nothing found.',
  menu: 'More',
  exportJson: 'Export as JSON',
  exportCsv: 'Export as CSV',
  import: 'Import …',
  theme: 'Theme',
  ofSystem: 'System',
  light: 'Light',
  dark: 'Dark',
  language: 'Language',
  ofTheBrowser: 'Browser',
  calendar: 'Calendar …',
  noCalendar: 'The server gives no address now.',
  commands: 'Commands',
  whichCommand: 'What do you want to do?',
  shortcuts: 'Keyboard shortcuts',
  /** How keys are labelled where they speak this language. */
  keyNames: {} as Readonly<Record<string, string>>,
  undo: 'Undo',
  redo: 'Redo',
  showIt: 'Show',
  lists: 'Lists',
  newList: 'New list …',
  moveToList: 'Move to list …',
  moveUp: 'Move up',
  moveDown: 'Move down',
  tomorrow: 'Tomorrow',
  nextWeek: 'Next week',
  noDate: 'No date',
  editIt: 'Edit',
  dismiss: 'Dismiss',
  retry: 'Try again',
  restore: 'Restore it',
  goneElsewhere: 'Deleted elsewhere meanwhile. What you write is kept.',
  waking: 'Waking the server. Everything you do is kept.',
  offline: 'No connection. Everything you do is kept and sent later.',
  wakingNow: 'Waking the server. What you do is kept only until this tab closes.',
  offlineNow: 'No connection. What you do is kept only until this tab closes.',
  notKept: 'This browser keeps nothing here: what is not sent lasts only until this tab closes.',
  signedOut: 'You are signed out. What you write is kept.',
  noFiles: 'A part of this page is missing.',
  waiting: 'Your tasks will be here in a moment.',
  overdue: 'Overdue',
  waitingForYou: 'Waiting for you',
  doneToday: 'Done today',
  signOut: 'Sign out',
  signOutEverywhere: 'Sign out everywhere',
  misdirected: 'The server does not answer to this address. Everything you do is kept.',
  noRoom: 'There is no room for more tasks. Delete some, or ask who runs this.',
  openAccess: 'Anybody who knows this address can see and change these tasks.',
  left: (count: number) => `${count} ${count === 1 ? 'task' : 'tasks'} left`,
  doneOf: (done: number, total: number) => `${done} of ${total} done`,
  done: (count: number) => `${count} done`,
  dateFound: (day: string) => `Due: ${day}. Escape takes it back.`,
  takeDateBack: (day: string) => `${day}: take the date back`,
  createdAt: (time: string) => `Created ${time}`,
  completedAt: (time: string) => `Completed ${time}`,
  added: (title: string) => `${title} added`,
  addedMany: (count: number) => `${count} tasks added`,
  addedTo: (title: string) => `${title} added to all tasks`,
  addedManyTo: (count: number) => `${count} tasks added to all tasks`,
  addedAtEnd: (title: string) => `${title} added at the end`,
  saved: (title: string) => `Saved as ${title}`,
  deleted: (title: string) => `${title} deleted`,
  cleared: (count: number) => `${count} completed ${count === 1 ? 'task' : 'tasks'} deleted`,
  deletedMany: (count: number) => `${count} tasks deleted`,
  restored: (count: number) => (count === 1 ? 'The task is back' : `${count} tasks are back`),
  movedOne: (title: string) => `${title} moved`,
  discarded: (title: string) => `Changes to ${title} discarded`,
  undone: (what: string) => `Undone: ${what}`,
  redone: (what: string) => `Done again: ${what}`,
  partly: (changed: number, wanted: number) => `${changed} of ${wanted}: others were changed elsewhere since`,
  tooLate: 'Changed elsewhere since: nothing to undo',
  completeAll: (count: number) => `Complete all (${count})`,
  completeShown: (count: number) => `Complete all shown (${count})`,
  reopenAll: (count: number) => `Reopen all (${count})`,
  reopenShown: (count: number) => `Reopen all shown (${count})`,
  clearCompleted: (count: number) => `Clear completed (${count})`,
  toggled: (title: string, done: boolean) => `${title}: ${done ? 'completed' : 'active again'}`,
  toggledMany: (count: number, done: boolean) => `${count} tasks ${done ? 'completed' : 'active again'}`,
  more: (title: string) => `More for ${title}`,
  edit: (title: string) => `Edit ${title}`,
  delete: (title: string) => `Delete ${title}`,
  move: (title: string) => `Move ${title}`,
  moved: (title: string, place: number, total: number) => `${title} moved to place ${place} of ${total}`,
  refused: (reason: string) => `Not saved: ${reason}`,
  notSaved: (title: string) => `${title} could not be saved`,
  gone: (title: string) => `${title} was deleted elsewhere`,
  conflict: (title: string) => `${title} was changed elsewhere. Choose a version.`,
  found: (count: number) => `${count} found`,
  searchAll: (count: number) => `Search in All (${count})`,
  invisible: 'A title needs something to see.',
  tooLong: (by: number, most: number) => `Too long by ${by}: at most ${most} characters.`,
  unsent: (count: number) => `${count} ${count === 1 ? 'change is' : 'changes are'} not sent yet.`,
  signedIn: (name: string) => `Signed in as ${name}.`,
  imported: (count: number) => `${count} ${count === 1 ? 'task' : 'tasks'} imported`,
  notImported: (reason: string) => `Nothing was imported. ${reason}`,
  token: 'Token',
  signIn: 'Sign in',
  noAnswer: 'No answer came.',
  notSignedOut: (reason: string) => `You are still signed in. ${reason}`,
}

/** Of dialogs and pages that a first visit does not show: their scripts bring them. */
export const later = {
  close: 'Close',
  notNow: 'The server cannot do that now. Try again in a moment.',
  wrongToken: 'This token does not let you in.',
  tooManyTokens: (seconds: number) => `Too many wrong tokens. Try again in ${seconds} s.`,
  importing: 'Importing …',
  importNow: 'Import',
  unreadable: 'The file cannot be read.',
  staysBehind: 'What stays behind',
  /** Of a file of another program, and why. */
  stays: {
    repeat: 'Rules that tasks here cannot have: such a task comes once',
    priority: 'Priorities: the order of the list says what comes first',
    section: 'Sections within a list',
    folder: 'Folders of lists',
    subtask: 'Which task is a part of which: each becomes a task of its own',
    time: 'Times of day: the day is kept',
    reminder: 'Reminders',
    date: 'Dates that could not be read',
    empty: 'Lines without a title',
    deleted: 'Deleted and cancelled tasks',
    attachment: 'Attachments',
    tag: 'Tags',
    event: 'Events and journals: only to-dos are taken',
    long: 'The end of notes that are too long',
  },
  repeats: {
    label: 'Repeats',
    never: 'Does not repeat',
    each: { DAILY: 'every day', WEEKLY: 'every week', MONTHLY: 'every month', YEARLY: 'every year' },
    every: (count, freq) =>
      `every ${count} ${{ DAILY: 'days', WEEKLY: 'weeks', MONTHLY: 'months', YEARLY: 'years' }[freq]}`,
    workdays: 'every weekday',
    everyDay: (names) => `every ${names}`,
    onDays: (days) => `on the ${days.map((day) => (day === -1 ? 'last day' : ordinal(day))).join(', ')}`,
    until: (day) => `until ${day}`,
    afterCompletion: 'after completion',
  } as RepeatWords,
  calendarAddress: 'Address of the calendar',
  calendarMore: 'Subscribe to this address in a calendar program. It shows open tasks on their dates.',
  calendarSecret: 'Whoever knows it can read them, until you revoke it.',
  revokeCalendars: 'Revoke all addresses',
  copy: 'Copy',
  copied: 'Copied',
  stop: 'Stop',
  singleKeys: 'Shortcuts of a single key',
  helpAdd: 'New task',
  helpSearch: 'Search',
  helpViews: 'Today, upcoming, all, completed',
  helpRows: 'Next, previous task',
  helpToggle: 'Complete or reopen',
  helpEdit: 'Edit',
  helpDelete: 'Delete',
  helpMove: 'Move up, down',
  helpDay: 'Today, tomorrow, in a week, no date',
  helpLists: 'Go to a list, move to a list',
  helpUndo: 'Undo',
  helpRedo: 'Redo',
  helpHelp: 'This help',
  leaving: 'Sign out?',
  unsaved: 'What you are writing is not saved.',
  leavingMore: 'Signing out takes it out of this browser.',
  stay: 'Stay signed in',
  sendFirst: 'Send first',
  leaveAnyway: 'Sign out anyway',
  line: (line: number) => `Line ${line}`,
  moreFaults: (count: number) => `And ${count} more.`,
  importFrom: (count: number, file: string) =>
    `Import ${count} ${count === 1 ? 'task' : 'tasks'} from ${file}?`,
  nothingToImport: (file: string) => `There is no task in ${file}`,
  moreTasks: (count: number) => `and ${count} more`,
  intoLists: (count: number, names: string) => `Into the ${count === 1 ? 'list' : 'lists'} ${names}`,
  newOne: (name: string) => `${name} (new)`,
  moreLists: (count: number) => `${count} more`,
  discard: 'Discard',
  keepMine: 'Keep mine',
  keepTheirs: 'Keep theirs',
  letGo: 'Let it go',
  yours: 'Yours',
  theirs: 'Theirs',
  none: 'none',
  list: 'List',
  newList: 'New list',
  listName: 'Name of the list',
  listColor: 'Colour',
  colors: {
    '': 'No colour',
    red: 'Red',
    orange: 'Orange',
    yellow: 'Yellow',
    green: 'Green',
    teal: 'Teal',
    blue: 'Blue',
    purple: 'Purple',
    pink: 'Pink',
    gray: 'Grey',
  } as Readonly<Record<string, string>>,
  goToList: 'Go to list',
  goTo: (name: string) => `Go to list: ${name}`,
  moveToList: (title: string) => `Move ${title} to list`,
  editList: (name: string) => `Edit list ${name}`,
  listNameFault: 'A list needs a name.',
  listsNeedServer: 'Lists can be changed only while the server can be reached.',
  listMade: (name: string) => `List ${name} made`,
  listDeleted: (name: string) => `List ${name} deleted`,
  listGone: (name: string) => `The list ${name} was deleted elsewhere.`,
  listUnknown: 'This list is not there any more.',
  changedElsewhere: 'Changed elsewhere meanwhile',
  listChanged: (name: string, color: string) =>
    `Changed elsewhere meanwhile: ${name}, ${color}. Save again to replace that.`,
  deletedElsewhere: 'Deleted elsewhere meanwhile',
}

export type Words = typeof words
export type Later = typeof later

/** What people say of dates that Intl does not know. Accents are left out. */
export interface Sayings {
  /** Days from today. */
  readonly days: Readonly<Record<string, number>>
  /** A number of units. */
  readonly amount: RegExp
  readonly numbers: readonly string[]
  readonly counts: readonly number[]
  readonly units: Readonly<Record<string, Unit>>
  /** A day of next week. */
  readonly next: RegExp
  /** A day that may be said without. */
  readonly said: RegExp
  /** What must be done by a day or a date. */
  readonly deadline: RegExp
  /** What means a day in a field for dates, and mostly something else in a title. */
  readonly ambiguous: readonly string[]
  /** In a title, behind one of these no date begins that is the task's own. */
  readonly before: readonly string[]
  /** How a time of day begins that stands behind a date in a title. */
  readonly time: RegExp
}

export const sayings: Sayings = {
  days: {
    tod: 0,
    tonight: 0,
    tmr: 1,
    tmrw: 1,
    tom: 1,
    'day after tomorrow': 2,
    'the day after tomorrow': 2,
  },
  amount: /^(?:in )?(an?|\w+) (day|week|month|year)s?$/,
  numbers: ['a', 'an', 'one', 'two', 'three', 'four', 'five', 'six'],
  counts: [1, 1, 1, 2, 3, 4, 5, 6],
  next: /^next (.+)$/,
  said: /^(?:this|on|coming) (.+)$/,
  deadline: /^by (.+)$/,
  units: { day: 'day', week: 'week', month: 'month', year: 'year' },
  ambiguous: ['tod', 'tom', 'sun', 'sat', 'wed'],
  before: [
    ...['a', 'the', 'my', 'our', 'your', 'his', 'her', 'their', 'every', 'each', 'last', 'since', 'after'],
    ...['before', 'until', 'till', 'from', 'of', 'for', 'to', 'and', 'or', 'than', 'not', 'on', 'about'],
    ...['good', 'black', 'easter', 'cyber', 'ash', 'palm', 'shrove'],
  ],
  time: /^(?:at|@|\d|noon|morning|afternoon|evening|night)/,
}

/** How rules are said. */
export interface RepeatWords {
  readonly label: string
  readonly never: string
  readonly each: Readonly<Record<Frequency, string>>
  readonly every: (count: number, freq: Frequency) => string
  readonly workdays: string
  readonly everyDay: (names: string) => string
  /** Of the month, -1 for the last. */
  readonly onDays: (days: readonly number[]) => string
  readonly until: (day: string) => string
  readonly afterCompletion: string
}

/** What people say of rules, in the form of `plain`. */
export interface RepeatSayings {
  readonly every: readonly string[]
  readonly numbers: Readonly<Record<string, number>>
  readonly units: Readonly<Record<string, Frequency>>
  readonly workday: readonly string[]
  readonly and: readonly string[]
  /** In one word. */
  readonly alone: Readonly<Record<string, Frequency | 'WORKDAYS'>>
  /** What makes a habit of a day of the week, as in `montags`; '' where nothing does. */
  readonly adverb: string
}

export const repeatSayings: RepeatSayings = {
  every: ['every', 'each', 'ev'],
  numbers: { other: 2, second: 2, two: 2, third: 3, three: 3, four: 4, six: 6 },
  units: {
    ...{ day: 'DAILY', days: 'DAILY', week: 'WEEKLY', weeks: 'WEEKLY' },
    ...{ month: 'MONTHLY', months: 'MONTHLY', year: 'YEARLY', years: 'YEARLY' },
  },
  workday: ['weekday', 'workday'],
  and: ['and'],
  alone: { daily: 'DAILY', weekly: 'WEEKLY', monthly: 'MONTHLY', yearly: 'YEARLY', annually: 'YEARLY' },
  adverb: '',
}

function ordinal(day: number): string {
  const ends: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd' }
  return `${day}${ends[new Intl.PluralRules('en', { type: 'ordinal' }).select(day)] ?? 'th'}`
}
