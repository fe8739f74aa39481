/** What the gateway needs of a logger. Fields carry ids and codes; never tokens, keys or texts (style 18). */
export interface Log {
  debug(fields: object, sentence: string): void;
  info(fields: object, sentence: string): void;
  warn(fields: object, sentence: string): void;
  error(fields: object, sentence: string): void;
}
