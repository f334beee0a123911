/** Dialogs and the choice between two versions: a first visit does not show them, so they are loaded on demand. Bundled separately: the page hands in what they share with it. */

export { openRepeats } from './dates/repeat-field.ts'
export { conflictOf } from './list/conflict.ts'
export { showLists } from './lists/lists.ts'
export { showHelp } from './shell/help.ts'
export { askToLeave } from './shell/leaving.ts'
export { createPalette } from './shell/palette.ts'
