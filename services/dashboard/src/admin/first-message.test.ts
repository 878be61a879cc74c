import { expect, test } from 'vitest'
import { mosquittoCommand, pythonProgram } from './first-message.ts'

const login = { host: '127.0.0.1', port: 1884, device: 'patch-1', password: 'a-b_c' }

test('the commands name this station, its port, the device and its password', () => {
  const command = mosquittoCommand(login)
  expect(command).toContain('-h 127.0.0.1 -p 1884 -i patch-1 -u patch-1 -P a-b_c')
  expect(command).toContain('-t bsn/v1/patch-1/vitals')
  const program = pythonProgram(login)
  expect(program).toContain('client.connect("127.0.0.1", 1884)')
  expect(program).toContain('client.username_pw_set("patch-1", "a-b_c")')
})

test('a password cannot break out of its quotes', () => {
  expect(mosquittoCommand({ ...login, password: `a'; rm -rf ~` })).toContain(`-P 'a'\\''; rm -rf ~'`)
})
