import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y-x';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const features = readdirSync(new URL('./src/features', import.meta.url));

/** Say which imports a folder may not make, with the reason people read. */
function forbid(files, groups) {
  return {
    files,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: groups.map(([group, message]) => ({ group, message })) },
      ],
    },
  };
}

const layers = [
  forbid(
    ['src/lib/**', 'src/ui/**'],
    [[['@/app/*', '@/features/*', '@/player/*'], 'lib and ui stand below everything else.']],
  ),
  forbid(
    ['src/lib/**'],
    [[['@/app/*', '@/features/*', '@/player/*', '@/ui/*'], 'lib stands below everything else.']],
  ),
  forbid(
    ['src/player/**'],
    [[['@/app/*', '@/features/*'], 'The player may use lib and ui alone.']],
  ),
  ...features.map((feature) =>
    forbid(
      [`src/features/${feature}/**`],
      [
        [['@/app/*'], 'Features are put together by app, and do not know it.'],
        [
          features.filter((other) => other !== feature).map((other) => `@/features/${other}/*`),
          'No feature imports a feature: put shared parts in lib or ui.',
        ],
        [['../../*'], 'Leave the folder by its @/ name.'],
      ],
    ),
  ),
];

export default tseslint.config(
  { ignores: ['dist', 'src/generated'] },
  js.configs.recommended,
  tseslint.configs.strict,
  jsxA11y.configs.recommended,
  reactHooks.configs.flat['recommended-latest'],
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { globals: globals.browser },
    rules: {
      complexity: ['error', 12],
      'max-depth': ['error', 4],
      'max-lines': ['error', { max: 250 }],
      'max-params': ['error', 5],
      'no-console': 'error',
      'react-hooks/incompatible-library': 'off', // the virtualiser: its component keeps its own state
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  { files: ['*.config.{js,ts}'], languageOptions: { globals: globals.node } },
  ...layers,
);
