//! Builds the index of one audience, opens it, and asks it.
//!
//! tantivy finds the candidates; `rank` puts them in order. The candidates carry constant scores by the way in
//! which they meet each word, so that a better way is never crowded out by a worse one.

use crate::directory::SealedDirectory;
use crate::error::SearchError;
use crate::rank::{
    EXACT, PART, SHORTEST_BEGINNING, SHORTEST_CODE_BEGINNING, SHORTEST_END, SHORTEST_TYPO, SOUND, TYPO, rank,
};
use crate::terms::{Field, Question, Terms, Word};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use tantivy::collector::{Count, TopDocs};
use tantivy::directory::MmapDirectory;
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery,
};
use tantivy::schema::document::Value;
use tantivy::schema::{Field as Column, IndexRecordOption, STORED, STRING, Schema};
use tantivy::{DocAddress, Index, IndexReader, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

/// A node as one audience may see it, with every value by which that audience may find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchDocument {
    /// Public id, or the pseudonym of a protected node.
    pub node_id: String,
    /// Kind of node, a stable word.
    pub kind: String,
    /// What is shown.
    pub title: String,
    /// What it is found by, as it is to be shown.
    pub fields: Vec<(Field, String)>,
}

/// One node found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Public id or pseudonym.
    pub node_id: String,
    /// Kind of node.
    pub kind: String,
    /// What is shown.
    pub title: String,
    /// How well it meets the query, 0..=1.
    pub score: f32,
    /// What kind of value met the query best.
    pub field: Field,
    /// That value, as it was given.
    pub matched: String,
}

/// An answer: the best hits, and how many nodes there are in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Best first; equals by node id.
    pub hits: Vec<Hit>,
    /// Nodes that meet the query.
    pub total: usize,
}

#[derive(Clone, Copy, Debug)]
struct Columns {
    node_id: Column,
    kind: Column,
    title: Column,
    entry: Column,
    whole: Column,
    word: Column,
    sound: Column,
    code: Column,
    end: Column,
}

impl Columns {
    const NAMES: [&'static str; 9] =
        ["node_id", "kind", "title", "entry", "whole", "word", "sound", "code", "code_reversed"];

    fn schema() -> Schema {
        let mut builder = Schema::builder();
        for (position, name) in Self::NAMES.into_iter().enumerate() {
            match position {
                0 => builder.add_text_field(name, STRING | STORED),
                1..=3 => builder.add_text_field(name, STORED),
                _ => builder.add_text_field(name, STRING),
            };
        }
        builder.build()
    }

    fn of(schema: &Schema) -> tantivy::Result<Self> {
        let [node_id, kind, title, entry, whole, word, sound, code, end] =
            Self::NAMES.map(|n| schema.get_field(n));
        Ok(Self {
            node_id: node_id?,
            kind: kind?,
            title: title?,
            entry: entry?,
            whole: whole?,
            word: word?,
            sound: sound?,
            code: code?,
            end: end?,
        })
    }
}

/// Longest value that is indexed, in bytes; the index library refuses terms of 64 KiB.
const LONGEST_TERM: usize = 1_000;
const WRITER_MEMORY: usize = 64 << 20;

/// Documents of one share of an index; more make a further share.
const SHARE: usize = 16_384;
/// Shares of an index at most.
const MOST_SHARES: usize = 64;

/// A share of the documents of an index, which is built and kept by itself.
///
/// **Invariant:** shares of one name are of the same documents.
pub struct Share<'a> {
    name: String,
    /// Ascending by node id.
    documents: Vec<&'a SearchDocument>,
}

/// The shares of an index, by a digest of each node id; how many there are depends on how many documents there are.
///
/// # Arguments   `documents`: in any order; two of the same node id are two documents
/// # Complexity  O(total length of all values), parallel over shares
pub fn shares(documents: &[SearchDocument]) -> Vec<Share<'_>> {
    shares_of(documents, SHARE)
}

fn shares_of(documents: &[SearchDocument], size: usize) -> Vec<Share<'_>> {
    let count = documents.len().div_ceil(size).next_power_of_two().min(MOST_SHARES);
    let mut parts: Vec<Vec<&SearchDocument>> = vec![Vec::new(); count];
    let digests = documents.par_iter().map(|document| Sha256::digest(&document.node_id)[0]);
    for (document, digest) in documents.iter().zip(digests.collect::<Vec<u8>>()) {
        parts[usize::from(digest) % count].push(document);
    }
    parts.into_par_iter().enumerate().map(|(number, documents)| Share::of(number, documents)).collect()
}

/// A digest of everything that some documents say, in hexadecimal.
fn digest(documents: &[&SearchDocument]) -> String {
    let mut hasher = Sha256::new();
    for document in documents {
        let own = [&document.node_id, &document.kind, &document.title].map(String::as_str);
        let values = document.fields.iter().flat_map(|(field, value)| [field.as_str(), value]);
        hasher.update((document.fields.len() as u64).to_le_bytes());
        for text in own.into_iter().chain(values) {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
    }
    let digest = hasher.finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl<'a> Share<'a> {
    fn of(number: usize, mut documents: Vec<&'a SearchDocument>) -> Self {
        documents.sort_by(|a, b| (&a.node_id, &a.title, &a.fields).cmp(&(&b.node_id, &b.title, &b.fields)));
        Self { name: format!("{number:02}-{}", digest(&documents)), documents }
    }

    /// Name of its folder in the folder of the index.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Builds it in the folder of the index.
    ///
    /// # Errors      `SearchError::Build` if it is there already or cannot be written
    /// # Complexity  O(total length of all values), all of it in memory until the end
    /// # Determinism one segment in ascending order of node id; names of index files differ from build to build
    pub fn build(&self, dir: &Path) -> Result<(), SearchError> {
        let dir = dir.join(&self.name);
        let fail = |e: TantivyError| SearchError::Build { path: dir.clone(), detail: e.to_string() };
        std::fs::create_dir(&dir).map_err(|e| fail(e.into()))?;
        let schema = Columns::schema();
        let columns = Columns::of(&schema).map_err(fail)?;
        let directory = MmapDirectory::open(&dir).map_err(|e| fail(e.into()))?;
        let mut writer = Index::builder()
            .schema(schema)
            .single_segment_index_writer::<TantivyDocument>(directory, WRITER_MEMORY)
            .map_err(fail)?;
        for document in &self.documents {
            writer.add_document(columns.document(document)).map_err(fail)?;
        }
        writer.finalize().map_err(fail)?;
        Ok(())
    }
}

/// Builds the index of one audience in an empty folder, share by share on all threads.
///
/// # Errors      as [`Share::build`]
pub fn build(dir: &Path, documents: &[SearchDocument]) -> Result<(), SearchError> {
    shares(documents).par_iter().try_for_each(|share| share.build(dir))
}

impl Columns {
    fn document(&self, document: &SearchDocument) -> TantivyDocument {
        let mut out = TantivyDocument::default();
        out.add_text(self.node_id, &document.node_id);
        out.add_text(self.kind, &document.kind);
        out.add_text(self.title, &document.title);
        for (field, value) in &document.fields {
            if value.len() > LONGEST_TERM {
                continue;
            }
            out.add_text(self.entry, format!("{}\t{value}", field.as_str()));
            let terms = Terms::of(*field, value);
            out.add_text(self.whole, &terms.whole);
            let all = [(self.word, &terms.words), (self.sound, &terms.sounds), (self.code, &terms.codes)];
            for (column, values) in all {
                for value in values {
                    out.add_text(column, value);
                }
            }
            for code in &terms.codes {
                out.add_text(self.end, code.chars().rev().collect::<String>());
            }
        }
        out
    }
}

/// An open index, ready for queries from any thread.
pub struct SearchIndex {
    path: PathBuf,
    columns: Columns,
    /// One for each share, by its name.
    readers: Vec<IndexReader>,
}

/// Opens a finished index without writing anything to its folder.
///
/// # Errors      `SearchError::Read` if there is no index or it is damaged
pub fn open(dir: &Path) -> Result<SearchIndex, SearchError> {
    let fail = |e: TantivyError| SearchError::Read { path: dir.to_path_buf(), detail: e.to_string() };
    let list = || std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut shares = list().map_err(|e| fail(e.into()))?;
    shares.sort();
    let read = |share: &PathBuf| -> tantivy::Result<(Columns, IndexReader)> {
        let index = Index::open(SealedDirectory(MmapDirectory::open(share)?))?;
        let columns = Columns::of(&index.schema())?;
        Ok((columns, index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?))
    };
    let read: Vec<(Columns, IndexReader)> =
        shares.par_iter().map(read).collect::<tantivy::Result<_>>().map_err(fail)?;
    let Some((columns, _)) = read.first() else {
        return Err(fail(TantivyError::SystemError("the folder is empty".to_owned())));
    };
    Ok(SearchIndex {
        path: dir.to_path_buf(),
        columns: *columns,
        readers: read.into_iter().map(|(_, reader)| reader).collect(),
    })
}

impl SearchIndex {
    /// Which nodes meet the query, best first?
    ///
    /// All words must be met; only where no node meets all of three or more may one be missing.
    ///
    /// # Returns     at most `limit` hits; none for a query with nothing to seek in it
    /// # Errors      `SearchError::Read`
    pub fn query(&self, text: &str, limit: usize) -> Result<Vec<Hit>, SearchError> {
        Ok(self.ask(text, limit)?.hits)
    }

    /// As [`SearchIndex::query`], with the number of nodes that meet the query.
    pub fn ask(&self, text: &str, limit: usize) -> Result<Answer, SearchError> {
        let question = Question::of(text);
        if question.words.is_empty() || limit == 0 || self.is_empty() {
            return Ok(Answer::default());
        }
        let words = question.words.len();
        let answer = self.run(&question, words, limit)?;
        if answer.total == 0 && words >= 3 { self.run(&question, words - 1, limit) } else { Ok(answer) }
    }

    /// How many nodes the index holds.
    pub fn len(&self) -> u64 {
        self.readers.iter().map(|reader| reader.searcher().num_docs()).sum()
    }

    /// Whether the index holds no node.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn run(&self, question: &Question, at_least: usize, limit: usize) -> Result<Answer, SearchError> {
        let fail = |e: TantivyError| SearchError::Read { path: self.path.clone(), detail: e.to_string() };
        // Constant scores tie often, and a better covered value is told apart only by `rank`: take more than asked.
        let candidates = limit.saturating_mul(8).clamp(400, 20_000);
        let query = self.columns.query(question, at_least);
        let searchers: Vec<Searcher> = self.readers.iter().map(IndexReader::searcher).collect();
        let ask = |searcher: &Searcher| {
            searcher.search(&query, &(TopDocs::with_limit(candidates).order_by_score(), Count))
        };
        let answers = searchers.par_iter().map(ask).collect::<tantivy::Result<Vec<_>>>().map_err(fail)?;
        let total = answers.iter().map(|(_, count)| count).sum();
        let mut top: Vec<(f32, &Searcher, DocAddress)> = searchers
            .iter()
            .zip(answers)
            .flat_map(|(searcher, (top, _))| top.into_iter().map(move |(score, at)| (score, searcher, at)))
            .collect();
        // A stable sort: equals stay in the order of shares.
        top.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut hits = Vec::with_capacity(top.len().min(candidates));
        for (_, searcher, address) in top.into_iter().take(candidates) {
            let document: TantivyDocument = searcher.doc(address).map_err(fail)?;
            hits.extend(self.columns.hit(&document, question));
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.node_id.cmp(&b.node_id)));
        hits.truncate(limit);
        Ok(Answer { hits, total })
    }
}

impl Columns {
    fn hit(&self, document: &TantivyDocument, question: &Question) -> Option<Hit> {
        let text = |column: Column| {
            document.get_first(column).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
        };
        let entries: Vec<(Field, String)> = document
            .get_all(self.entry)
            .filter_map(|v| {
                let (field, value) = v.as_str()?.split_once('\t')?;
                Some((Field::parse(field)?, value.to_owned()))
            })
            .collect();
        let rank = rank(question, &entries)?;
        let (field, matched) = entries.get(rank.best)?.clone();
        Some(Hit {
            node_id: text(self.node_id),
            kind: text(self.kind),
            title: text(self.title),
            score: rank.score,
            field,
            matched,
        })
    }

    fn query(&self, question: &Question, at_least: usize) -> BooleanQuery {
        let words = question.words.iter().map(|w| self.word_query(w)).collect();
        let mut ways: Vec<(Occur, Box<dyn Query>)> = vec![(
            Occur::Should,
            Box::new(BooleanQuery::union_with_minimum_required_clauses(words, at_least)),
        )];
        let many = question.words.len() as f32;
        if let Some(code) = &question.code {
            ways.push((Occur::Should, best_of(scaled(self.code_ways(code), many))));
        }
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            vec![(Occur::Must, Box::new(BooleanQuery::new(ways)))];
        clauses.push((Occur::Should, constant(exact(self.whole, &question.whole), many)));
        BooleanQuery::new(clauses)
    }

    fn word_query(&self, word: &Word) -> Box<dyn Query> {
        let mut ways: Vec<(f32, Box<dyn Query>)> = Vec::new();
        match word {
            Word::Spoken { text, sound } => {
                let length = text.chars().count();
                for column in [self.word, self.code] {
                    ways.push((EXACT, exact(column, text)));
                    if length >= SHORTEST_BEGINNING {
                        ways.push((PART, beginning(column, text)));
                    }
                    if length >= SHORTEST_TYPO {
                        ways.push((TYPO, typo(column, text)));
                    }
                }
                if !sound.is_empty() {
                    ways.push((SOUND, exact(self.sound, sound)));
                }
            }
            Word::Code { code, parts } => {
                ways = self.code_ways(code);
                let parts: Vec<Box<dyn Query>> = parts.iter().map(|p| exact(self.word, p)).collect();
                ways.push((EXACT, Box::new(BooleanQuery::intersection(parts))));
            }
        }
        best_of(ways)
    }

    fn code_ways(&self, code: &str) -> Vec<(f32, Box<dyn Query>)> {
        let length = code.chars().count();
        let mut ways = vec![(EXACT, exact(self.code, code))];
        if length >= SHORTEST_CODE_BEGINNING {
            ways.push((PART, beginning(self.code, code)));
        }
        if length >= SHORTEST_END {
            ways.push((PART, beginning(self.end, &code.chars().rev().collect::<String>())));
        }
        if length >= SHORTEST_TYPO {
            ways.push((TYPO, typo(self.code, code)));
        }
        ways
    }
}

fn exact(column: Column, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(column, text), IndexRecordOption::Basic))
}

fn beginning(column: Column, text: &str) -> Box<dyn Query> {
    Box::new(FuzzyTermQuery::new_prefix(Term::from_field_text(column, text), 0, true))
}

fn typo(column: Column, text: &str) -> Box<dyn Query> {
    Box::new(FuzzyTermQuery::new(Term::from_field_text(column, text), 1, true))
}

fn constant(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}

fn scaled(ways: Vec<(f32, Box<dyn Query>)>, by: f32) -> Vec<(f32, Box<dyn Query>)> {
    ways.into_iter().map(|(score, query)| (score * by, query)).collect()
}

fn best_of(ways: Vec<(f32, Box<dyn Query>)>) -> Box<dyn Query> {
    Box::new(DisjunctionMaxQuery::new(
        ways.into_iter().map(|(score, query)| constant(query, score)).collect(),
    ))
}

#[cfg(test)]
mod tests;
