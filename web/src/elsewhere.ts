/** Import preview and calendar dialog, loaded on demand. Bundled separately: it shares no state with the page's script. */
export { showCalendar } from './calendar.ts'
export { toImport } from './preview.ts'
