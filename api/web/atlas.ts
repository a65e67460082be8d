// The land of the region, cut from the world atlas when the page is built: what the map of places draws, without the rest.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

type Frame = [west: number, south: number, east: number, north: number];
type Point = [number, number];
type Rings = number[][];
type Country = { type: 'Polygon'; arcs: Rings } | { type: 'MultiPolygon'; arcs: Rings[] };
interface World {
  transform: { scale: Point; translate: Point };
  arcs: Point[][];
  objects: { countries: { geometries: Country[] } };
}

/** West, south, east and north of the land kept, in degrees: Mexico, Central America, the Caribbean and the shores around. */
const FRAME: Frame = [-118, -5, -58, 33];
const MODULE = 'virtual:atlas';

/** A plugin that offers the module `virtual:atlas`: one topology (TopoJSON) with the object `countries`. */
export function atlas(): Plugin {
  return {
    name: 'atlas',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load(id) {
      if (id !== `\0${MODULE}`) return null;
      const file = createRequire(import.meta.url).resolve('world-atlas/countries-50m.json');
      const text = JSON.stringify(cut(JSON.parse(readFileSync(file, 'utf8')), FRAME));
      return `export default JSON.parse(${JSON.stringify(text)});`;
    },
  };
}

/** The polygons that reach into the frame; the points of their borders outside it are thinned, those within stay as they are. */
function cut({ transform, arcs, objects }: World, [west, south, east, north]: Frame) {
  const [sx, sy] = transform.scale, [tx, ty] = transform.translate;
  const inside = ([x, y]: Point) => {
    const lon = x * sx + tx, lat = y * sy + ty;
    return lon >= west && lon <= east && lat >= south && lat <= north;
  };
  const lines = arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]): Point => [(x += dx), (y += dy)]);
  });
  const reaches = lines.map((line) => line.some(inside));
  const number = new Map<number, number>(), kept: number[] = [];
  const again = (arc: number): number => {
    const index = arc < 0 ? ~arc : arc;
    if (!number.has(index)) number.set(index, kept.push(index) - 1);
    const now = number.get(index) as number;
    return arc < 0 ? ~now : now;
  };
  const geometries = objects.countries.geometries.flatMap((country) => {
    const polygons = (country.type === 'Polygon' ? [country.arcs] : country.arcs)
      .filter((rings) => rings.some((ring) => ring.some((arc) => reaches[arc < 0 ? ~arc : arc])))
      .map((rings) => rings.map((ring) => ring.map(again)));
    return polygons.length === 0 ? [] : [{ type: 'MultiPolygon', arcs: polygons }];
  });
  const thin = (line: Point[]) => line.filter((point, i) =>
    i === 0 || i === line.length - 1 || i % 12 === 0 || [line[i - 1], point, line[i + 1]].some(inside));
  const deltas = (line: Point[]) => line.map(([x, y], i): Point => (i === 0 ? [x, y] : [x - line[i - 1][0], y - line[i - 1][1]]));
  return {
    type: 'Topology',
    transform,
    objects: { countries: { type: 'GeometryCollection', geometries } },
    arcs: kept.map((index) => deltas(thin(lines[index]))),
  };
}
