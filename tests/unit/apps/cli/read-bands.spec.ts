import { CliError } from '../../../../apps/cli/src/cli-error';
import { sayQuiet, sayVolume } from '#libs/domain';
import { readHours } from '../../../../apps/cli/src/read-bands';

const read = (quiet?: readonly string[], volume?: readonly string[]) => readHours({ quiet, volume });
function faults(quiet?: readonly string[], volume?: readonly string[]): unknown {
  try {
    return read(quiet, volume);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [error.exit, error.code, ...error.fields.map(({ path, code }) => `${path} ${code}`)];
  }
}

describe('hours on the command line', () => {
  it('are minutes after midnight; a band may go over midnight, and 24:00 or 00:00 at its end is midnight', () => {
    expect(read(['21:00-06:30', '12:00-14:00', '23:00-24:00', '23:00-00:00'])).toEqual({
      quietHours: [{ fromMinute: 1_260, toMinute: 390 }, { fromMinute: 720, toMinute: 840 }, { fromMinute: 1_380, toMinute: 1_440 }, { fromMinute: 1_380, toMinute: 1_440 }],
      volumeHours: undefined,
    });
    expect(read(['00:00-24:00']).quietHours).toEqual([{ fromMinute: 0, toMinute: 1_440 }]);
  });

  it('bound classes to a volume', () => {
    expect(read(undefined, ['06:30-08:00=notice,governance:low', '21:00-06:30=advisory:normal'])).toEqual({
      quietHours: undefined,
      volumeHours: [{ fromMinute: 390, toMinute: 480, classes: ['notice', 'governance'], volume: 'low' }, { fromMinute: 1_260, toMinute: 390, classes: ['advisory'], volume: 'normal' }],
    });
  });

  it('are taken away by "none", and left as they stand when nothing is said', () => {
    expect(read(['none'], ['none'])).toEqual({ quietHours: [], volumeHours: [] });
    expect(read()).toEqual({ quietHours: undefined, volumeHours: undefined });
  });

  it('are refused with every bad one at once', () => {
    expect(faults(['21:00-21:00', '9:00-10:00', '12:00-13:00'], ['06:30-08:00=notice:loud', '06:30-06:30=notice:low'])).toEqual([
      2, 'BAND_EMPTY', '--quiet 21:00-21:00 BAND_EMPTY', '--quiet 9:00-10:00 BAND_FORM', '--volume 06:30-08:00=notice:loud VOLUME_UNKNOWN', '--volume 06:30-06:30=notice:low BAND_EMPTY',
    ]);
  });

  it.each(['', 'night', '24:00-06:00', '21:60-06:00', '21:00-24:01', '21:00', '21:00-06:30 ', '21.00-06.30', '２１:00-06:30', 'none,none'])('refuses "%s" as a band', (word) => {
    expect(faults([word])).toEqual([2, 'BAND_FORM', `--quiet ${word} BAND_FORM`]);
  });

  it('refuse a band of no length, also at midnight', () => {
    expect(faults(['00:00-00:00'])).toEqual([2, 'BAND_EMPTY', '--quiet 00:00-00:00 BAND_EMPTY']);
  });

  it.each([
    ['06:30-08:00', 'BAND_FORM'], ['06:30-08:00=notice', 'BAND_FORM'], ['=notice:low', 'BAND_FORM'], ['06:30-08:00=:low', 'CLASS_UNKNOWN'], ['06:30-08:00=notice,:low', 'CLASS_UNKNOWN'],
    ['06:30-08:00=music:low', 'CLASS_UNKNOWN'], ['06:30-08:00=notice,notice:low', 'CLASS_UNKNOWN'], ['06:30-08:00=emergency:low', 'CLASS_UNBOUND'], ['06:30-08:00=notice:', 'VOLUME_UNKNOWN'],
    ['06:30-08:00=notice:low:low', 'BAND_FORM'],
  ])('refuse "%s" as a bound with %s', (word, code) => {
    expect(faults(undefined, [word])).toEqual([2, code, `--volume ${word} ${code}`]);
  });

  it('are no more than a roster takes', () => {
    expect(faults(Array.from({ length: 5 }, () => '12:00-13:00'))).toEqual([2, 'BANDS_TOO_MANY', '--quiet BANDS_TOO_MANY']);
    expect(faults(undefined, Array.from({ length: 9 }, () => '12:00-13:00=daily:low'))).toEqual([2, 'BANDS_TOO_MANY', '--volume BANDS_TOO_MANY']);
  });

  it('are said as they are written', () => {
    const [quiet, volume] = [['21:00-06:30', '23:00-24:00'], ['06:30-08:00=notice,governance:low', '12:00-14:00=daily:normal']];
    const { quietHours, volumeHours } = read(quiet, volume);
    expect([sayQuiet(quietHours ?? []), sayVolume(volumeHours ?? [])]).toEqual([quiet.join(' '), volume.join(' ')]);
    expect([sayQuiet([]), sayVolume([])]).toEqual(['none', 'none']);
  });
});
