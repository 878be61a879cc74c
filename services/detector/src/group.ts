/** The consumer group: detectors share the partitions, and so the patients. */
export const DETECTOR_GROUP = 'detector'
