// The land of the region as the build cuts it: see `atlas.ts` beside the settings of the build.
declare module 'virtual:atlas' {
  import type { GeometryCollection, Topology } from 'topojson-specification';
  const atlas: Topology<{ countries: GeometryCollection }>;
  export default atlas;
}
