//! The case folder: where everything that belongs to one investigation lies, and where the stages meet.
//!
//! Files first, then one commit. Segments and artefacts are written under temporary names, made safe with `fsync`,
//! renamed, their folder made safe, and only then does one SQLite transaction in `case.db` name them. A process that is
//! killed at any moment leaves a case that opens at its last commit; what no row names is swept by the next writer.
//!
//! What a court may ask, and where the answer stands:
//! - *Is this the file that was seized?* [`evidence`] keeps originals under their SHA-256, taken before parsing.
//! - *Where did every row go?* [`receipt`] balances for every source; refused rows are kept verbatim.
//! - *Who changed what, when and why?* [`audit`] is a chain of hashes over every change; [`decisions`] and [`identity`] never forget.
//! - *Is it still as it was?* [`verify`] hashes everything again and names what does not hold.
//!
//! **Invariant:** nothing here knows what a record means; it is kept as read, and handed back in canonical order.
//! `arrow` batches may cross this crate's border, `parquet` and `rusqlite` connections may not.

pub mod audit;
pub mod calls;
pub mod case;
mod codec;
pub mod decisions;
pub mod derived;
pub mod dictionary;
mod disk;
pub mod error;
pub mod evidence;
pub mod identity;
pub mod load;
pub mod lock;
pub mod mapped;
pub mod receipt;
mod schema;
mod segment;
pub mod snapshot;
pub mod table;
pub mod texts;
pub mod unfinished;
pub mod verify;
