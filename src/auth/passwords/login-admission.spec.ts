import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from './login-admission';

describe('Turns', () => {
  it('lets one begin in each turn of the event loop, in the order of arrival', async () => {
    const turns = new Turns();
    const begun: number[] = [];
    for (let index = 0; index < 3; index++) turns.wait(() => begun.push(index));
    expect(begun).toEqual([]);
    for (const expected of [[0], [0, 1], [0, 1, 2]]) {
      await nextTurn();
      expect(begun).toEqual(expected);
    }
  });

  it('begins again after everybody had their turn', async () => {
    const turns = new Turns();
    for (let round = 0; round < 3; round++) {
      const begin = jest.fn();
      turns.wait(begin);
      await nextTurn();
      expect(begin).toHaveBeenCalledTimes(1);
    }
  });

  it('lets whoever comes in the middle of a turn wait for the next', async () => {
    const turns = new Turns();
    const late = jest.fn();
    turns.wait(() => {
      turns.wait(late);
    });
    await nextTurn();
    expect(late).not.toHaveBeenCalled();
    await nextTurn();
    expect(late).toHaveBeenCalledTimes(1);
  });
});
