//! The kinds of tie between two parties, kept apart in one graph.

/// What an edge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Layer {
    /// Calls and messages.
    Calls = 0,
    /// Transfers of money.
    Money = 1,
    /// The same handset, account, document or address.
    Shared = 2,
    /// Stated kinship.
    Kin = 3,
    /// The same place at the same time.
    Presence = 4,
}

impl Layer {
    /// All layers, in order.
    pub const ALL: [Self; 5] = [Self::Calls, Self::Money, Self::Shared, Self::Kin, Self::Presence];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Money => "money",
            Self::Shared => "shared",
            Self::Kin => "kin",
            Self::Presence => "presence",
        }
    }

    /// The layer of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == text)
    }
}

/// A choice of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerSet(u8);

impl LayerSet {
    /// Every layer.
    pub const ALL: Self = Self(0b1_1111);
    /// No layer.
    pub const NONE: Self = Self(0);

    /// The set of these layers.
    pub fn of(layers: &[Layer]) -> Self {
        layers.iter().fold(Self::NONE, |set, &layer| set.with(layer))
    }

    /// The set and one layer more.
    #[must_use]
    pub fn with(self, layer: Layer) -> Self {
        Self(self.0 | 1 << layer as u8)
    }

    /// Whether the layer is chosen.
    pub fn contains(self, layer: Layer) -> bool {
        self.0 & (1 << layer as u8) != 0
    }
}

impl Default for LayerSet {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_sets() {
        for layer in Layer::ALL {
            assert_eq!(Layer::parse(layer.as_str()), Some(layer));
            assert!(LayerSet::ALL.contains(layer));
            assert!(!LayerSet::NONE.contains(layer));
        }
        let set = LayerSet::of(&[Layer::Money, Layer::Kin]);
        assert!(set.contains(Layer::Kin) && !set.contains(Layer::Calls));
        assert_eq!(Layer::parse("Calls"), None);
    }
}
