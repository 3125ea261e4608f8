// Where a value of a YAML document stands in its text.
import { type Document, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from 'yaml'

/** Keys and indexes from the document's root; an index may be its decimal digits. */
export type Path = readonly (string | number)[]

export interface Places {
  /** `file:line:column` of an offset in the text. */
  at: (offset: number) => string
  /** Place of a value, or of its nearest ancestor that is there; `within` counts UTF-16 units of a string's value. */
  placeOf: (path: Path, within?: number) => string
  /** Place of a key of a map. */
  keyPlaceOf: (path: Path) => string
}

/** The places of a parsed document. `lines` must be the counter it was parsed with. */
export function placesOf(yaml: Document, text: string, lines: LineCounter, fileName: string): Places {
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${fileName}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const placeOf = (path: Path, within?: number): string => {
    const node = nearest(yaml, path)
    const start = node?.range?.[0] ?? 0
    return at(within === undefined || node === null ? start : offsetWithin(node, text, within))
  }
  const keyPlaceOf = (path: Path): string => {
    const parent = nearest(yaml, path.slice(0, -1))
    const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1))) : undefined
    return isPair(pair) && isNode(pair.key) ? at(pair.key.range?.[0] ?? 0) : placeOf(path)
  }
  return { at, placeOf, keyPlaceOf }
}

function nearest(yaml: Document, path: Path): Node | null {
  for (let length = path.length; length >= 0; length--) {
    const node = yaml.getIn(path.slice(0, length), true)
    if (isNode(node)) return node
  }
  return null
}

// Walks value and source side by side: white space of either counts as one, so that folded and indented lines agree.
function offsetWithin(node: Node, text: string, within: number): number {
  const [start = 0, end = text.length] = node.range ?? []
  if (!isScalar(node) || typeof node.value !== 'string') return start
  let at = contentStart(text, start)
  for (const unit of node.value.slice(0, within).split('')) {
    if (/\s/.test(unit)) while (at < end && /\s/.test(text.charAt(at))) at++
    else {
      while (at < end && text.charAt(at) !== unit) at++
      at++
    }
  }
  while (at < end && /\s/.test(text.charAt(at))) at++
  return Math.min(at, end)
}

function contentStart(text: string, start: number): number {
  const first = text.charAt(start)
  if (first === '"' || first === "'") return start + 1
  if (first !== '|' && first !== '>') return start
  let at = text.indexOf('\n', start) + 1
  while (/[ \n]/.test(text.charAt(at))) at++
  return at
}
