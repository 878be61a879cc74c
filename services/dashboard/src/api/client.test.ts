import { afterEach, describe, expect, it, vi } from 'vitest'
import { addressOf, ApiError, createApi, messageOf } from './client.ts'

afterEach(() => vi.unstubAllGlobals())

const answering = (status: number, text: string) => {
  const fetch = vi.fn(() => Promise.resolve(new Response(text, { status })))
  vi.stubGlobal('fetch', fetch)
  return fetch
}

describe('the API', () => {
  it('puts parameters where they belong, escaped, and leaves out what is undefined', () => {
    const input = { path: { id: 'a/b' }, query: { codes: 'spo2,heartRate', from: undefined, every: '1m' } }
    expect(addressOf('/api/v1', 'GET /patients/{id}/vitals', input)).toBe(
      '/api/v1/patients/a%2Fb/vitals?codes=spo2%2CheartRate&every=1m',
    )
  })

  it('sends the method and the body, and gives what is answered', async () => {
    const fetch = answering(200, '{"user":"ada","roles":["viewer"],"expiresAt":1}')
    const answer = await createApi().call('POST /session', { body: { user: 'ada', password: 'x' } })
    expect(answer.user).toBe('ada')
    expect(fetch).toHaveBeenCalledWith(
      '/api/v1/session',
      expect.objectContaining({ method: 'POST', body: '{"user":"ada","password":"x"}' }),
    )
  })

  it('throws what the server refused, with its code and in its words', async () => {
    answering(409, '{"code":"PW_CONFLICT","title":"Conflict","detail":"somebody was faster"}')
    const error: unknown = await createApi()
      .call('GET /ledger')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 409, code: 'PW_CONFLICT' })
    expect(messageOf(error)).toBe('somebody was faster')
  })

  it('says the status where something else than the server answered', async () => {
    answering(502, '<html>Bad gateway</html>')
    await expect(createApi().call('GET /ledger')).rejects.toMatchObject({
      status: 502,
      message: 'The server answered 502',
    })
  })
})
