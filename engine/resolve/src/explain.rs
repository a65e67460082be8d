//! Why are two mentions held to be one party, or not? The waterfall of bits, by the arithmetic that decided.

use crate::column::Columns;
use crate::column::frequency::Frequencies;
use crate::compare::{Pattern, compare, document, forbidden};
use crate::comparison::{self as at, DEFAULTS, level_name};
use crate::model::{FLOOR, FittedModel};
use crate::score::{bits_of, probability, score, stranger_chance};
use model::identifier::Normal;
use model::party::Sex;
use model::record::MentionRecord;

/// Why two mentions cannot be one party whatever else agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CannotLink {
    /// A person and an organisation.
    Kind,
    /// Two documents of one kind that exclude each other.
    Documents,
    /// Another sex and another birth date.
    SexAndBirth,
}

/// What one field says for or against.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldWeight {
    /// Comparison; `kinship` for what is taken back because kin would agree as well, `guard` for the ceiling of
    /// pairs without a name or document in common.
    pub comparison: &'static str,
    /// Level.
    pub level: &'static str,
    /// What one side says.
    pub value_a: String,
    /// What the other says.
    pub value_b: String,
    /// Bits for (positive) or against (negative).
    pub bits: f64,
}

/// The waterfall of a pair.
///
/// **Invariant:** `prior_bits` and the bits of `fields` sum to `total_bits`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Log-odds before anything is compared.
    pub prior_bits: f64,
    /// Fields that both sides state, in the order of the comparisons.
    pub fields: Vec<FieldWeight>,
    /// Log-odds after all.
    pub total_bits: f64,
    /// The same as a probability.
    pub probability: f64,
    /// What keeps the two apart whatever the bits say.
    pub constraint: Option<CannotLink>,
}

/// Explains pairs of one set of mentions; the frequencies are counted once.
#[derive(Clone, Debug)]
pub struct Explainer<'a> {
    mentions: &'a [MentionRecord],
    rank: Vec<u32>,
    columns: Columns,
    model: &'a FittedModel,
}

impl<'a> Explainer<'a> {
    /// An explainer of the mentions that the model was used on.
    ///
    /// # Arguments   `stored`: the frequencies that were used, where they are not those of the mentions themselves
    pub fn new(mentions: &'a [MentionRecord], model: &'a FittedModel, stored: Option<&Frequencies>) -> Self {
        let mut order: Vec<u32> = (0..mentions.len() as u32).collect();
        order.sort_by_key(|i| (mentions[*i as usize].mention, *i));
        let mut rank = vec![0; mentions.len()];
        for (place, i) in order.iter().enumerate() {
            rank[*i as usize] = place as u32;
        }
        let ordered: Vec<&MentionRecord> = order.iter().map(|i| &mentions[*i as usize]).collect();
        let columns = match stored {
            Some(stored) => Columns::with(&ordered, stored),
            None => Columns::new(&ordered),
        };
        Self { mentions, rank, columns, model }
    }

    /// The waterfall of the pair at these positions; that of nothing known where a position is out of range.
    pub fn explain(&self, a: usize, b: usize) -> Explanation {
        let prior_bits = bits_of(self.model.lambda);
        let (Some(ra), Some(rb)) = (self.rank.get(a).copied(), self.rank.get(b).copied()) else {
            let probability = probability(prior_bits);
            return Explanation {
                prior_bits,
                fields: Vec::new(),
                total_bits: prior_bits,
                probability,
                constraint: None,
            };
        };
        let pattern = compare(&self.columns, ra, rb);
        let (ma, mb) = (&self.mentions[a], &self.mentions[b]);
        let mut fields = Vec::new();
        let mut sum = prior_bits;
        for (comparison, default) in DEFAULTS.iter().enumerate() {
            let level = pattern.level(comparison);
            if level == 0 {
                continue;
            }
            let m = self.model.comparisons[comparison].m[usize::from(level)].max(FLOOR);
            let bits = (m / stranger_chance(self.model, pattern, comparison)).log2();
            sum += bits;
            fields.push(FieldWeight {
                comparison: default.name,
                level: level_name(comparison, level),
                value_a: stated(ma, comparison),
                value_b: stated(mb, comparison),
                bits,
            });
        }
        let s = score(self.model, pattern);
        let extra = |comparison, level, bits| FieldWeight {
            comparison,
            level,
            value_a: String::new(),
            value_b: String::new(),
            bits,
        };
        let kinship = s.raw_bits - sum;
        if kinship.abs() >= 0.005 {
            fields.push(extra("kinship", "household", kinship));
        } else if let Some(last) = fields.last_mut() {
            last.bits += kinship;
        }
        if s.bits < s.raw_bits {
            fields.push(extra("guard", "no_name_or_document", s.bits - s.raw_bits));
        }
        Explanation {
            prior_bits,
            total_bits: s.bits,
            probability: s.probability(),
            constraint: self.constraint(ra, rb, pattern),
            fields,
        }
    }

    fn constraint(&self, a: u32, b: u32, pattern: Pattern) -> Option<CannotLink> {
        let (fa, fb) = (&self.columns.mentions[a as usize], &self.columns.mentions[b as usize]);
        if !forbidden(&self.columns, fa, fb, pattern) {
            return None;
        }
        Some(if fa.organisation != fb.organisation {
            CannotLink::Kind
        } else if document::conflict(&self.columns, fa, fb) {
            CannotLink::Documents
        } else {
            CannotLink::SexAndBirth
        })
    }
}

/// Explains one pair; for several pairs of one set, [`Explainer`] counts the frequencies only once.
///
/// # Complexity   O(length of all mentions)
pub fn explain(mentions: &[MentionRecord], a: usize, b: usize, model: &FittedModel) -> Explanation {
    Explainer::new(mentions, model, None).explain(a, b)
}

/// What a mention states in a comparison, as people read it.
fn stated(mention: &MentionRecord, comparison: usize) -> String {
    let values = |list: &[Normal]| {
        let texts: Vec<&str> = list.iter().filter_map(|n| n.value.as_deref()).collect();
        texts.join(", ")
    };
    match comparison {
        at::GIVEN | at::GIVEN_PART => mention.name.given.join(" "),
        at::SURNAMES | at::SURNAME_ONE => mention.name.surnames.join(" "),
        at::BIRTH => mention.birth.map_or_else(String::new, |d| d.to_string()),
        at::DOCUMENT => values(&mention.documents),
        at::SEX => match mention.sex {
            Some(Sex::Female) => "F".to_owned(),
            Some(Sex::Male) => "M".to_owned(),
            None => String::new(),
        },
        at::PHONE => {
            let both: Vec<String> = [values(&mention.phones), values(&mention.sims)]
                .into_iter()
                .filter(|t| !t.is_empty())
                .collect();
            both.join(", ")
        }
        at::ACCOUNT => values(&mention.accounts),
        at::ADDRESS => mention.address_raw.clone(),
        at::TOWN => mention.town.clone(),
        _ => mention.name_raw.clone(),
    }
}
