import { describe, expect, test } from '@jest/globals'
import { html } from './html.ts'

describe('html', () => {
  test('escapes what it is given, in text and in attributes, and keeps what a template made', () => {
    const evil = `"><script>'&`
    const inner = html`<b title="${evil}">${evil}</b>`
    expect(html`<p>${inner}${null}${[1, inner]}</p>`.markup).toBe(`<p>${inner.markup}1${inner.markup}</p>`)
    expect(inner.markup).toBe('<b title="&#34;&#62;&#60;script&#62;&#39;&#38;">&#34;&#62;&#60;script&#62;&#39;&#38;</b>')
  })
})
