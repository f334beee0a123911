/** Port to the storage of sessions that were ended early. */
export interface EndedSessions {
  /**
   * Ends one session of a holder or, without one, all that expire by `until` (milliseconds since 1970). Resolves once that is
   * durable; from then on no replica accepts them.
   */
  end(holder: string, session: string | undefined, until: number): Promise<void>
  /** `until`: when the session expires. */
  isEnded(holder: string, session: string, until: number): boolean | Promise<boolean>
}
