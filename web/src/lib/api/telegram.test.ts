import { expect, test } from 'vitest';

import { withRates, type SwarmAnswer, type TelegramSession } from './telegram';

const answer = (down: number, slot = 0): SwarmAnswer => ({
  items: [{ id: 'bot-1', slot, bytes_down: down, bytes_up: 0 } as TelegramSession],
  channels: [],
});

test('a speed is what moved between two answers, and nothing without a fitting one before', () => {
  const first = withRates(answer(100), undefined, 10_000);
  expect(first.rates).toEqual({});
  expect(withRates(answer(5100), first, 15_000).rates).toEqual({ 'bot-1': { down: 1000, up: 0 } });
  expect(withRates(answer(5100, 1), first, 15_000).rates).toEqual({});
  expect(withRates(answer(5100), first, 90_000).rates).toEqual({});
  const second = withRates(answer(5100), first, 15_000);
  expect(withRates(answer(5200), second, 15_100).rates).toEqual(second.rates);
});

test('a server that was started anew moved nothing rather than less than nothing', () => {
  const first = withRates(answer(9000), undefined, 10_000);
  expect(withRates(answer(10), first, 15_000).rates).toEqual({ 'bot-1': { down: 0, up: 0 } });
});
