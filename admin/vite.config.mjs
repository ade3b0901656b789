import path from 'node:path';
import { defineConfig } from 'vite';

const folder = import.meta.dirname;

export default defineConfig(({ command }) => ({
  root: folder,
  // Relative, so that the panel works behind a proxy that adds a path.
  base: command === 'build' ? './' : '/admin/',
  resolve: { alias: { 'emporium-client': path.join(folder, '../client/src/index.ts') } },
  build: {
    outDir: path.join(folder, '../dist/admin'),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no data URLs except for images, and small files are few.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    license: { fileName: 'licences.md' },
    // Packages mark modules with "use client", which is for servers that render. A slow machine is no fault.
    rolldownOptions: {
      checks: { moduleLevelDirective: false, bundlerTimings: false, pluginTimings: false },
      // What is loaded first is compressed better in one file than in one for each set of pages that use it.
      output: { codeSplitting: { groups: [{ name: 'panel', tags: ['$initial'] }] } },
    },
  },
  // For `npx vite admin`, which serves the sources as /admin/, and all else from a running Emporium.
  cacheDir: path.join(folder, '../node_modules/.vite'),
  server: { proxy: { '^/(?!admin/)': 'http://127.0.0.1:3000' } },
}));
