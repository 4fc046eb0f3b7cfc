// The OpenID provider of tests/oauth/run.py: oidc-provider with dynamic registration, resource indicators and JWT access
// tokens of five minutes. PORT, RESOURCE: where it listens, and for whom its tokens are. ALGORITHM: of its key, which is kept
// in a file. OFFSET: seconds that its clock is ahead.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const offset = Number(process.env.OFFSET ?? 0) * 1000
const now = Date.now
Date.now = () => now() + offset
const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length ? parts : [RealDate.now()]))
  }
}

const { default: Provider } = await import('oidc-provider')
const { PORT, RESOURCE } = process.env
const algorithm = process.env.ALGORITHM ?? 'RS256'
const file = `${algorithm}.json`
if (!existsSync(file)) {
  const pair =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...pair.privateKey.export({ format: 'jwk' }), use: 'sig', alg: algorithm, kid: algorithm }
  writeFileSync(file, JSON.stringify(key))
}
const key = JSON.parse(readFileSync(file))
const scopes = 'quo.read quo.send quo.contacts'

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  jwks: { keys: [key] },
  scopes: ['openid', 'offline_access', ...scopes.split(' ')],
  ttl: { AccessToken: 300 },
  clientDefaults: { id_token_signed_response_alg: algorithm },
  features: {
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, indicator) => {
        if (indicator !== RESOURCE) throw new Error(`unknown resource ${indicator}`)
        return { scope: scopes, audience: indicator, accessTokenFormat: 'jwt', jwt: { sign: { alg: algorithm } } }
      },
      useGrantedResource: () => true,
    },
  },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  extraTokenClaims: (_context, token) => ({
    email: token.accountId,
    email_verified: true,
    groups: token.accountId.startsWith('benoit') ? ['apprentices'] : ['staff'],
  }),
})
provider.listen(Number(PORT), '127.0.0.1', () => console.log('ready'))
