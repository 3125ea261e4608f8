// The page of an asset, as an engineer sees it.
import { openPerson, startBrowser } from '../../support/browser.ts'
import type { Suite } from './suite.ts'

const texts = ['change_id', 'outcome', 'payload_digest', 'bundle_id']

/** Waits for the links, the facts and the check of the last materialisation of the asset `governed`. */
export async function expectAssetPage({ dagster: { api, url } }: Suite): Promise<void> {
  const [made] = await api.materializations('governed')
  const value = (name: string) => made?.metadata[`dagster-clyra/${name}`] as string
  const browser = await startBrowser()
  try {
    const { page } = await openPerson(browser, { width: 1400, height: 1000 })
    await page.goto(`${url}/assets/governed`)
    for (const name of ['change_url', 'run_url'])
      await page
        .locator(`a[href="${value(name)}"]`)
        .first()
        .waitFor()
    for (const name of texts) {
      await page.getByText(`dagster-clyra/${name}`).first().waitFor()
      await page.getByText(value(name), { exact: true }).first().waitFor()
    }
    await page.goto(`${url}/assets/governed?view=checks`)
    for (const text of ['evidence_verifies', 'Succeeded', 'dagster-clyra/report', 'verdict valid'])
      await page.getByText(text).first().waitFor()
  } finally {
    await browser.close()
  }
}
