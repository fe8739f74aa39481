import { config } from 'zod';

// zod would try `new Function` to see whether it may compile: the pages' policy forbids it, and a refusal there is an alarm.
config({ jitless: true });
