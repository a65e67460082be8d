//! Pushes nodes apart until no two are closer than a distance.

use crate::layout::Point;
use crate::stream::Stream;
use model::ids::Seed;

/// Rounds of pushing before the whole is stretched a little.
const PUSHES: usize = 40;
/// Stretches before the last, exact one.
const STRETCHES: usize = 12;

/// Moves points so that no two are closer than `distance`, keeping the picture where it is not crowded.
pub(super) fn spread(points: &mut [Point], distance: f64, seed: Seed) {
    part_twins(points, distance, seed);
    // Pushing aims a little wide, so that it ends.
    let wide = distance * 1.02;
    for _ in 0..STRETCHES {
        for _ in 0..PUSHES {
            if !push(points, wide) {
                break;
            }
        }
        if least_distance(points, distance).is_none() {
            return;
        }
        stretch(points, 1.08);
    }
    if let Some(least) = least_distance(points, distance) {
        stretch(points, wide / least);
    }
}

/// Gives points on one spot different ones, so that there is a direction to push in.
fn part_twins(points: &mut [Point], distance: f64, seed: Seed) {
    let mut stream = Stream::new(seed.0 ^ 0x7477_696e);
    for point in points.iter_mut() {
        point.x += (stream.unit() - 0.5) * distance * 1e-3;
        point.y += (stream.unit() - 0.5) * distance * 1e-3;
    }
}

fn stretch(points: &mut [Point], factor: f64) {
    for point in points {
        point.x *= factor;
        point.y *= factor;
    }
}

/// Points sorted into squares of side `distance`, by row and column: only neighbouring squares hold close points.
struct Grid {
    cells: Vec<((i64, i64), u32)>,
}

impl Grid {
    fn new(points: &[Point], distance: f64) -> Self {
        let cell = |p: &Point| ((p.y / distance).floor() as i64, (p.x / distance).floor() as i64);
        let mut cells: Vec<_> = points.iter().enumerate().map(|(i, p)| (cell(p), i as u32)).collect();
        cells.sort_unstable();
        Self { cells }
    }

    /// Every pair that may be close, each once, in a fixed order.
    fn pairs(&self, mut visit: impl FnMut(usize, usize)) {
        // The window into the next row only moves forward, because the squares are sorted.
        let mut below = 0;
        for (at, &((row, column), a)) in self.cells.iter().enumerate() {
            for &((r, c), b) in &self.cells[at + 1..] {
                if r != row || c > column + 1 {
                    break;
                }
                visit(a as usize, b as usize);
            }
            while self.cells.get(below).is_some_and(|&(cell, _)| cell < (row + 1, column - 1)) {
                below += 1;
            }
            for &((r, c), b) in &self.cells[below..] {
                if r != row + 1 || c > column + 1 {
                    break;
                }
                visit(a as usize, b as usize);
            }
        }
    }
}

/// One round; whether anything moved.
fn push(points: &mut [Point], distance: f64) -> bool {
    let grid = Grid::new(points, distance);
    let mut moved = false;
    grid.pairs(|a, b| {
        let (dx, dy) = (points[a].x - points[b].x, points[a].y - points[b].y);
        let apart = (dx * dx + dy * dy).sqrt();
        if apart >= distance * 0.9999 {
            return;
        }
        moved = true;
        let (ux, uy) = if apart > 1e-12 { (dx / apart, dy / apart) } else { (1.0, 0.0) };
        let half = 0.5 * (distance - apart);
        points[a] = Point { x: points[a].x + ux * half, y: points[a].y + uy * half };
        points[b] = Point { x: points[b].x - ux * half, y: points[b].y - uy * half };
    });
    moved
}

/// The least distance below `distance`, if any pair is that close.
fn least_distance(points: &[Point], distance: f64) -> Option<f64> {
    let grid = Grid::new(points, distance);
    let mut least: Option<f64> = None;
    grid.pairs(|a, b| {
        let (dx, dy) = (points[a].x - points[b].x, points[a].y - points[b].y);
        let apart = (dx * dx + dy * dy).sqrt();
        if apart < distance && least.is_none_or(|l| apart < l) {
            least = Some(apart);
        }
    });
    least.map(|l| l.max(1e-9))
}
