export { ManualClock } from "dispatch-graph/testing";
