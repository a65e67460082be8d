//! A sum of bytes that tells an altered block from the one that was written, as fast as memory is read.
//!
//! It guards against disks and copies, not against forgers: whoever may forge a block may forge its sum. The SHA-256 of
//! the file is in the manifest, and `madeja verify` takes it again.

const LANES: usize = 8;
const ODD: [u64; LANES] = [
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xd6e8_feb8_6659_fd93,
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
];

/// The sum of a block: eight lanes of 64 bits, each mixed by multiplication, and the length.
///
/// Every step is a bijection of its lane, so that a single altered word always alters the sum of its lane.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let mut lanes = ODD;
    let (stripes, rest) = bytes.as_chunks::<{ 8 * LANES }>();
    for stripe in stripes {
        for (lane, (word, odd)) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0.iter().zip(&ODD)) {
            *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(*odd).rotate_left(29);
        }
    }
    let mut last = [0u8; 8 * LANES];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    for (lane, (word, odd)) in lanes.iter_mut().zip(last.as_chunks::<8>().0.iter().zip(&ODD)) {
        *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(*odd).rotate_left(29);
    }
    lanes.iter().fold(bytes.len() as u64, |all, lane| {
        let mixed = (all ^ lane).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 32)
    })
}
