/** A record of RFC 4180, with its line end. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(quote).join(',')}\r\n`
}

/** Also what holds a separator of other spreadsheets: they take `;` and a tab for one beside the comma. */
function quote(field: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

/**
 * Spreadsheets take a text that begins so for a formula, and run it (https://owasp.org/www-community/attacks/CSV_Injection).
 * An apostrophe before it makes it text again; a text that begins with one gets another, so that `bareText` knows.
 */
const formula = /^['=+\-@\t\r\n＝＋－＠]/

/**
 * Where a file is read with another separator than the comma, a cell begins behind each `;` or tab in a text, and behind
 * each line end, as its quotes mean nothing then. What would be a formula there gets an apostrophe, too; one that has
 * some already gets one more.
 */
const formulaWithin = /([;\t\r\n]"*)('*[=+\-@＝＋－＠])/g
const guardedWithin = /([;\t\r\n]"*)'('*[=+\-@＝＋－＠])/g

export function guardText(text: string): string {
  const guarded = text.replace(formulaWithin, "$1'$2")
  return formula.test(guarded) ? `'${guarded}` : guarded
}

/** The text that was guarded, if it was. */
export function bareText(text: string): string {
  const bare = text.startsWith("'") && formula.test(text.slice(1)) ? text.slice(1) : text
  return bare.replace(guardedWithin, '$1$2')
}
