// Line pictures on a 20 by 20 grid: one for each screen and tool.
export const ICONS = {
  caso: 'M3 6h5l2 2h7v8H3z',
  buscar: 'M9 4a5 5 0 1 0 0 10a5 5 0 1 0 0-10M13 13l4 4',
  grafico: 'M5 11.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M15 11.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M10 2.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M6.3 11.8 8.8 7.2M13.7 11.8l-2.5-4.6M7.5 14h5',
  comunidades: 'M7 3.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M13 7.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9',
  hallazgos: 'M4 4h12v9H9l-4 4v-4H4zM10 6.5v3m0 2v.1',
  revision: 'M2.5 4h6v12h-6zM11.5 4h6v12h-6zM8.5 8h3m-3 4h3',
  fuentes: 'M4 5c0-1.2 2.7-2.2 6-2.2s6 1 6 2.2-2.7 2.2-6 2.2S4 6.2 4 5v10c0 1.2 2.7 2.2 6 2.2s6-1 6-2.2V5M4 10c0 1.2 2.7 2.2 6 2.2s6-1 6-2.2',
  undo: 'M4 8h8a4 4 0 0 1 0 8H8M7 5 4 8l3 3',
  redo: 'M16 8H8a4 4 0 0 0 0 8h4m1-11 3 3-3 3',
  expand: 'M10 4v12M4 10h12M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15',
  pin: 'M7 3h6l-1 5 3 3.5H5L8 8zM10 11.5V17',
  hide: 'M3 10s2.5-5 7-5 7 5 7 5-2.5 5-7 5-7-5-7-5M4 16 16 4',
  card: 'M3 4h14v12H3zM6 8h4M6 12h8',
  table: 'M3 4h14v12H3zM3 8h14M3 12h14M8 4v12',
  clear: 'M5 6h10l-1 11H6zM4 6h12M8 6V3.5h4V6',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7M10 2v2M10 16v2M2 10h2M16 10h2M4.5 4.5l1.4 1.4M14.1 14.1l1.4 1.4M4.5 15.5l1.4-1.4M14.1 5.9l1.4-1.4',
  moon: 'M15.5 12A6.5 6.5 0 1 1 8 4.5a5 5 0 0 0 7.5 7.5z',
  keys: 'M2.5 5h15v10h-15zM5 8h.1M8 8h.1M11 8h.1M14 8h.1M6 12h8',
  print: 'M6 7V3h8v4M6 14H3V7h14v7h-3M6 11h8v6H6z',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
} as const;
export type IconName = keyof typeof ICONS;
