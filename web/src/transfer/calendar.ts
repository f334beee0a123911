/** Dialog with the URL of the calendar feed. */
import { element, openDialog } from '../shell/dialog.ts'
import { l } from '../words/words-later.ts'

export interface CalendarOptions {
  /** Where the API is. */
  readonly api: string
  /** Fields of requests. */
  readonly fields: Record<string, string>
}

/** Rejects if the server cannot be reached or refuses. */
export async function showCalendar({ api, fields }: CalendarOptions): Promise<void> {
  const base = new URL(`${api}/`, document.baseURI)
  const ask = async (method: string) => {
    const response = await fetch(new URL('calendar', base), { method, headers: fields })
    if (!response.ok) throw new Error(String(response.status))
    return response
  }
  const { address } = (await (await ask('POST')).json()) as { address: string }
  const input = element('input', {
    type: 'text',
    readOnly: true,
    value: new URL(address, base).href,
    dir: 'ltr',
  })
  input.setAttribute('aria-label', l.calendarAddress)
  input.addEventListener('focus', () => input.select())
  const copy = element('button', { type: 'button', className: 'button', textContent: l.copy })
  copy.addEventListener('click', async () => {
    input.focus()
    // Without https there is no clipboard API; the text is selected all the same.
    await navigator.clipboard?.writeText(input.value).catch(() => {})
    copy.textContent = l.copied
  })
  const isSecret = address.includes('?')
  const parts = [
    element('p', { textContent: isSecret ? `${l.calendarMore} ${l.calendarSecret}` : l.calendarMore }),
    input,
    copy,
  ]
  const { answer } = openDialog(l.calendarAddress, parts, [
    ['', l.close],
    ...(isSecret ? ([['revoke', l.revokeCalendars]] as const) : []),
  ])
  if ((await answer) === 'revoke') await ask('DELETE')
}
