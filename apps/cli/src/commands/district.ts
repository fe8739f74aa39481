import { CliError, EXIT } from '../cli-error';
import { readArgs, type Command } from '../command';
import { assembleDistrict } from '../district/assemble';
import { checkTables } from '../district/check';
import { exportDistrict } from '../district/export';
import { importTables } from '../district/import';
import { writeTemplates } from '../district/templates';

const USAGE = `district check FILE|FOLDER [--taken FILE] [--all]
  district template FOLDER
  district import FILE|FOLDER --out FOLDER [--demo-keys] [--taken FILE] [--all]
  district assemble FOLDER --root ROOT [--out FILE]      (the folder that import wrote, its papers signed)
  district export --out FILE.xlsx|FOLDER [--from BOOTSTRAP] [--encoding utf-8|gb18030]`;

/** `district`: a county from its tables, and back. Exit codes: 0 clean, 4 the tables hold errors, 2 bad call, 5 server away. */
export const district: Command = {
  usage: USAGE,
  does: 'a district from tables and back / 区县表格的检查、导入、导出',
  async run(args, context) {
    const { values, words: [verb = '', path] } = readArgs(args, {
      out: { type: 'string' }, from: { type: 'string' }, encoding: { type: 'string' }, taken: { type: 'string' }, 'demo-keys': { type: 'boolean' }, root: { type: 'string' }, all: { type: 'boolean' },
    }, { min: 1, max: 2, usage: USAGE });
    const misused = (): CliError => new CliError('USAGE', `Usage: ./clarion ${USAGE}`, EXIT.usage);
    const all = values.all === true;
    if (verb === 'export') {
      if (path !== undefined || values.out === undefined) throw misused();
      return exportDistrict(context, { out: values.out, from: values.from, encoding: values.encoding ?? 'utf-8' });
    }
    if (path === undefined) throw misused();
    if (verb === 'check') return checkTables(context, path, { taken: values.taken, all });
    if (verb === 'assemble') {
      if (values.root === undefined) throw misused();
      return assembleDistrict(context, path, { root: values.root, out: values.out });
    }
    if (verb === 'template') return writeTemplates(context, path);
    if (verb !== 'import' || values.out === undefined) throw misused();
    return importTables(context, path, { out: values.out, taken: values.taken, all, demoKeys: values['demo-keys'] === true });
  },
};
