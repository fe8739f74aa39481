export { Terminals, type Targeted, type TargetedTerminal } from './terminals';
export { TerminalsModule } from './terminals.module';
