import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { resourceParts } from '#libs/domain';
import { faultOf, meansUnread, readDistrict, readFiles, TABLE_LIMITS, type DistrictReading, type NamedBytes } from '#libs/tables';
import { CliError, EXIT } from '../cli-error';
import { readInput } from '../files';
import { readPolicy } from './set-up';

const TABLE_FILE = /\.(?:csv|tsv|txt|xlsx|xlsm|xls)$/i;

/**
 * Reads a district from a workbook, a CSV file or a folder of either. Refuses (usage) a path that is not there; whatever
 * is wrong inside the files is told as faults, those of a file that cannot be read before anything else is judged. `takenFile`: resource codes given before, one a line or inside a bootstrap file.
 */
export async function readTables(path: string, takenFile?: string): Promise<DistrictReading> {
  const { files, tooLarge } = listFiles(path);
  const read = await readFiles(files);
  const unread = [...tooLarge.map((name) => faultOf('FILE_TOO_LARGE', { table: name }, { limit: `${TABLE_LIMITS.fileBytes / 1_048_576} MB` })), ...read.faults.filter(meansUnread)];
  if (unread.length > 0) return { district: undefined, faults: unread };
  const reading = readDistrict(read.tables, { policy: readPolicy(), taken: takenFile === undefined ? [] : takenCodes(takenFile) });
  const faults = [...read.faults, ...reading.faults];
  return { district: faults.some((fault) => fault.weight === 'error') ? undefined : reading.district, faults };
}

/** Sizes are asked before anything is read. Lock files of an open spreadsheet (`~$…`) and dot files are passed over. */
function listFiles(path: string): { readonly files: readonly NamedBytes[]; readonly tooLarge: readonly string[] } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new CliError('FOLDER_MISSING', `There is no file or folder ${path} / 没有这个文件或文件夹`, EXIT.usage);
  const paths = !stat.isDirectory() ? [path]
    : readdirSync(path).filter((name) => TABLE_FILE.test(name) && !/^(?:~\$|\.)/.test(name)).sort().slice(0, TABLE_LIMITS.files + 1).map((name) => join(path, name));
  if (paths.length === 0) throw new CliError('FOLDER_EMPTY', `${path} has no .xlsx or .csv file; ./clarion district template FOLDER writes empty ones`, EXIT.usage);
  const large = paths.filter((file) => statSync(file).size > TABLE_LIMITS.fileBytes);
  return {
    files: paths.filter((file) => !large.includes(file)).map((file) => ({ name: basename(file), bytes: readInput(file) })),
    tooLarge: large.map((file) => basename(file)),
  };
}

function takenCodes(file: string): readonly string[] {
  return [...readInput(file).toString('utf8').matchAll(/(?<!\d)\d{23}(?!\d)/g)].flatMap(([code]) => (resourceParts(code) === undefined ? [] : [code]));
}
