/** A record of RFC 4180, with its line end. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(quote).join(',')}\r\n`
}

/** Also quotes fields with the separators of some spreadsheets: `;` and tab, beside the comma. */
function quote(field: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

/**
 * Spreadsheets run a text that begins like this as a formula (https://owasp.org/www-community/attacks/CSV_Injection). A leading
 * apostrophe makes it text again; a text that begins with one gets another, so that `bareText` can undo it.
 */
const formula = /^['=+\-@\t\r\n＝＋－＠]/

/**
 * If a file is read with a separator other than the comma, a cell begins after each `;`, tab or line break in a text, since
 * quotes mean nothing then. What would be a formula there gets an apostrophe too; one that has some already gets one more.
 */
const formulaWithin = /([;\t\r\n]"*)('*[=+\-@＝＋－＠])/g
const guardedWithin = /([;\t\r\n]"*)'('*[=+\-@＝＋－＠])/g

export function guardText(text: string): string {
  const guarded = text.replace(formulaWithin, "$1'$2")
  return formula.test(guarded) ? `'${guarded}` : guarded
}

/** Undoes `guardText`, if it changed the text. */
export function bareText(text: string): string {
  const bare = text.startsWith("'") && formula.test(text.slice(1)) ? text.slice(1) : text
  return bare.replace(guardedWithin, '$1$2')
}
