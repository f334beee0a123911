/** What few visits need, in a script of its own that is loaded when it is asked for. It shares no state with the page's. */
export { showCalendar } from './calendar.ts'
export { toImport } from './preview.ts'
