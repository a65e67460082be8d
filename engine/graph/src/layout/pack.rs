//! Packs drawings of components into rows, the largest first.

use crate::layout::Point;

/// Width over height that the whole aims at.
const ASPECT: f64 = 1.6;

/// Moves each drawing so that their boxes do not meet, with twice `gap` between them; the whole begins at (gap, gap).
pub(super) fn pack(drawings: &mut [Vec<Point>], gap: f64) {
    let boxes: Vec<(Point, Point)> = drawings.iter().map(|d| bounds(d)).collect();
    let margin = 2.0 * gap;
    let area: f64 =
        boxes.iter().map(|(low, high)| (high.x - low.x + margin) * (high.y - low.y + margin)).sum();
    let widest = boxes.iter().map(|(low, high)| high.x - low.x + margin).fold(0.0, f64::max);
    let width = (area * ASPECT * 1.15).sqrt().max(widest);
    let (mut x, mut y, mut row_height) = (0.0, 0.0, 0.0f64);
    for (drawing, (low, high)) in drawings.iter_mut().zip(&boxes) {
        let (w, h) = (high.x - low.x + margin, high.y - low.y + margin);
        if x > 0.0 && x + w > width {
            x = 0.0;
            y += row_height;
            row_height = 0.0;
        }
        for point in drawing {
            point.x += x + gap - low.x;
            point.y += y + gap - low.y;
        }
        x += w;
        row_height = row_height.max(h);
    }
}

fn bounds(points: &[Point]) -> (Point, Point) {
    let mut points = points.iter();
    let Some(&first) = points.next() else { return (Point::default(), Point::default()) };
    points.fold((first, first), |(low, high), p| {
        (Point { x: low.x.min(p.x), y: low.y.min(p.y) }, Point { x: high.x.max(p.x), y: high.y.max(p.y) })
    })
}
