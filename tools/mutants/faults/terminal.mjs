export const terminalFaults = [];
