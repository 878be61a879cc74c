// More runs of the property tests, with other seeds: `FC_RUNS=100000 npx vitest run FILE --test-timeout 600000`.
const runs = process.env['FC_RUNS']
if (runs !== undefined) {
  const { default: fastCheck } = await import('fast-check')
  fastCheck.configureGlobal({ numRuns: Number(runs) })
}
