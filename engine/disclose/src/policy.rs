//! Who is protected, under which pseudonym, and how public ids lead back to nodes.

use crate::audience::Audience;
use crate::redact::Redactor;
use model::identifier::{Identifier, IdentifierKind};
use model::sensitivity::Sensitivity;
use std::collections::BTreeMap;
use std::fmt;

/// A node inside the engine: an entity by its lasting key, or an identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeRef {
    /// The lasting key of an entity, `E-...`.
    Entity(String),
    /// An identifier.
    Identifier(Identifier),
}

impl NodeRef {
    /// Reads the text form; `None` if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match Identifier::parse(text) {
            Some(identifier) => Some(Self::Identifier(identifier)),
            None => (text.starts_with("E-") && text.len() > 2).then(|| Self::Entity(text.to_owned())),
        }
    }
}

impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity(key) => f.write_str(key),
            Self::Identifier(identifier) => identifier.fmt(f),
        }
    }
}

/// How one node is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The class.
    pub class: Sensitivity,
    /// What stands for the node: `V-01`, `V-01/tel1`.
    pub pseudonym: String,
}

/// What an audience sees of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// It is not protected.
    Open,
    /// It is protected, and the clearance opens it.
    Opened(&'a Protection),
    /// It is protected: the pseudonym stands for it.
    Masked(&'a Protection),
    /// It is sealed: for this audience it does not exist.
    Absent,
}

impl<'a> Seen<'a> {
    /// The class to show beside the node; `None` for an open one.
    pub fn class(&self) -> Option<Sensitivity> {
        match self {
            Self::Opened(p) | Self::Masked(p) => Some(p.class),
            Self::Open | Self::Absent => None,
        }
    }

    /// The pseudonym, where it stands for the node.
    pub fn mask(&self) -> Option<&'a str> {
        match self {
            Self::Masked(p) => Some(&p.pseudonym),
            _ => None,
        }
    }
}

/// The protection labels of a case: entities, identifiers, pseudonyms.
///
/// **Invariant 1:** every protected node has exactly one pseudonym and every pseudonym stands for one node.
/// **Invariant 2:** an identifier that a protected party uses is protected, whoever else uses it too; its class
/// is the strictest of its owners'.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    entities: BTreeMap<String, Protection>,
    identifiers: BTreeMap<Identifier, Protection>,
    nodes: BTreeMap<String, NodeRef>,
    redactor: Redactor,
}

impl Policy {
    /// The protection of a node, whoever asks.
    pub fn protection(&self, node: &NodeRef) -> Option<&Protection> {
        match node {
            NodeRef::Entity(key) => self.entities.get(key),
            NodeRef::Identifier(identifier) => self.identifiers.get(identifier),
        }
    }

    /// What an audience sees of a node.
    pub fn seen(&self, node: &NodeRef, audience: &Audience) -> Seen<'_> {
        match self.protection(node) {
            None => Seen::Open,
            Some(p) if audience.clearance.covers(p.class) => Seen::Opened(p),
            Some(p) if p.class == Sensitivity::Sealed => Seen::Absent,
            Some(p) => Seen::Masked(p),
        }
    }

    /// The id under which an audience knows a node; `None` if for it the node does not exist.
    pub fn node_id(&self, node: &NodeRef, audience: &Audience) -> Option<String> {
        match self.seen(node, audience) {
            Seen::Open | Seen::Opened(_) => Some(node.to_string()),
            Seen::Masked(p) => Some(p.pseudonym.clone()),
            Seen::Absent => None,
        }
    }

    /// The node of an id that an audience typed or was given.
    ///
    /// The caller answers `None` and a node that the case does not know with the same words: the true id of a
    /// masked or sealed node is no id at all for who may not see it.
    pub fn resolve_public_id(&self, text: &str, audience: &Audience) -> Option<NodeRef> {
        let text = text.trim();
        if let Some(node) = self.nodes.get(text) {
            return (self.seen(node, audience) != Seen::Absent).then(|| node.clone());
        }
        let node = NodeRef::parse(text)?;
        match self.seen(&node, audience) {
            Seen::Open | Seen::Opened(_) => Some(node),
            Seen::Masked(_) | Seen::Absent => None,
        }
    }

    /// The strictest class of any node, sealed left out: what reading unparsed text of the case may reveal.
    pub fn strictest_masked(&self) -> Sensitivity {
        self.all().map(|(_, p)| p.class).filter(|c| *c != Sensitivity::Sealed).max().unwrap_or_default()
    }

    /// How many entities an audience sees as protected.
    pub fn protected_entities(&self, audience: &Audience) -> u64 {
        let seen = |p: &&Protection| p.class != Sensitivity::Sealed || audience.clearance.covers(p.class);
        self.entities.values().filter(seen).count() as u64
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    fn all(&self) -> impl Iterator<Item = (NodeRef, &Protection)> {
        let entities = self.entities.iter().map(|(k, p)| (NodeRef::Entity(k.clone()), p));
        entities.chain(self.identifiers.iter().map(|(i, p)| (NodeRef::Identifier(i.clone()), p)))
    }
}

/// Collects who is protected.
#[derive(Clone, Debug, Default)]
pub struct PolicyBuilder {
    entities: BTreeMap<String, Protection>,
    identifiers: BTreeMap<Identifier, Protection>,
    numbers: BTreeMap<(String, IdentifierKind), u32>,
    names: Vec<(Sensitivity, String, String)>,
}

impl PolicyBuilder {
    /// Protects an entity under a pseudonym that the store keeps, and its names wherever they are written.
    ///
    /// Protecting it again raises the class if the new one is stricter and keeps the first pseudonym.
    pub fn entity<'n>(
        &mut self,
        key: &str,
        class: Sensitivity,
        pseudonym: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> &mut Self {
        if class == Sensitivity::Open {
            return self;
        }
        let kept = self
            .entities
            .entry(key.to_owned())
            .and_modify(|p| p.class = p.class.max(class))
            .or_insert_with(|| Protection { class, pseudonym: pseudonym.to_owned() });
        let pseudonym = kept.pseudonym.clone();
        self.names.extend(names.into_iter().map(|n| (class, pseudonym.clone(), n.to_owned())));
        self
    }

    /// Protects an identifier of a protected party; it is called `V-01/tel1`, numbered within its kind in the
    /// order of the calls (so call in an order that later data do not change: that of the first row).
    ///
    /// Protecting it again raises the class if the new one is stricter and keeps the first pseudonym.
    pub fn identifier_of(&mut self, owner: &str, class: Sensitivity, identifier: Identifier) -> &mut Self {
        if class == Sensitivity::Open {
            return self;
        }
        if let Some(p) = self.identifiers.get_mut(&identifier) {
            p.class = p.class.max(class);
            return self;
        }
        let number = self.numbers.entry((owner.to_owned(), identifier.kind)).or_insert(0);
        *number += 1;
        let pseudonym = format!("{owner}/{}{number}", identifier.kind.prefix());
        self.identifiers.insert(identifier, Protection { class, pseudonym });
        self
    }

    /// Protects an identifier by itself, under a pseudonym of its own that the store keeps.
    pub fn identifier(&mut self, identifier: Identifier, class: Sensitivity, pseudonym: &str) -> &mut Self {
        if class == Sensitivity::Open {
            return self;
        }
        self.identifiers
            .entry(identifier)
            .and_modify(|p| p.class = p.class.max(class))
            .or_insert_with(|| Protection { class, pseudonym: pseudonym.to_owned() });
        self
    }

    /// The policy. A protected telephone number is protected as a wallet's alias too, and the other way round.
    pub fn build(&self) -> Policy {
        let mut identifiers = self.identifiers.clone();
        for (identifier, protection) in &self.identifiers {
            let twin = match identifier.kind {
                IdentifierKind::Msisdn => IdentifierKind::AccountNumber,
                IdentifierKind::AccountNumber if identifier.value.starts_with('+') => IdentifierKind::Msisdn,
                _ => continue,
            };
            identifiers.entry(Identifier::new(twin, identifier.value.clone())).or_insert_with(|| {
                Protection {
                    class: protection.class,
                    pseudonym: format!("{}.{}", protection.pseudonym, twin.prefix()),
                }
            });
        }
        let entities = self.entities.clone();
        let mut nodes = BTreeMap::new();
        for (key, p) in &entities {
            nodes.entry(p.pseudonym.clone()).or_insert_with(|| NodeRef::Entity(key.clone()));
        }
        for (identifier, p) in &identifiers {
            nodes.entry(p.pseudonym.clone()).or_insert_with(|| NodeRef::Identifier(identifier.clone()));
        }
        let redactor = Redactor::new(
            identifiers.iter().map(|(i, p)| (i, p.class, p.pseudonym.as_str())),
            self.names.iter().map(|(class, pseudonym, name)| (*class, pseudonym.as_str(), name.as_str())),
        );
        Policy { entities, identifiers, nodes, redactor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Lang;
    use model::sensitivity::Clearance;

    fn audience(class: Sensitivity) -> Audience {
        Audience::new(Clearance(class), Lang::Es, None)
    }

    fn tel(value: &str) -> NodeRef {
        NodeRef::Identifier(Identifier::new(IdentifierKind::Msisdn, value))
    }

    fn policy() -> Policy {
        let mut builder = PolicyBuilder::default();
        builder
            .entity("E-VICTIM", Sensitivity::Victim, "V-01", ["Xiomara Canario Secreto"])
            .identifier_of(
                "V-01",
                Sensitivity::Victim,
                Identifier::new(IdentifierKind::Msisdn, "+50390000001"),
            )
            .identifier_of(
                "V-01",
                Sensitivity::Victim,
                Identifier::new(IdentifierKind::Msisdn, "+50390000002"),
            )
            .entity("E-SEALED", Sensitivity::Sealed, "S-01", ["Nadie"])
            .entity("E-OPEN", Sensitivity::Open, "never", []);
        builder.build()
    }

    #[test]
    fn an_id_that_may_not_be_known_is_no_id() {
        let policy = policy();
        let (open, victim) = (audience(Sensitivity::Open), audience(Sensitivity::Victim));
        for hidden in
            ["E-VICTIM", "tel:+50390000001", "acct:+50390000001", "E-SEALED", "S-01", "nonsense", ""]
        {
            assert_eq!(policy.resolve_public_id(hidden, &open), None, "{hidden}");
        }
        assert_eq!(policy.resolve_public_id("V-01", &open), Some(NodeRef::Entity("E-VICTIM".into())));
        assert_eq!(policy.resolve_public_id("V-01/tel2", &open), Some(tel("+50390000002")));
        assert_eq!(policy.resolve_public_id("E-OTHER", &open), Some(NodeRef::Entity("E-OTHER".into())));
        assert_eq!(policy.resolve_public_id("tel:+50390000001", &victim), Some(tel("+50390000001")));
        assert_eq!(policy.resolve_public_id("V-01/tel1", &victim), Some(tel("+50390000001")));
        assert_eq!(policy.resolve_public_id("E-SEALED", &victim), None);
        assert!(policy.resolve_public_id("E-SEALED", &audience(Sensitivity::Sealed)).is_some());
    }

    #[test]
    fn public_ids_lead_back() {
        let policy = policy();
        for class in Sensitivity::ALL {
            let audience = audience(class);
            for node in [NodeRef::Entity("E-VICTIM".into()), tel("+50390000002"), tel("+50370000000")] {
                let id = policy.node_id(&node, &audience).unwrap();
                assert_eq!(policy.resolve_public_id(&id, &audience), Some(node));
            }
        }
        assert_eq!(policy.node_id(&NodeRef::Entity("E-SEALED".into()), &audience(Sensitivity::Minor)), None);
        assert_eq!(policy.protected_entities(&audience(Sensitivity::Open)), 1);
        assert_eq!(policy.strictest_masked(), Sensitivity::Victim);
    }
}
