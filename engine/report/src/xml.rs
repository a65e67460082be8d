//! Elements of XML with attributes and text that XML 1.0 allows.

use quick_xml::events::{BytesStart, Event};

/// XML 1.0 has no control characters: they become the replacement character.
pub(crate) fn legal(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            _ => c,
        })
        .collect()
}

/// An element with its attributes.
pub(crate) fn element<'n>(name: &'n str, attributes: &[(&str, &str)]) -> BytesStart<'n> {
    let mut element = BytesStart::new(name);
    for (name, value) in attributes {
        element.push_attribute((*name, legal(value).as_str()));
    }
    element
}

/// Its opening.
pub(crate) fn start<'n>(name: &'n str, attributes: &[(&str, &str)]) -> Event<'n> {
    Event::Start(element(name, attributes))
}
