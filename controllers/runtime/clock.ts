/** Controllers take their time from where the client takes it. */
export { type Clock, createManualClock, type ManualClock, sleep, systemClock } from '../../client/clock.ts';
