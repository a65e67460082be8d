//! Zip archives and gzip files: their members as bytes, under limits on count, size, ratio and names.
//!
//! Nothing is ever written under a member's name. A name that leads out of the archive, a member that is not of the
//! size or checksum it states, and a bomb refuse the archive as a whole: who made one member so made the others.

use super::child::Stop;
use super::wire::{Frames, Trouble};
use super::{MOST_BYTES, MOST_MEMBERS};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// What a file may unfold to, for each byte it has.
const MOST_RATIO: u64 = 300;
/// What any file may unfold to, however small it is.
const ALWAYS: u64 = 32 << 20;
/// The longest name of a member.
const MOST_NAME: usize = 512;

/// Counts what was unfolded of a file.
struct Budget {
    most: u64,
    spent: u64,
}

impl Budget {
    fn new(size: u64) -> Self {
        Self { most: size.saturating_mul(MOST_RATIO).max(ALWAYS), spent: 0 }
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Trouble> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > MOST_BYTES {
            Err(Trouble::TooLarge)
        } else if self.spent > self.most {
            Err(Trouble::Ratio)
        } else {
            Ok(())
        }
    }
}

/// How many entries the directory of a zip states; none where it states more than this form of it can.
///
/// Of several entries of one name the library gives the last alone, so that the others would be lost in silence.
fn stated(file: &mut File) -> Result<Option<usize>, Stop> {
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(22 + (1 << 16))))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let end = tail.windows(22).rev().find(|w| w.starts_with(b"PK\x05\x06"));
    let count = end.and_then(|e| e.get(10..12)).and_then(|c| c.first_chunk::<2>());
    Ok(count.map(|c| u16::from_le_bytes(*c)).filter(|c| *c != u16::MAX).map(usize::from))
}

fn opened(file: &mut File) -> Result<ZipArchive<&mut File>, Stop> {
    let stated = stated(file)?;
    file.seek(SeekFrom::Start(0))?;
    let archive = ZipArchive::new(file).map_err(|_| Trouble::DamagedArchive)?;
    if archive.len() > MOST_MEMBERS {
        return Err(Trouble::TooManyMembers.into());
    }
    if stated.is_some_and(|count| count != archive.len()) {
        return Err(Trouble::BadName.into());
    }
    Ok(archive)
}

/// Whether a zip is a workbook: by the names of its parts. The sizes that these state are checked here too.
pub(crate) fn is_workbook(file: &mut File) -> Result<bool, Stop> {
    let size = file.metadata()?.len();
    let mut archive = opened(file)?;
    let has = |archive: &ZipArchive<&mut File>, name: &str| archive.index_for_name(name).is_some();
    let book = has(&archive, "[Content_Types].xml")
        || (has(&archive, "mimetype") && has(&archive, "content.xml"))
        || has(&archive, "xl/workbook.xml");
    if book {
        let mut budget = Budget::new(size);
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(|_| Trouble::DamagedArchive)?;
            budget.spend(part.size())?;
        }
    }
    Ok(book)
}

/// Members in the order of their names; folders, hidden files and what a Macintosh adds are passed over.
pub(crate) fn members(file: &mut File, frames: &mut Frames<'_>) -> Result<(), Stop> {
    let mut budget = Budget::new(file.metadata()?.len());
    let mut archive = opened(file)?;
    let mut names: Vec<(String, usize)> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(|_| Trouble::DamagedArchive)?;
        if part.is_dir() {
            continue;
        }
        let name = part.name().map_err(|_| Trouble::BadName)?.replace('\\', "/");
        if name.len() > MOST_NAME || name.chars().any(char::is_control) || !seen.insert(name.clone()) {
            return Err(Trouble::BadName.into());
        }
        if leads_out(&name) || part.is_symlink() {
            return Err(Trouble::Traversal.into());
        }
        if part.encrypted() {
            return Err(Trouble::Encrypted.into());
        }
        let junk = name.split('/').any(|p| p.starts_with('.') || p == "__MACOSX" || p == "Thumbs.db");
        if !junk {
            names.push((name, index));
        }
    }
    names.sort();
    for (name, index) in names {
        let mut part = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(_) => Trouble::DamagedArchive,
            _ => Trouble::Lying,
        })?;
        let stated = part.size();
        frames.member(&name)?;
        let copied = copy(&mut part, frames, &mut budget, Trouble::Lying)?;
        if copied != stated {
            return Err(Trouble::Lying.into());
        }
    }
    Ok(())
}

/// Whether a name is absolute, names a drive, or climbs.
fn leads_out(name: &str) -> bool {
    name.starts_with('/') || name.as_bytes().get(1) == Some(&b':') || name.split('/').any(|part| part == "..")
}

/// The one member of a gzip file, which has no name of its own that could be trusted.
pub(crate) fn gzip(file: &mut File, frames: &mut Frames<'_>) -> Result<(), Stop> {
    let mut budget = Budget::new(file.metadata()?.len());
    frames.member("")?;
    copy(&mut flate2::read::MultiGzDecoder::new(file), frames, &mut budget, Trouble::DamagedArchive)?;
    Ok(())
}

fn copy(
    part: &mut dyn Read,
    frames: &mut Frames<'_>,
    budget: &mut Budget,
    fault: Trouble,
) -> Result<u64, Stop> {
    let mut block = vec![0u8; 1 << 16];
    let mut copied = 0u64;
    loop {
        let n = match part.read(&mut block) {
            Ok(0) => return Ok(copied),
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(fault.into()),
        };
        copied += n as u64;
        budget.spend(n as u64)?;
        frames.bytes(block.get(..n).unwrap_or_default())?;
    }
}

#[cfg(test)]
mod tests {
    use super::leads_out;

    #[test]
    fn names_that_lead_out_are_seen() {
        for name in ["/etc/passwd", "../x.csv", "a/../../x.csv", "C:/x.csv", "a/.."] {
            assert!(leads_out(name), "{name}");
        }
        for name in ["a.csv", "a/b..c.csv", "SV/llamadas (2).xlsx", "..x"] {
            assert!(!leads_out(name), "{name}");
        }
    }
}
