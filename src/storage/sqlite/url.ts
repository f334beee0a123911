/**
 * The file that a URL names, in SQLAlchemy's forms: three slashes and a relative path, four and an absolute one, or
 * `:memory:`; on Windows three and a path with its drive, sqlite:///C:/tasks.db. Undefined where it names none.
 */
export function sqliteFile(url: string, platform = process.platform): string | undefined {
  const file = /^sqlite:\/\/\/([^?]+)$/.exec(url)?.[1]
  if (file === undefined || file.endsWith('/')) return undefined
  if (platform !== 'win32') return file
  if (file.endsWith('\\')) return undefined
  // People used to the four slashes of other systems write them here, too.
  return file.replace(/^\/(?=[a-z]:)/i, '')
}
