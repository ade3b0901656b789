import path from 'node:path';
import { defineConfig } from 'vite';

const folder = import.meta.dirname;

export default defineConfig({
  root: folder,
  // Relative, so that the panel works behind a proxy that adds a path.
  base: './',
  resolve: { alias: { 'emporium-client': path.join(folder, '../client/src/index.ts') } },
  build: {
    outDir: path.join(folder, '../dist/admin'),
    emptyOutDir: true,
    target: 'es2022',
    // A policy without `unsafe-inline` for images allows no data URLs in styles, and small files are few.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    license: { fileName: 'licences.md' },
  },
});
