// What the user's workflows may ask for. Statements stay here, on the worker.
import type { Changes } from 'clyra/temporal'

export const reasonSaid = 'asked for by a workflow of the user, as he words it'

export const statements = {
  clean: (above: number) => `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${above}`,
  touch: (order: number) => `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`,
}

export const changes = {
  clean: ({ above }: { above: number }) => ({ target: 'shop', statements: [statements.clean(above)], reason: reasonSaid }),
  touch: ({ order }: { order: number }) => ({ target: 'shop', statements: [statements.touch(order)], reason: reasonSaid }),
  raise: ({ order }: { order: number }) => ({
    target: 'shop',
    statements: [statements.touch(order)],
    reason: reasonSaid,
    limits: { grant_seconds: 60 },
  }),
  raise_staging: ({ order }: { order: number }) => ({ target: 'shop_staging', statements: [statements.touch(order)], reason: reasonSaid }),
} satisfies Changes
