export { Terminals, type Targeted, type TargetedTerminal } from './terminals';
