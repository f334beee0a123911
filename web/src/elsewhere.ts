/** Import and calendar dialog, loaded on demand. Bundled separately: it shares no state with the page's script. */
export { showCalendar } from './transfer/calendar.ts'
export { importFile } from './transfer/transfer.ts'
