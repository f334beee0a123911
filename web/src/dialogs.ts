/** Dialogs and the choice between two versions: a first visit does not show them, so they are loaded on demand. Bundled separately: the page hands in what they share with it. */
export { conflictOf } from './conflict.ts'
export { showHelp } from './help.ts'
export { askToLeave } from './leaving.ts'
export { showLists } from './lists.ts'
export { createPalette } from './palette.ts'
export { openRepeats } from './repeat-field.ts'
