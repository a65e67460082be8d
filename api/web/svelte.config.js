// Svelte with TypeScript; transitions are not used, because they write style elements at run time.
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default { preprocess: vitePreprocess(), compilerOptions: { runes: true } };
