import { expect, test } from 'vitest';

import { readStyle, styleProperties, USUAL } from './style';
import { fitPicture } from './use-picture';

test('a style is read back as it was kept', () => {
  const style = { ...USUAL, size: 140, colour: '#ffe45c', edge: 'shadow' as const, plain: true };
  expect(readStyle(JSON.stringify(style))).toEqual(style);
});

test('what is damaged or out of bounds is as usual, or at the bound', () => {
  expect(readStyle(null)).toEqual(USUAL);
  expect(readStyle('{not json')).toEqual(USUAL);
  expect(readStyle('null')).toEqual(USUAL);
  expect(readStyle('{"size":9000,"raise":-5,"colour":"url(x)","edge":1,"background":"x"}')).toEqual(
    {
      ...USUAL,
      size: 200,
    },
  );
  expect(readStyle('{"size":"big"}').size).toBe(100);
});

test('the style becomes custom properties', () => {
  const made = styleProperties({
    ...USUAL,
    size: 150,
    raise: 10,
    background: 'solid',
    edge: 'none',
  });
  expect(made).toMatchObject({
    '--cue-size': 1.5,
    '--cue-raise': '10cqh',
    '--cue-back': '#000',
    '--cue-edge': 'none',
  });
});

test('a wide picture on an upright phone leaves bars above and below', () => {
  const box = fitPicture({ width: 390, height: 844 }, { width: 1920, height: 1080 });
  expect(box.width).toBe(390);
  expect(box.height).toBeCloseTo(219.4, 1);
  expect(box.top).toBeCloseTo(box.below, 5);
});

test('a tall picture leaves bars at the sides, and an unknown one fills the frame', () => {
  const tall = fitPicture({ width: 1440, height: 900 }, { width: 1080, height: 1920 });
  expect(tall).toMatchObject({ top: 0, height: 900, below: 0 });
  expect(tall.left).toBeGreaterThan(400);
  expect(fitPicture({ width: 800, height: 600 }, { width: 0, height: 0 })).toMatchObject({
    left: 0,
    top: 0,
    width: 800,
    height: 600,
  });
});
