import { expect, test } from '@jest/globals'
import { freezesOf } from './freeze.ts'

test('a freeze of every target and one of this target hold it back, one of another does not', () => {
  const [every, shop, other] = [{ target: null }, { target: 'shop' }, { target: 'shop_staging' }]
  expect(freezesOf([every, shop, other], 'shop')).toEqual([every, shop])
  expect(freezesOf([other], 'shop')).toEqual([])
})
