export { startProver, type ProverDeps, type ProverOptions } from './prover.ts'
export { proofConfig } from './config.ts'
