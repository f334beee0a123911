/** Reports the outcome of changes, and conflicts with changes made elsewhere, to the user and to the parts of the page. */
import { announce } from '../shell/announce.ts'
import type { Toast } from '../shell/toast.ts'
import { t } from '../words/words.ts'
import type { Commands } from './commands.ts'
import type { Drafts } from './drafts.ts'
import type { Happening } from './tasks.ts'

interface Listeners {
  readonly commands: Commands
  readonly drafts: Drafts
  readonly toast: Toast
}

export function happened(what: Happening, { commands, drafts, toast }: Listeners) {
  if (what.kind === 'named') {
    commands.named(what.from, what.to)
    drafts.named(what.from, what.to)
  } else if (what.kind === 'gone') announce(t.gone(what.task.title), 'assertive')
  else if (what.kind === 'partly') toast.show(t.partly(what.changed, what.wanted))
  else if (what.change.kind === 'bulk') toast.show(t.refused(what.change.fault ?? ''), undefined, true)
  else {
    const title =
      what.change.kind === 'create'
        ? what.change.content.title
        : 'seen' in what.change
          ? what.change.seen.title
          : ''
    announce(what.change.fault === undefined ? t.conflict(title) : t.notSaved(title), 'assertive')
  }
}
