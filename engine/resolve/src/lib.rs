//! Who is who: Fellegi-Sunter with constraints, explained and reversible.
