import { HttpException } from '@nestjs/common';
import { ClarionError, errorCode, invalidFields, operationalError, userError } from '../../../../../apps/platform/src/kernel/errors';
import { clarionErrorOf, problemOf } from '../../../../../apps/platform/src/kernel/http';

describe('an error of ours', () => {
  it('has the status of its code, or of its family, or its own', () => {
    expect(userError('WRONG_STATE', 'x').status).toBe(409);
    expect(userError('SOMETHING', 'x').status).toBe(422);
    expect(operationalError('DISK_FULL', 'x').status).toBe(503);
    expect(new ClarionError('BUG', 'x', { family: 'unexpected' }).status).toBe(500);
    expect(userError('SOMETHING', 'x', { status: 418 }).status).toBe(418);
  });

  it('is a lacking permission where somebody else\'s is named, whatever else is wrong, and where nobody known here signed', () => {
    const field = (code: string) => ({ path: 'a', code, sentence: 's' });
    expect([userError('AREA_FOREIGN', 'x').status, userError('REJ_KEY_UNKNOWN', 'x').status, userError('PLATFORM_FOREIGN', 'x', { status: 404 }).status]).toEqual([403, 403, 404]);
    expect([invalidFields([field('TOO_SMALL'), field('AREA_FOREIGN')]).status, invalidFields([field('AREA_UNKNOWN')]).status]).toEqual([403, 422]);
  });

  it('is told to a caller without its cause', () => {
    const error = invalidFields([{ path: 'a.0', code: 'TOO_SMALL', sentence: 's' }]);
    expect(problemOf(error)).toEqual({ code: 'INVALID', message: 'These fields are not valid: a.0.', fields: [{ path: 'a.0', code: 'TOO_SMALL', message: 's' }] });
    expect(Object.keys(problemOf(operationalError('DISK_FULL', 'x', { cause: new Error('y') })))).toEqual(['code', 'message']);
  });

  it('is made of whatever was thrown', () => {
    expect(clarionErrorOf(new HttpException('x', 404))).toMatchObject({ code: 'NOT_FOUND', status: 404 });
    expect(clarionErrorOf(new HttpException('x', 418))).toMatchObject({ code: 'BAD_REQUEST', status: 418 });
    expect(clarionErrorOf('a string')).toMatchObject({ code: 'UNEXPECTED', status: 500 });
    expect(clarionErrorOf(undefined)).toMatchObject({ code: 'UNEXPECTED' });
  });

  it('gives its code, as any error does that has one', () => {
    expect([errorCode(userError('A', 'b')), errorCode({ code: 'ENOENT' }), errorCode(new Error('x')), errorCode(null), errorCode({ code: 7 })]).toEqual(['A', 'ENOENT', null, null, null]);
  });
});
