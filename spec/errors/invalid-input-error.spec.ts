import { InvalidInputError } from 'sluice';
import { describe, expect, it } from 'vitest';

/** The words with which a message names a value. */
function named(received: unknown): string {
  const { message } = new InvalidInputError('x', 'y', received);
  return /^x must be y, but is (.*)\.$/.exec(message)?.[1] ?? message;
}

describe('InvalidInputError', () => {
  it('is a TypeError with a name, a code and the facts', () => {
    const error = new InvalidInputError('task(): priority', 'a finite number', NaN, 'Mend it.');
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({
      name: 'InvalidInputError',
      code: 'INVALID_INPUT',
      where: 'task(): priority',
      expected: 'a finite number',
      received: NaN,
      hint: 'Mend it.',
      message: 'task(): priority must be a finite number, but is NaN. Mend it.',
    });
    expect('cause' in error).toBe(false);
    expect(String(error)).toBe('InvalidInputError: task(): priority must be a finite number, but is NaN. Mend it.');
    expect(error.stack).toContain('invalid-input-error.spec');
  });

  it('has an empty hint when there is nothing to add', () => {
    const error = new InvalidInputError('x', 'y', 1);
    expect(error.hint).toBe('');
    expect(error.message).toBe('x must be y, but is 1.');
  });

  it('keeps what was received as it is', () => {
    const received = { some: 'object' };
    expect(new InvalidInputError('x', 'y', received).received).toBe(received);
  });

  it.each<[string, unknown]>([
    ['"text"', 'text'],
    ['"a \\"quoted\\" word"', 'a "quoted" word'],
    ['""', ''],
    ['0', 0],
    ['NaN', NaN],
    ['-Infinity', -Infinity],
    ['12', 12n],
    ['true', true],
    ['undefined', undefined],
    ['null', null],
    ['Symbol(here)', Symbol('here')],
    ['a function', () => 'never shown'],
    ['a function', Date],
    ['an object', { secret: 'never shown' }],
    ['an object', Object.create(null)],
    ['an object', new Map()],
    ['an array', [1, 2]],
  ])('names what came as %s', (words, received) => {
    expect(named(received)).toBe(words);
  });

  it('names an object whose accessors throw', () => {
    const hostile = {
      get constructor(): never { throw new Error('read'); },
      get [Symbol.toStringTag](): never { throw new Error('read'); },
      toString(): never { throw new Error('called'); },
    };
    expect(named(hostile)).toBe('an object');
  });
});
