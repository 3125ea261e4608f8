// What somebody sees who looks at the task in Airflow.
import { expect, test } from '@jest/globals'
import { describeInBrowser, openPerson, startBrowser } from '../../support/browser.ts'
import { ask, expectOne, limit, world } from './world.ts'

/** In a real browser; skipped where there is none. */
export function pageRows(): void {
  describeInBrowser('the page of a task that waits', () => {
    test(
      'has a button to the run and one to the change, which lead there',
      async () => {
        const run = await ask()
        await run.wait()
        const browser = await startBrowser()
        const { page, close } = await openPerson(browser)
        try {
          await page.goto(`${world.airflow.url}/auth/login`)
          await page.getByLabel('Username').fill('ana@shop.example')
          await page.getByLabel('Password', { exact: true }).fill(world.airflow.password)
          await page.getByRole('button', { name: /sign in|log ?in/i }).click()
          await page.waitForURL((url) => !url.pathname.startsWith('/auth'))
          await page.goto(`${world.airflow.url}/dags/${run.dag}/runs/${encodeURIComponent(run.id)}/tasks/${run.task}/details`)
          const links = await world.airflow.ana.links(run.dag, run.id, run.task)
          for (const name of ['Clyra change', 'Clyra run']) {
            const link = page.getByRole('link', { name })
            await link.waitFor()
            expect(await link.getAttribute('href')).toBe(links[name])
          }
        } finally {
          await close()
          await browser.close()
        }
        await run.mark('failed')
        await expectOne(run, await run.change(), { outcome: 'cancelled' }, 0)
      },
      limit,
    )
  })
}
