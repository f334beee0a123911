/** Dialogs and conflict resolution, which a first visit does not show: loaded on demand. Bundled separately: the page passes in what they share. */

export { openRepeats } from './dates/repeat-field.ts'
export { conflictOf } from './list/conflict.ts'
export { showLists } from './lists/lists.ts'
export { showHelp } from './shell/help.ts'
export { askToLeave } from './shell/leaving.ts'
export { createPalette } from './shell/palette.ts'
