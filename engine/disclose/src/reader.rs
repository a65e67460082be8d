//! A reader: who is protected, who asks, and which files are cited. Every view is made for one reader.

use crate::audience::{Audience, Lang};
use crate::citation::{SourceBook, cite};
use crate::messages;
use crate::policy::{NodeRef, Policy, Seen};
use model::ids::{RecordRef, SourceId};
use model::sensitivity::Sensitivity;
use std::borrow::Cow;

/// For whom a view is made.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    policy: &'a Policy,
    audience: Audience,
    sources: &'a SourceBook,
}

/// A cited row.
pub(crate) struct Place {
    pub(crate) source: String,
    pub(crate) file: String,
    pub(crate) sheet: String,
    pub(crate) sha256: String,
    pub(crate) row: u32,
}

impl<'a> Reader<'a> {
    /// A reader.
    pub fn new(policy: &'a Policy, audience: Audience, sources: &'a SourceBook) -> Self {
        Self { policy, audience, sources }
    }

    /// The audience.
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// The policy.
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// What the reader sees of a node.
    pub fn seen(&self, node: &NodeRef) -> Seen<'a> {
        self.policy.seen(node, &self.audience)
    }

    /// The id under which the reader knows a node.
    pub fn node_id(&self, node: &NodeRef) -> Option<String> {
        self.policy.node_id(node, &self.audience)
    }

    /// The node of an id that the reader gave; see [`Policy::resolve_public_id`].
    pub fn resolve(&self, id: &str) -> Option<NodeRef> {
        self.policy.resolve_public_id(id, &self.audience)
    }

    /// A text that people wrote, with protected names and numbers replaced by pseudonyms.
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.policy.redactor().text(text, self.audience.clearance)
    }

    /// A row's address in words: `CDR_9412.xlsx, hoja Entrantes, fila 418 (SHA-256 7c1e…a04f)`.
    pub fn citation(&self, record: RecordRef) -> String {
        let place = self.place(record);
        cite(self.lang(), &place.file, &place.sheet, &place.sha256, record)
    }

    pub(crate) fn lang(&self) -> Lang {
        self.audience.lang
    }

    pub(crate) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        messages::text(self.lang(), key, values)
    }

    /// Numbers only: for the names of open people, who may share a name with a protected one.
    pub(crate) fn scrub_numbers<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.policy.redactor().numbers(text, self.audience.clearance)
    }

    pub(crate) fn is_clean(&self, text: &str) -> bool {
        self.policy.redactor().is_clean(text, self.audience.clearance)
    }

    /// Whether text that no reader of tables could take apart may be shown: it may name anyone.
    pub(crate) fn may_read_unparsed(&self) -> bool {
        let needed = self.policy.strictest_masked().max(Sensitivity::Witness);
        self.audience.clearance.covers(needed)
    }

    pub(crate) fn place(&self, record: RecordRef) -> Place {
        let mut place = Place {
            source: self.sources.short(record.source),
            file: String::new(),
            sheet: String::new(),
            sha256: String::new(),
            row: record.row,
        };
        if let Some(source) = self.sources.get(record.source) {
            place.source = self.source_id(record.source);
            place.file = self.scrub(&source.file).into_owned();
            place.sheet = self.scrub(&source.key.sheet).into_owned();
            place.sha256 = source.key.digest.to_hex();
        }
        place
    }

    /// The public id of a source; the name of a sheet in it is scrubbed like any other text.
    pub(crate) fn source_id(&self, id: SourceId) -> String {
        self.scrub(&self.sources.short(id)).into_owned()
    }
}
