import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tsdoc from 'eslint-plugin-tsdoc';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/dist/', 'coverage/', 'reports/', '.stryker-tmp/', 'docs/api/', 'docs/.vitepress/', 'bench/peers/', 'spec/angular/matrix/', '**/.angular/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // What is taken out of an object, so that the rest can be passed on.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],

      // What an Observable fails with is `unknown` and has to be passed on as it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],

      // noUncheckedIndexedAccess makes index arithmetic (heaps, rings) need `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Walking a chain of nodes starts at `this`.
      '@typescript-eslint/no-this-alias': 'off',
      // Overloads are documented one by one, and types that flow need parameters that look unnecessary.
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { tsdoc },
    rules: {
      'no-console': 'error',
      'tsdoc/syntax': 'error',
      // RxJS 7 gives no other way to make a Subscriber that can be ended before `subscribe` returns.
      '@typescript-eslint/no-deprecated': ['error', { allow: [{ from: 'package', package: 'rxjs', name: ['Subscriber', 'super'] }, { from: 'file', name: 'Relay' }] }],
      // Types that flow start from no keys.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      '@typescript-eslint/no-empty-object-type': 'off',
      // Takes walking a chain of nodes for a foreign `this`.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['src/index.ts', 'src/{errors,scheduler,task,manager,state}/**/*.ts'],
    rules: {
      // The core runs anywhere RxJS runs. (Node's globals are unknown to tsconfig.build.json as it is.)
      'no-restricted-globals': ['error', 'window', 'document', 'navigator', 'location', 'localStorage'],
    },
  },
  {
    files: ['spec/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name="only"][object.name=/^(it|test|describe|bench)$/]',
          message: '.only silences all other specs.',
        },
        {
          selector: 'MemberExpression[property.name="only"][object.object.name=/^(it|test|describe|bench)$/]',
          message: '.only silences all other specs.',
        },
      ],
      // Specs hand in wrong values and empty functions on purpose.
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['spec/angular/**/*.ts'],
    rules: {
      // Injectors are of more than one class, and modules are classes without anything in them.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
);
