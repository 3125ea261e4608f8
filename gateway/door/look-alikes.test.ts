import { expect, test } from '@jest/globals'
import { lookAlikes } from './look-alikes.ts'

test.each([
  ['DELETE FROM shop.orders WHERE note = ‘Größe’ -- ⇥ ⟨U+202E⟩ 🦀', []],
  ['shop.\u0430ccounts', ['\u0430 U+0430']],
  ['p\u0430yp\u0430l \u03bf', ['\u0430 U+0430', '\u03bf U+03BF']],
  ['ｓhop \u{1d4ea}', ['ｓ U+FF53', '\u{1d4ea} U+1D4EA']],
])('%s', (text, found) => expect(lookAlikes(text)).toEqual(found))
