import { fileURLToPath } from 'node:url';

import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The development server passes these on to a running `shadow serve`.
const server = process.env.SHADOW_SERVER ?? 'http://127.0.0.1:8470';
const proxied = Object.fromEntries(
  ['/api', '/hls', '/stream', '/sign'].map((path) => [path, server]),
);

// What the server sends: a build that breaks it is seen with `vite preview` already.
const policy = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "script-src 'self' 'wasm-unsafe-eval'",
].join('; ');

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    // Inlined assets become data: addresses, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // What changes seldom stays in the browser's cache across versions, in few requests.
    rolldownOptions: {
      output: {
        advancedChunks: {
          groups: [
            { name: 'icons', test: /node_modules[\\/]lucide-react/ },
            { name: 'player', test: /node_modules[\\/](media-chrome|ce-la-react)/ },
            {
              name: 'parts',
              test: /node_modules[\\/](radix-ui|@radix-ui|@floating-ui|aria-hidden|react-remove-scroll)/,
            },
            { name: 'frame', test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/ },
            { name: 'base', test: /src[\\/](ui|lib)[\\/]/ },
          ],
        },
      },
    },
  },
  server: { proxy: proxied },
  preview: { proxy: proxied, headers: { 'Content-Security-Policy': policy } },
  test: {
    // Tests that need a page ask for one in their first line.
    environment: 'node',
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
