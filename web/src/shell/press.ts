/**
 * Nothing moves under a finger: while a pointer is down, and until its click has arrived, changes from elsewhere are not drawn.
 * A click may be the first of a double click, whose second click is meant for the same element.
 */

/** The time between release and click on touch screens. */
const clickMs = 80
/** The time within which most systems take two clicks as a double click. */
const doubleClickMs = 400

const down = new Set<number>()
const waiting = new Set<() => void>()
let origin: EventTarget | null = null
let isQuiet = true
let timer: ReturnType<typeof setTimeout> | undefined

export const press = {
  /** Runs it once nothing is pressed, or immediately. */
  settled(run: () => void) {
    if (isQuiet) run()
    else waiting.add(run)
  },
  /** Whether a pointer is down. */
  isDown: () => down.size > 0,
  /** Where the last press began, until its click is over. */
  origin: () => origin,
}

addEventListener(
  'pointerdown',
  ({ pointerId, target }) => {
    down.add(pointerId)
    origin = target
    isQuiet = false
    clearTimeout(timer)
  },
  true,
)
for (const name of ['pointerup', 'pointercancel'] as const)
  addEventListener(
    name,
    ({ pointerId, pointerType }) => {
      down.delete(pointerId)
      release(pointerType === 'mouse' && name === 'pointerup' ? doubleClickMs : clickMs)
    },
    true,
  )
// A mouse button released outside the window is reported when the pointer returns, or never.
addEventListener(
  'pointermove',
  ({ pointerId, buttons, pointerType }) => {
    if (buttons === 0 && pointerType === 'mouse' && down.delete(pointerId)) release(0)
  },
  true,
)
addEventListener('blur', () => {
  down.clear()
  release(0)
})

function release(ms: number) {
  if (down.size > 0 || isQuiet) return
  clearTimeout(timer)
  timer = setTimeout(() => {
    isQuiet = true
    origin = null
    const runs = [...waiting]
    waiting.clear()
    for (const run of runs) run()
  }, ms)
}
