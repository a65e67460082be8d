// How the page is built: plain files, no inline script or style, so that the server's content policy can be strict.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { atlas } from './atlas.ts';

export default defineConfig({
  plugins: [svelte(), atlas()],
  build: {
    target: 'es2022',
    // Nothing becomes a data: address but what the code itself draws; fonts and pictures stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': process.env.MADEJA_URL ?? 'http://127.0.0.1:7878' } },
});
