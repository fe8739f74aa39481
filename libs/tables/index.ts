/** A district from tables and back: workbooks and CSV files in, every fault told at once, checked entries out. */
export type { Cell, RawTable } from './cell';
export { columnNamed, SHAPES, TABLES, tableNamed, type Column, type TableKey, type TableShape } from './columns';
export type { Box, Point } from './coordinates';
export type {
  AreaEntry, District, NaturalVillageEntry, PersonEntry, PlatformEntry, PublicPlaceEntry, TerminalEntry, UnitEntry,
} from './district';
export { faultOf, isClean, meansUnread, type FaultCode, type TableFault, type Weight } from './fault';
export { TABLE_LIMITS } from './limits';
export { OFFICERS } from './people-needed';
export { publicKeyOf } from './public-key';
export { readDistrict, type DistrictReading, type ReadOptions } from './read-district';
export { readFiles, type NamedBytes } from './read-files';
export { PLACE_WORDS, TIER_WORDS } from './words';
export { csvName, writeCsv, writeXlsx, type WrittenTable } from './write-files';
export { asRaw, headingOf, tablesOf, type Written } from './write-tables';
