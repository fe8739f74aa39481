/** Wakes the registries of all servers on this database after a claim or an assignment. */
export const REGISTRY_CHANNEL = 'terminal_registry';
