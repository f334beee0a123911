/** Which sessions have ended before their time: the port to where that is kept, for as long as it matters. */
export interface EndedSessions {
  /**
   * Ends one session of a holder, or, without one, all that end by then (in milliseconds since 1970). Resolves when that is on
   * disk; from then on no replica accepts them.
   */
  end(holder: string, session: string | undefined, until: number): Promise<void>
  /** `until`: when the session ends by itself. */
  isEnded(holder: string, session: string, until: number): boolean | Promise<boolean>
}
