export { startTestBroker, type Received, type TestBroker } from './test-broker.ts'
