// A ward of any size behind the HTTP and live contract, for developing the dashboard and for the layout tests: nothing is stored.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WebSocketServer } from 'ws'

const RATE_HZ = 250
const NAMES = ['M. Reyes', 'L. Okafor', 'J. Novak', 'A. Lindqvist', 'S. Moreau', 'T. Haddad', 'K. Yamada', 'P. Schmidt']
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const CSP =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"

/** One heartbeat as a sum of bumps: centre and width as shares of the beat, height in mV. */
const BEAT = [
  [0.2, 0.025, 0.12],
  [0.355, 0.009, -0.12],
  [0.375, 0.011, 1.1],
  [0.4, 0.011, -0.25],
  [0.62, 0.045, 0.28],
]

const bump = (phase, centre, width) => Math.exp(-(((phase - centre) / width) ** 2) / 2)

function ecgAt(patient, seconds) {
  const phase = (seconds * patient.rate) / 60 - Math.floor((seconds * patient.rate) / 60)
  const st = patient.st * (bump(phase, 0.48, 0.05) + 0.6 * bump(phase, 0.56, 0.06))
  return BEAT.reduce((sum, [centre, width, height]) => sum + height * bump(phase, centre, width), st)
}

function pulseAt(patient, seconds) {
  const phase = (seconds * patient.rate) / 60 - Math.floor((seconds * patient.rate) / 60)
  return bump(phase, 0.6, 0.1) + 0.35 * bump(phase, 0.85, 0.09)
}

const block = (at, start) =>
  Array.from({ length: RATE_HZ }, (_, i) => Math.round(at(start / 1000 + i / RATE_HZ) * 1000) / 1000)

/** @param {{ patients?: number, port?: number, alarms?: boolean, alarmCount?: number, units?: string[] }} options */
export async function startFakeServer({
  patients: count = 8,
  port = 0,
  alarms: withAlarms = true,
  alarmCount = 0,
  units = [],
} = {}) {
  const web = resolve(import.meta.dirname, '../dist-web')
  const startedAt = Date.now()
  const alarms = new Map()
  const patients = Array.from({ length: count }, (_, i) => ({
    id: `p${i + 1}`,
    name: NAMES[i % NAMES.length],
    place: units.length > 0 ? `${units[i % units.length]}, Bed ${i + 1}` : `Bed ${i + 1}`,
    dateOfBirth: `${1940 + ((i * 7) % 50)}-03-11`,
    sex: i % 2 ? 'female' : 'male',
    version: 1,
    monitoring: i === 6 ? { state: 'standby' } : { state: 'on' },
    devices: [{ id: `d${i + 1}`, model: 'patch', state: 'online', battery: i === 5 ? 12 : 80 }],
    latest: {
      systolic: { value: 102 + i, unit: 'mm[Hg]', time: startedAt - 240_000, device: `d${i + 1}` },
      diastolic: { value: 61 + i, unit: 'mm[Hg]', time: startedAt - 240_000, device: `d${i + 1}` },
      temperature: { value: 36.6 + (i % 5) / 5, unit: 'Cel', time: startedAt - 60_000, device: `d${i + 1}` },
      news2: { value: i % 7, unit: '{score}', time: startedAt - 60_000, device: `d${i + 1}` },
    },
    rate: 58 + ((i * 11) % 50),
    st: i === 3 ? 0.35 : 0,
    silent: i === 4,
  }))
  const sockets = new Set()
  const say = (message) => {
    const text = JSON.stringify({ ...message, position: String(Date.now()) })
    for (const socket of sockets) socket.send(text)
  }
  const raise = (patient, alarm) => {
    const onset = Date.now() - 2000
    const full = {
      id: `${patient}.${alarm.type}.${onset}`,
      patient,
      device: `d${patient.slice(1)}`,
      kind: 'physiological',
      state: 'active',
      onset,
      raisedAt: Date.now(),
      escalation: 0,
      late: false,
      evidence: {},
      confidence: 0.93,
      quality: 0.98,
      rule: { name: alarm.type, version: '1.0' },
      comments: [],
      ...alarm,
    }
    alarms.set(full.id, full)
    say({ type: 'alarm', event: 'raised', alarm: full })
  }
  const change = (id, event, values) => {
    const alarm = alarms.get(id)
    if (!alarm) return false
    alarms.set(id, { ...alarm, ...values })
    say({ type: 'alarm', event, alarm: alarms.get(id) })
    return true
  }

  const answer = (request, path, body) => {
    const [, what, id, action] = path.split('/')
    const method = request.method
    if (what === 'session') return { token: 'fake', user: 'admin', roles: ['admin'], expiresAt: Date.now() + 3_600_000 }
    if (what === 'patients' && !id) return { patients: patients.map(({ rate: _r, st: _s, silent: _q, ...row }) => row) }
    if (what === 'patients' && action === 'vitals') return { patient: id, series: {} }
    if (what === 'patients' && action === 'waveforms') return { patient: id, signals: [] }
    if (what === 'patients' && action === 'findings') return { findings: [] }
    if (what === 'alarms' && !id) return { alarms: [...alarms.values()] }
    if (what === 'devices' && method === 'GET') return { devices: [] }
    if (what === 'alarms' && action === 'acknowledge') {
      return (
        change(id, 'acknowledged', { state: 'acknowledged', acknowledgedBy: 'admin', acknowledgedAt: Date.now() }) && {}
      )
    }
    if (what === 'alarms' && action === 'pause')
      return change(id, 'audio-paused', { audioPausedUntil: Date.now() + body.seconds * 1000 }) && {}
    return undefined
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.startsWith('/api/v1')) {
      const chunks = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}
        const signedIn =
          (request.headers.cookie ?? '').includes('fake=1') ||
          (request.method === 'POST' && url.pathname.endsWith('/session'))
        const value = signedIn ? answer(request, decodeURIComponent(url.pathname.slice(7)), body) : undefined
        response.statusCode = signedIn ? (value ? 200 : 404) : 401
        if (url.pathname.endsWith('/session'))
          response.setHeader('set-cookie', 'fake=1; Path=/; HttpOnly; SameSite=Strict')
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(value ?? { code: 'PW_NOT_FOUND', title: 'Not found' }))
      })
      return
    }
    const path = join(web, normalize(url.pathname === '/' ? '/index.html' : url.pathname))
    response.setHeader('content-security-policy', CSP)
    if (!path.startsWith(web) || !existsSync(path)) {
      response.statusCode = 404
      response.end()
      return
    }
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
    createReadStream(path).pipe(response)
  })
  const live = new WebSocketServer({ server, path: '/api/v1/live' })
  live.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.send(JSON.stringify({ type: 'hello', serverTime: Date.now(), user: 'admin', roles: ['admin'] }))
  })

  let seconds = 0
  const second = setInterval(() => {
    const now = Date.now()
    const start = Math.floor(now / 1000) * 1000 - 1000
    seconds += 1
    say({ type: 'status', system: { detectors: [], ok: true }, serverTime: now })
    for (const [i, patient] of patients.entries()) {
      if (patient.silent && seconds > 3) continue
      const common = { patient: patient.id, device: `d${i + 1}`, receivedAt: now, late: false }
      const wave = (name, at) => ({
        name,
        unit: name === 'ppg' ? '1' : 'mV',
        rateHz: RATE_HZ,
        segments: [{ start, samples: block(at, start) }],
      })
      say({
        type: 'waveform',
        ...common,
        signals: [wave('ecg.II', (t) => ecgAt(patient, t)), wave('ppg', (t) => pulseAt(patient, t))],
      })
      say({
        type: 'vitals',
        ...common,
        time: now,
        vitals: { heartRate: patient.rate, spo2: 94 + (i % 6), respirationRate: 12 + (i % 9) },
      })
    }
    if (withAlarms && seconds === 2) {
      raise('p4', {
        type: 'myocardial-infarction',
        priority: 'high',
        message: 'Possible heart attack: ST up in II, III, aVF. Call the team',
        evidence: {
          leads: ['II', 'III', 'aVF'],
          stMv: { II: 0.24, III: 0.22, aVF: 0.23, aVL: -0.1 },
          symptoms: ['chest pain'],
        },
      })
      raise('p2', { type: 'limit', priority: 'medium', code: 'spo2', side: 'low', message: 'SpO2 88 %, limit 90' })
    }
    if (alarmCount > 0 && seconds === 3) {
      for (const patient of patients.slice(0, alarmCount)) {
        raise(patient.id, { type: 'tachycardia', priority: 'medium', message: 'Heart rate 131, limit 120' })
      }
    }
    if (withAlarms && seconds === 4) {
      raise('p5', { type: 'no-data', kind: 'technical', priority: 'medium', message: 'No data from patch: check it' })
      raise('p6', { type: 'battery-low', kind: 'technical', priority: 'low', message: 'Battery 12 %' })
    }
  }, 1000)

  await new Promise((done) => server.listen(port, '127.0.0.1', done))
  return {
    port: server.address().port,
    async stop() {
      clearInterval(second)
      for (const socket of sockets) socket.terminate()
      live.close()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startFakeServer({
    patients: Number(process.env.FAKE_PATIENTS ?? 8),
    port: Number(process.env.PORT ?? 8090),
  })
  process.stdout.write(`http://127.0.0.1:${server.port}\n`)
}
