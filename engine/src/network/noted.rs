//! What reading supposed or noticed of the numbers, devices and accounts of a case: each once, with all of it.

use super::head::Head;
use crate::error::EngineError;
use model::identifier::{Identifier, IdentifierKind, NormFlags};
use model::ids::SourceId;
use model::record::TableKind;
use rayon::prelude::{
    IntoParallelIterator as _, ParallelExtend as _, ParallelIterator as _, ParallelSliceMut as _,
};
use store::snapshot::Snapshot;

/// An identifier and what was noticed of it. The order is that of identifiers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Noted {
    kind: IdentifierKind,
    head: Head,
    /// The value, where its head is not all of it.
    long: Option<Box<str>>,
    /// What was noticed.
    pub(crate) flags: NormFlags,
}

impl Noted {
    pub(crate) fn new(kind: IdentifierKind, value: &str, flags: NormFlags) -> Self {
        let head = Head::of(value);
        Self { kind, head, long: (!head.is_whole()).then(|| value.into()), flags }
    }

    /// The identifier.
    pub(crate) fn identifier(&self) -> Identifier {
        let mut value = String::new();
        self.write_value(&mut value);
        Identifier::new(self.kind, value)
    }

    fn write_value(&self, out: &mut String) {
        match &self.long {
            Some(value) => out.push_str(value),
            None => {
                self.head.write(out);
            }
        }
    }

    /// Adds the text form of the identifier.
    pub(crate) fn write(&self, out: &mut String) {
        out.push_str(self.kind.prefix());
        out.push(':');
        self.write_value(out);
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.head, &self.long) == (other.kind, other.head, &other.long)
    }
}

/// What was noticed of the numbers and devices of calls, in no order.
pub(crate) fn of_calls(snapshot: &Snapshot) -> Result<Vec<Noted>, EngineError> {
    let calls = (0u32..).map(SourceId).zip(snapshot.sources()).filter(|(_, s)| s.kind == TableKind::Calls);
    let mut all = Vec::new();
    for (source, _) in calls {
        for (kind, column) in [
            (IdentifierKind::Msisdn, snapshot.call_numbers(source)?),
            (IdentifierKind::Imei, snapshot.call_imeis(source)?),
            (IdentifierKind::Imsi, snapshot.call_imsis(source)?),
        ] {
            let noted = |value: &mut String, at: usize| {
                let flags = column.flags(at);
                (flags != NormFlags::NONE && column.write(at, value)).then(|| Noted::new(kind, value, flags))
            };
            all.par_extend(
                (0..column.len()).into_par_iter().map_init(String::new, noted).filter_map(|noted| noted),
            );
        }
    }
    Ok(all)
}

/// Each identifier once, ascending, with all that was noticed of it.
pub(crate) fn merged(mut all: Vec<Noted>) -> Vec<Noted> {
    all.par_sort_unstable();
    all.dedup_by(|later, first| {
        let same = later.is_same(first);
        if same {
            first.flags = first.flags.with(later.flags);
        }
        same
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn identifiers_come_once_in_their_order(
            rows in proptest::collection::vec((0usize..6, "[a-c]{0,2}[0é]{0,18}", 1u16..8), 0..60)
        ) {
            let mut expected: BTreeMap<Identifier, NormFlags> = BTreeMap::new();
            let mut all = Vec::new();
            for (kind, value, flags) in &rows {
                let (kind, flags) = (IdentifierKind::ALL[*kind], NormFlags(*flags));
                all.push(Noted::new(kind, value, flags));
                let slot = expected.entry(Identifier::new(kind, value.as_str())).or_default();
                *slot = slot.with(flags);
            }
            let found: Vec<(Identifier, NormFlags)> =
                merged(all).iter().map(|noted| (noted.identifier(), noted.flags)).collect();
            prop_assert_eq!(&found, &expected.into_iter().collect::<Vec<_>>());
            for noted in merged(rows.iter().map(|(k, v, f)| Noted::new(IdentifierKind::ALL[*k], v, NormFlags(*f))).collect()) {
                let mut text = String::new();
                noted.write(&mut text);
                prop_assert_eq!(text, noted.identifier().to_string());
            }
        }
    }
}
