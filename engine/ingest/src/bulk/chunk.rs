//! A large file in chunks of whole lines, read and hashed in order, and the places of lines and cells in a chunk.
//!
//! **Invariant 1:** chunk k holds the lines that begin in its share of [`CHUNK`] bytes, so that the file alone decides
//! where chunks end.
//! **Invariant 2:** a chunk's bytes are followed by [`PADDING`] zeros, so that words are read without looking for
//! the end.

use crate::load::{CHUNK, STEP};
use crate::reader::MAX_ROW_BYTES;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};

/// Zeros behind a chunk.
pub(super) const PADDING: usize = 64;

/// Some whole lines of a file.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Place in the file's order, from 0.
    pub(super) index: usize,
    /// Offset of its first byte.
    pub(super) start: u64,
    /// Its bytes, and the padding.
    pub(super) bytes: Vec<u8>,
    /// How many bytes are its own.
    pub(super) len: usize,
    /// Where reading goes on, where the chunk is the last of its share of [`STEP`] bytes.
    pub(super) place: Option<Place>,
}

/// Where reading goes on behind a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Offset of the next chunk.
    pub(super) at: u64,
    /// Bytes that were read for the chunks before it: some more than they hold.
    pub(super) read: u64,
    /// SHA-256 of so many bytes, where they are hashed.
    pub(super) prefix: Option<[u8; 32]>,
}

/// Reads chunks one after the other.
#[derive(Debug)]
pub(super) struct ChunkReader {
    file: File,
    hasher: Option<Sha256>,
    /// Bytes read beyond the chunk before.
    carry: Vec<u8>,
    /// Offset of the next chunk, and of the first byte of `carry`.
    pub(super) at: u64,
    next: usize,
    ended: bool,
    /// Offset behind the last byte read.
    pub(super) read: u64,
}

/// Why no further chunk comes.
#[derive(Debug)]
pub(super) enum ChunkError {
    /// The file cannot be read.
    Io(io::Error),
    /// A line is too long for a chunk.
    LongLine,
}

impl ChunkReader {
    pub(super) fn new(file: File, hash: bool) -> Self {
        let hasher = hash.then(Sha256::new);
        Self { file, hasher, carry: Vec::new(), at: 0, next: 0, ended: false, read: 0 }
    }

    /// Goes on at a place. What was read before it is not read again but for the beginning of the next chunk.
    ///
    /// # Arguments   `hasher`: of the bytes before [`Place::read`]
    pub(super) fn resumed(mut file: File, hasher: Option<Sha256>, place: Place) -> io::Result<Self> {
        file.seek(io::SeekFrom::Start(place.at))?;
        let mut carry = Vec::new();
        (&mut file).take(place.read.saturating_sub(place.at)).read_to_end(&mut carry)?;
        Ok(Self { file, hasher, carry, at: place.at, next: 0, ended: false, read: place.read })
    }

    /// Reads up to `room` further bytes; false at the end of the file.
    fn fill(&mut self, bytes: &mut Vec<u8>, room: usize) -> Result<bool, ChunkError> {
        let from = bytes.len();
        bytes.resize(from + room, 0);
        let mut have = from;
        while let Some(space) = bytes.get_mut(have..).filter(|space| !space.is_empty()) {
            match self.file.read(space) {
                Ok(0) => break,
                Ok(n) => have += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ChunkError::Io(error)),
            }
        }
        bytes.truncate(have);
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes.get(from..).unwrap_or_default());
        }
        self.read += (have - from) as u64;
        Ok(have == from + room)
    }

    /// Whether there may be a further chunk.
    pub(super) fn has_more(&self) -> bool {
        !(self.ended && self.carry.is_empty())
    }

    /// The next chunk, in the memory of an earlier one; `None` at the end.
    pub(super) fn next(&mut self, mut bytes: Vec<u8>) -> Result<Option<Chunk>, ChunkError> {
        bytes.clear();
        bytes.append(&mut self.carry);
        let start = self.at;
        let share_ends = (start / CHUNK + 1) * CHUNK;
        // The line that holds the last byte of the share is the last of the chunk.
        let wanted = usize::try_from(share_ends - start).unwrap_or(usize::MAX);
        let mut more = !self.ended;
        if more && bytes.len() < wanted + 4_096 {
            let room = wanted + 4_096 - bytes.len();
            more = self.fill(&mut bytes, room)?;
        }
        let mut searched = wanted - 1;
        let end = loop {
            let rest = bytes.get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', rest) {
                break searched + at + 1;
            }
            if !more {
                break bytes.len();
            }
            searched = bytes.len().max(wanted - 1);
            if searched > wanted + 2 * MAX_ROW_BYTES {
                return Err(ChunkError::LongLine);
            }
            more = self.fill(&mut bytes, 256 << 10)?;
        };
        self.ended = !more;
        self.carry.extend_from_slice(bytes.get(end..).unwrap_or_default());
        self.at = start + end as u64;
        if end == 0 {
            return Ok(None);
        }
        bytes.truncate(end);
        bytes.resize(end + PADDING, 0);
        let index = self.next;
        self.next += 1;
        let place = (self.has_more() && self.at / STEP != start / STEP).then(|| Place {
            at: self.at,
            read: self.read,
            prefix: self.hasher.as_ref().map(|hasher| hasher.clone().finalize().into()),
        });
        Ok(Some(Chunk { index, start, bytes, len: end, place }))
    }

    /// The hash of everything, once the end was reached.
    pub(super) fn digest(self) -> Option<[u8; 32]> {
        self.hasher.map(|h| h.finalize().into())
    }
}

/// The places of delimiters and line feeds among bytes that are followed by padding, ascending.
pub(super) fn marks(bytes: &[u8], len: usize, delimiter: u8, out: &mut Vec<u32>) {
    let (blocks, _) = bytes.as_chunks::<64>();
    let mut base = 0u32;
    for block in blocks {
        let mut mask = mask_of(block, delimiter);
        while mask != 0 {
            let at = base + mask.trailing_zeros();
            if at as usize >= len {
                return;
            }
            out.push(at);
            mask &= mask - 1;
        }
        base += 64;
        if base as usize >= len {
            return;
        }
    }
}

/// A bit for each byte of a block that is the delimiter or a line feed, found eight bytes at a time.
fn mask_of(block: &[u8; 64], delimiter: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let (wanted, feed) = (u64::from_ne_bytes([delimiter; 8]), u64::from_ne_bytes([b'\n'; 8]));
    // The high bit of each byte that is zero, exactly: no carry leaves a byte.
    let zeros = |word: u64| !(((word & LOW) + LOW) | word | LOW);
    let (words, _) = block.as_chunks::<8>();
    let mut mask = 0u64;
    for (i, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let hits = zeros(word ^ wanted) | zeros(word ^ feed);
        mask |= ((hits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    proptest! {
        #[test]
        fn marks_are_where_the_bytes_are(text in proptest::collection::vec(proptest::sample::select(b",;\n\"ab\xff".to_vec()), 0..400)) {
            let mut padded = text.clone();
            padded.resize(text.len() + PADDING, 0);
            let mut found = Vec::new();
            marks(&padded, text.len(), b',', &mut found);
            let plain: Vec<u32> =
                (0u32..).zip(&text).filter(|(_, b)| matches!(**b, b',' | b'\n')).map(|(i, _)| i).collect();
            prop_assert_eq!(found, plain);
        }
    }

    #[test]
    fn chunks_are_whole_lines_and_all_of_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut whole = Vec::new();
        for i in 0..500_000u32 {
            whole.extend(format!("{i},{}\n", "x".repeat((i % 37) as usize)).into_bytes());
        }
        whole.extend(b"no line feed at the end");
        file.write_all(&whole).unwrap();
        let mut reader = ChunkReader::new(File::open(file.path()).unwrap(), true);
        let mut joined = Vec::new();
        while let Some(chunk) = reader.next(Vec::new()).unwrap() {
            assert_eq!(chunk.start, joined.len() as u64);
            assert_eq!(chunk.start / CHUNK, chunk.index as u64);
            let own = &chunk.bytes[..chunk.len];
            assert!(own.ends_with(b"\n") || chunk.start + chunk.len as u64 == whole.len() as u64);
            joined.extend_from_slice(own);
        }
        assert_eq!(joined, whole);
        assert_eq!(reader.digest().unwrap()[..], Sha256::digest(&whole)[..]);
    }
}
