//! The fitted model: what training learnt, as numbers that can be stored, read and argued about.

use crate::column::frequency::Frequencies;
use crate::comparison::{COMPARISONS, DEFAULTS, Kin, LEVELS};
use crate::error::ResolveError;
use std::sync::Arc;

/// One row of a stored model.
///
/// Rows of a comparison hold `m` and `u` of a level. Rows of `kin:<comparison>` hold, as `m`, the level's
/// probability among kin (level `echo`: the share of kin that agree like one person). Rows of `prior` hold, as `m`,
/// `lambda` and the share of kin among all pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelRow {
    /// Comparison, `kin:<comparison>` or `prior`.
    pub comparison: String,
    /// Level.
    pub level: String,
    /// Probability among pairs of one party.
    pub m: f64,
    /// Probability among strangers.
    pub u: f64,
}

/// Probabilities of one comparison; index 0 (missing) is unused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FittedComparison {
    /// Probability of each level among pairs of one party.
    pub m: [f64; LEVELS],
    /// Probability of each level among strangers.
    pub u: [f64; LEVELS],
    /// Probability of each level among kin (household comparisons).
    pub kin: [f64; LEVELS],
    /// Share of kin pairs that agree like one person (echo comparisons).
    pub echo: f64,
}

/// What training learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedModel {
    /// Probability that two mentions taken at random are one party.
    pub lambda: f64,
    /// Probability that two mentions taken at random are kin, but not one party.
    pub kin: f64,
    /// The comparisons, in the order of [`crate::comparison`].
    pub comparisons: [FittedComparison; COMPARISONS],
}

/// A model as a case keeps it: with it the answer is a function of the records, in whatever order they came.
#[derive(Clone, Debug)]
pub struct StoredModel {
    /// The weights.
    pub fitted: FittedModel,
    /// The probability that joined clusters have to exceed.
    pub threshold: f64,
    /// Frequencies among rows.
    pub rows: Arc<Frequencies>,
    /// Frequencies among the clusters of the first pass.
    pub wholes: Arc<Frequencies>,
}

/// Smallest probability that a model holds: it bounds every weight.
pub(crate) const FLOOR: f64 = 1e-9;

impl FittedModel {
    /// The documented defaults for a set of `count` mentions.
    pub fn defaults(count: usize) -> Self {
        let n = (count as f64).max(2.0);
        let comparisons = DEFAULTS.map(|c| {
            let mut fitted =
                FittedComparison { m: [0.0; LEVELS], u: [0.0; LEVELS], kin: [0.0; LEVELS], echo: 0.0 };
            for (i, level) in c.levels.iter().enumerate() {
                fitted.m[i + 1] = level.m;
                fitted.u[i + 1] = level.u;
                fitted.kin[i + 1] = level.kin;
            }
            if let Kin::Echo(share) = c.kin {
                fitted.echo = share;
            }
            fitted
        });
        Self { lambda: (1.0 / n).min(0.2), kin: (1.0 / n).min(0.2), comparisons }
    }

    /// The model as rows to be stored; [`FittedModel::from_rows`] reads them back exactly.
    pub fn to_rows(&self) -> Vec<ModelRow> {
        let row = |comparison: String, level: &str, m: f64, u: f64| ModelRow {
            comparison,
            level: level.to_owned(),
            m,
            u,
        };
        let mut out = vec![
            row("prior".to_owned(), "lambda", self.lambda, 0.0),
            row("prior".to_owned(), "kin", self.kin, 0.0),
        ];
        for (fitted, default) in self.comparisons.iter().zip(DEFAULTS) {
            for (i, level) in default.levels.iter().enumerate() {
                out.push(row(default.name.to_owned(), level.name, fitted.m[i + 1], fitted.u[i + 1]));
            }
            match default.kin {
                Kin::Household => {
                    for (i, level) in default.levels.iter().enumerate() {
                        out.push(row(format!("kin:{}", default.name), level.name, fitted.kin[i + 1], 0.0));
                    }
                }
                Kin::Echo(_) => out.push(row(format!("kin:{}", default.name), "echo", fitted.echo, 0.0)),
            }
        }
        out
    }

    /// Reads a stored model.
    ///
    /// # Errors   [`ResolveError::ModelRowMissing`] or [`ResolveError::ModelRowBad`], naming the row
    pub fn from_rows(rows: &[ModelRow]) -> Result<Self, ResolveError> {
        let find = |comparison: &str, level: &str| -> Result<(f64, f64), ResolveError> {
            let row =
                rows.iter().find(|r| r.comparison == comparison && r.level == level).ok_or_else(|| {
                    ResolveError::ModelRowMissing {
                        comparison: comparison.to_owned(),
                        level: level.to_owned(),
                    }
                })?;
            let good = |p: f64| p.is_finite() && (0.0..=1.0).contains(&p);
            if good(row.m) && good(row.u) {
                Ok((row.m, row.u))
            } else {
                Err(ResolveError::ModelRowBad { comparison: comparison.to_owned(), level: level.to_owned() })
            }
        };
        let mut model = Self::defaults(2);
        model.lambda = find("prior", "lambda")?.0;
        model.kin = find("prior", "kin")?.0;
        for (fitted, default) in model.comparisons.iter_mut().zip(DEFAULTS) {
            let kin_name = format!("kin:{}", default.name);
            for (i, level) in default.levels.iter().enumerate() {
                (fitted.m[i + 1], fitted.u[i + 1]) = find(default.name, level.name)?;
                if let Kin::Household = default.kin {
                    fitted.kin[i + 1] = find(&kin_name, level.name)?.0;
                }
            }
            if let Kin::Echo(_) = default.kin {
                fitted.echo = find(&kin_name, "echo")?.0;
            }
        }
        Ok(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_survives_its_rows_and_a_damaged_one_is_refused() {
        let mut model = FittedModel::defaults(1000);
        model.comparisons[3].m[2] = 0.123_456_789;
        let mut rows = model.to_rows();
        assert_eq!(FittedModel::from_rows(&rows).unwrap(), model);
        rows[5].m = f64::NAN;
        assert!(matches!(FittedModel::from_rows(&rows), Err(ResolveError::ModelRowBad { .. })));
        rows.remove(5);
        assert!(matches!(FittedModel::from_rows(&rows), Err(ResolveError::ModelRowMissing { .. })));
    }
}
