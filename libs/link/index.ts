/** Between two machines: for now one time scale over a link, estimated from time probes. Pure, time passed in. */
export { createOffsetEstimator, type OffsetEstimate, type OffsetEstimator, type OffsetEstimatorOptions } from './offset-estimator';
export { type TimeProbe } from './time-probe';
