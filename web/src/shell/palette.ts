/** The command palette: commands are found by typing and run by Enter, each with its shortcut. */
import type { plain } from '../dates/due.ts'
import type { List } from '../lists/load-lists.ts'
import type { Task } from '../tasks/task.ts'
import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'

/** Commands that have no button on the page. */
export interface Given {
  undo(): void
  redo(): void
  lists(): ReadonlyMap<number, List>
  toList(task: Task, list: number): void
}

/** What to choose instead of a command: a list to open, or one for this task. */
export type Choice = 'list' | Task

export interface PaletteActions extends Given {
  /** A key as it is written on the keyboard. */
  named(keys: string): string
  /** Passed in by the page to keep this file small. */
  readonly plain: typeof plain
  readonly t: Words
}

interface Command {
  readonly label: string
  readonly keys: string
  /** Of a list. */
  readonly color?: string
  run(): void
}

/** Returns a function that fills the palette; `at` had the focus before. It lists the buttons and links that the page has at that moment. */
export function createPalette(
  dialog: HTMLDialogElement,
  given: PaletteActions,
): (at: Element | null, choice?: Choice) => void {
  const { undo, redo, lists, toList, named, plain, t } = given
  const input = dialog.querySelector('input')!
  const list = document.getElementById('command-list')!
  const none = dialog.querySelector<HTMLElement>('.none')!
  let commands: readonly Command[] = []
  let found: readonly Command[] = []
  let selected = 0

  list.role = 'listbox'
  input.addEventListener('input', filter)
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return
    const by = ({ ArrowDown: 1, ArrowUp: -1 } as const)[event.key]
    if (by === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (by === undefined) run(found[selected])
    else select((selected + by + found.length) % Math.max(found.length, 1))
  })
  dialog.addEventListener('click', ({ target }) => {
    if (target === dialog) return dialog.close()
    const option = (target as Element).closest('[role=option]')
    if (option) run(found[[...list.children].indexOf(option)])
  })

  return open

  function open(at: Element | null, choice?: Choice) {
    commands = choice === undefined ? [...general(), ...ofRow(at)] : listsFor(choice)
    const label =
      choice === undefined ? t.commands : choice === 'list' ? l.goToList : l.moveToList(choice.title)
    for (const each of [dialog, input, list]) each.ariaLabel = label
    input.placeholder = choice === undefined ? t.whichCommand : label
    filter()
  }

  function listsFor(choice: Choice): Command[] {
    return [...lists().values()]
      .filter(({ id }) => choice === 'list' || choice.list !== id)
      .map(({ id, name, color = '' }) => ({
        label: name,
        keys: '',
        color,
        run() {
          if (choice === 'list') goTo(id)
          // Unless it was deleted elsewhere meanwhile.
          else if (lists().has(id)) toList(choice, id)
        },
      }))
  }

  function goTo(list: number) {
    document.querySelector<HTMLElement>(`#lists [data-list="${list}"]`)?.click()
  }

  function filter() {
    const words = plain(input.value).split(' ')
    found = commands.filter(({ label }) => words.every((word) => plain(label).includes(word)))
    list.replaceChildren(...found.map(optionOf))
    list.hidden = found.length === 0
    none.hidden = found.length > 0
    select(0)
  }

  function select(index: number) {
    selected = index
    for (const [at, option] of [...list.children].entries())
      option.setAttribute('aria-selected', String(at === index))
    const option = list.children[index]
    if (option) input.setAttribute('aria-activedescendant', option.id)
    else input.removeAttribute('aria-activedescendant')
    option?.scrollIntoView({ block: 'nearest' })
  }

  /** Restores the focus before running the command. */
  function run(command: Command | undefined) {
    if (!command) return
    dialog.close()
    command.run()
  }

  function general(): Command[] {
    const focus = (id: string) => () => document.getElementById(id)!.focus()
    const shown = (selector: string) =>
      [...document.querySelectorAll<HTMLElement>(selector)].filter((each) => !each.closest('[hidden]'))
    const clicks = (element: HTMLElement, keys = element.dataset['key'] ?? ''): Command => ({
      label: (element.querySelector('[data-t]') ?? element).textContent.trim(),
      keys,
      run: () => element.click(),
    })
    return [
      { label: t.newTask, keys: 'N', run: focus('new-title') },
      ...shown('#search').map(() => ({ label: t.search, keys: '/', run: focus('search') })),
      ...shown('[data-view]').map((link, index) => clicks(link, String(index + 1))),
      ...(lists().size > 1 ? listsFor('list') : []).map((command) => ({
        ...command,
        label: l.goTo(command.label),
      })),
      ...shown('#lists [aria-current] + .tool').map((button) => ({
        label: button.ariaLabel!,
        keys: '',
        run: () => button.click(),
      })),
      { label: t.undo, keys: named('Ctrl Z'), run: undo },
      { label: t.redo, keys: named('Ctrl Shift Z'), run: redo },
      ...shown('#mark-all, #clear-completed').map((button) => clicks(button)),
      ...shown('#menu > :is(a, button):not(#show-commands)').map((item) => clicks(item)),
    ]
  }

  /** The menu commands of the task whose row has the focus. */
  function ofRow(at: Element | null): Command[] {
    const row = at?.closest('.item:not(.editing)')
    const more = row?.querySelector<HTMLElement>('[data-do=more]')
    const title = row?.querySelector('.item-title')?.textContent
    if (!more) return []
    const known = lists().size > 1 ? 'button' : 'button:not([data-do=list])'
    return [...document.querySelectorAll<HTMLElement>(`#row-menu ${known}`)].map((item) => ({
      label: `${item.textContent}: ${title}`,
      keys: item.dataset['key'] ?? '',
      run() {
        more.click()
        item.click()
      },
    }))
  }
}

function optionOf({ label, keys, color }: Command, index: number): HTMLElement {
  const [option, name] = [document.createElement('div'), document.createElement('span')]
  option.id = `command-${index}`
  option.role = 'option'
  name.textContent = label
  if (color !== undefined) {
    name.className = 'of-list'
    name.dataset['color'] = color
  }
  option.append(name)
  if (keys !== '') {
    const key = document.createElement('kbd')
    key.className = 'key'
    key.textContent = keys
    option.append(' ', key)
  }
  return option
}
