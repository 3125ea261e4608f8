// What a PostgreSQL client sends, message by message.

/** Cuts a client's bytes into whole messages: the first has a length and no type, every other a type and then its length. */
export function splitter(): (bytes: Buffer) => Buffer[] {
  let pending = Buffer.alloc(0)
  let started = false
  return (bytes) => {
    pending = Buffer.concat([pending, bytes])
    const whole: Buffer[] = []
    for (;;) {
      const head = started ? 1 : 0
      if (pending.length < head + 4) return whole
      const end = head + pending.readInt32BE(head)
      if (pending.length < end) return whole
      whole.push(pending.subarray(0, end))
      started = true
      pending = pending.subarray(end)
    }
  }
}

const sync = 'S'.charCodeAt(0)
const query = 'Q'.charCodeAt(0)
const bind = 'B'.charCodeAt(0)

/** Says when a message asks for a round trip, with the name of the prepared statement it runs: each Sync and simple query is one. */
export function tripCounter(onTrip: (statement: string) => void): (message: Buffer) => void {
  let statement = ''
  return (message) => {
    if (message[0] === bind) statement = secondText(message.subarray(5))
    if (message[0] === query) onTrip('')
    if (message[0] !== sync) return
    onTrip(statement)
    statement = ''
  }
}

// Bind names its portal first, then the statement.
function secondText(bytes: Buffer): string {
  const first = bytes.indexOf(0) + 1
  return bytes.toString('utf8', first, bytes.indexOf(0, first))
}
