//! Files made to do harm, in one load with good ones: each is one refused file with a reason, or costs the rows that
//! it spoils, and the rest of the load goes on.

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const HEADER: &str = "caller,receiver,start,duration\n";
const ROW: &str = "+50370000001,+50370000002,2026-03-01 08:00:00,60\n";

fn madeja(case: &Path, args: &[&str], paths: &[&Path]) -> (bool, Value) {
    let (command, rest) = args.split_first().expect("a command");
    let output = Command::new(env!("CARGO_BIN_EXE_madeja"))
        .args(["--lang", "en", "--threads", "2", "--json", command])
        .arg(case)
        .args(rest)
        .args(paths)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{command}: {told}"));
    (output.status.success(), said)
}

/// A zip of these members, packed.
fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let packing = match *name {
            "mimetype" => zip::CompressionMethod::Stored,
            _ => zip::CompressionMethod::Deflated,
        };
        let options = zip::write::SimpleFileOptions::default().compression_method(packing);
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const SPACE: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook of one sheet: what stands before its root, and what stands in it; and its shared strings.
fn book(before: &str, sheet: &str, strings: &str) -> Vec<u8> {
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let rels = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" \
         Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let workbook = format!(
        "<?xml version=\"1.0\"?><workbook xmlns=\"{SPACE}\" xmlns:r=\"{office}\"><sheets>\
         <sheet name=\"Hoja\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let inner = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"{package}\">\
         <Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"r2\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
    );
    let sheet = format!("<?xml version=\"1.0\"?>{before}<worksheet xmlns=\"{SPACE}\">{sheet}</worksheet>");
    let none = self::strings(&format!("<sst xmlns=\"{SPACE}\"></sst>"));
    let strings = if strings.is_empty() { &none } else { strings };
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", inner.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}

/// A row of a sheet with texts in it.
fn cells(row: u32, line: &str) -> String {
    let cell = |(column, text): (char, &str)| {
        format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    };
    let cells: String = ('A'..).zip(line.trim().split(',')).map(cell).collect();
    format!("<row r=\"{row}\">{cells}</row>")
}

fn strings(text: &str) -> String {
    format!("<?xml version=\"1.0\"?>{text}")
}

/// An OpenDocument sheet of this content.
fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"Hoja\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", b"<?xml version=\"1.0\"?><manifest/>"),
    ])
}

/// A row of an OpenDocument sheet with texts in it.
fn ods_row(line: &str) -> String {
    let cell = |text| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    format!("<table:table-row>{}</table:table-row>", line.trim().split(',').map(cell).collect::<String>())
}

/// Flips a bit of the checksum that a zip states of its last member.
fn lying(mut zip: Vec<u8>) -> Vec<u8> {
    for (at, bytes) in [(b"PK\x03\x04", 14), (b"PK\x01\x02", 16)] {
        let found = zip.windows(4).rposition(|w| w == at).unwrap();
        zip[found + bytes] ^= 1;
    }
    zip
}

/// Two entries of a directory that share the bytes of one member.
fn overlapping() -> Vec<u8> {
    let mut zip = zip_of(&[("a.csv", &vec![b'7'; 24 << 20]), ("b.csv", b"x")]);
    let entry = zip.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let first = zip[entry..].to_vec();
    let end = first.windows(4).position(|w| w == b"PK\x05\x06").unwrap();
    let name = 46 + 5;
    // The second entry becomes a copy of the first under its own name.
    let copy = [&first[..46], b"b.csv", &first[name..name]].concat();
    let second = entry + name;
    zip[second..second + copy.len()].copy_from_slice(&copy);
    assert!(end > 0);
    zip
}

fn good() -> String {
    format!("{HEADER}{ROW}")
}

/// Files that are refused whole, each with words of its reason.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = good();
    let table = format!("<sheetData>{}{}</sheetData>", cells(1, HEADER), cells(2, ROW));
    let nested = |times: usize| {
        let mut bytes = good.clone().into_bytes();
        for name in ["a.csv", "1.zip", "2.zip", "3.zip", "4.zip"].iter().take(times + 1) {
            bytes = zip_of(&[(name, &bytes)]);
        }
        bytes
    };
    let many: Vec<String> = (0..10_001).map(|i| format!("{i}.csv")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    let whole = zip_of(&[("a.csv", good.repeat(200).as_bytes())]);
    let xlsx = book("", &table, "");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&vec![b'0'; 64 << 20]).unwrap();
    let bomb = gz.finish().unwrap();
    let laughs: String =
        (1..12).map(|i| format!("<!ENTITY l{i} \"{}\">", format!("&l{};", i - 1).repeat(10))).collect();
    let laughs = format!("<!DOCTYPE w [<!ENTITY l0 \"ja\">{laughs}]>");
    let counted = format!("<sst xmlns=\"{SPACE}\" count=\"4294967295\" uniqueCount=\"4294967295\"></sst>");
    let wide = "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
        table:number-columns-repeated=\"16384\" office:value-type=\"string\"><text:p>7</text:p>\
        </table:table-cell></table:table-row>";
    vec![
        ("ratio.zip", zip_of(&[("b.csv", &vec![b'0'; 64 << 20])]), "300 times"),
        ("ratio.csv.gz", bomb, "300 times"),
        ("ratio.xlsx", book("", &format!("{table}{}", " ".repeat(64 << 20)), ""), "300 times"),
        ("overlapping.zip", overlapping(), "300 times"),
        ("depth.zip", nested(4), "more than twice"),
        ("count.zip", zip_of(&many), "10,000 members"),
        ("climbs.zip", zip_of(&[("../../b.csv", good.as_bytes())]), "leads out"),
        ("climbs-back.zip", zip_of(&[("..\\b.csv", good.as_bytes())]), "leads out"),
        ("absolute.zip", zip_of(&[("/etc/b.csv", good.as_bytes())]), "leads out"),
        ("drive.zip", zip_of(&[("C:/b.csv", good.as_bytes())]), "leads out"),
        ("control.zip", zip_of(&[("a\tb.csv", good.as_bytes())]), "control characters"),
        ("long-name.zip", zip_of(&[(&"n".repeat(600), good.as_bytes())]), "longer than 512"),
        ("checksum.zip", lying(whole.clone()), "checksum"),
        ("cut.zip", whole[..whole.len() - 60].to_vec(), "damaged or cut off"),
        ("cut.xlsx", xlsx[..xlsx.len() / 2].to_vec(), "damaged or cut off"),
        ("laughs.xlsx", book(&laughs, &table.replace("60", "&l11;"), ""), "damaged"),
        (
            "laughs-shared.xlsx",
            book(
                "",
                &table,
                &strings(&format!("{laughs}<sst xmlns=\"{SPACE}\"><si><t>&l11;</t></si></sst>")),
            ),
            "",
        ),
        ("counted.xlsx", book("", &table, &strings(&counted)), "more memory"),
        ("repeated.ods", ods(wide), "not a readable workbook"),
        ("column.xlsx", book("", &table.replace("D2", "ZZZ2"), ""), "beyond the last column"),
        (
            "order.xlsx",
            book("", &format!("<sheetData>{}{}</sheetData>", cells(9, HEADER), cells(2, ROW)), ""),
            "out of order",
        ),
        ("zeros.csv", vec![0; 1 << 20], ""),
        ("zeros-inside.csv", [HEADER.as_bytes(), &[0; 4_096], ROW.as_bytes()].concat(), "binary"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n and so on".to_vec(), "PNG"),
    ]
}

/// Files that are read, and what becomes of their rows: read, kept, refused.
fn read() -> Vec<(&'static str, Vec<u8>, [u64; 3])> {
    let table = format!("<sheetData>{}{}</sheetData>", cells(1, HEADER), cells(2, ROW));
    let huge = format!("<dimension ref=\"A1:XFD1048576\"/>{table}");
    let corner = table.replace("</sheetData>", &format!("{}</sheetData>", cells(1_048_576, ROW)));
    let long = [HEADER.as_bytes(), ROW.as_bytes(), &vec![b'x'; 200 << 20], b"\n", ROW.as_bytes()].concat();
    let quote = format!("{HEADER}\"{}{ROW}", ROW.repeat(2_000));
    vec![
        ("good.csv", good().into_bytes(), [1, 1, 0]),
        ("dimension.xlsx", book("", &huge, ""), [1, 1, 0]),
        ("dimension-less.xlsx", book("", &format!("<dimension ref=\"A1:A1\"/>{table}"), ""), [1, 1, 0]),
        ("corner.xlsx", book("", &corner, ""), [2, 2, 0]),
        ("sheet.ods", ods(&[HEADER, ROW].map(ods_row).concat()), [1, 1, 0]),
        ("long-line.csv", long, [3, 2, 1]),
        ("zero.csv", format!("{HEADER}{ROW}\0{ROW}{ROW}").into_bytes(), [3, 2, 1]),
        ("open-quote.csv", quote.into_bytes(), [2_001, 2_000, 1]),
    ]
}

#[test]
fn hostile_files_end_in_a_reason_each_and_the_rest_of_the_load_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (case, seized) = (folder.path().join("case"), folder.path().join("seized"));
    std::fs::create_dir(&seized).unwrap();
    let (refused, read) = (refused(), read());
    for (name, bytes) in refused.iter().map(|f| (f.0, &f.1)).chain(read.iter().map(|f| (f.0, &f.1))) {
        std::fs::write(seized.join(name), bytes).unwrap();
    }
    madeja(&case, &["new", "--title", "T", "--country", "SV"], &[]);
    let begun = Instant::now();
    let (all_taken, load) = madeja(&case, &["load"], &[&seized]);
    assert!(!all_taken, "a load with refused files does not end in success");
    assert!(begun.elapsed() < Duration::from_secs(240), "hostile files took {:?}", begun.elapsed());
    let named = |name: &str| {
        let files = load["files"].as_array().unwrap();
        let mut own =
            files.iter().filter(|f| f["path"].as_str().is_some_and(|p| p.ends_with(&format!("/{name}"))));
        let file = own.next().unwrap_or_else(|| panic!("{name} is not in the report")).clone();
        assert!(own.next().is_none(), "{name} stands twice in the report");
        file
    };
    for (name, _, reason) in &refused {
        let file = named(name);
        let error = file["error"].as_str().unwrap_or_else(|| panic!("{name}: {file}"));
        assert!(error.contains(reason) && error.contains(name), "{name}: {error}");
    }
    for (name, _, [rows, kept, spoilt]) in &read {
        let file = named(name);
        let count = |key: &str| file["rows"][key].as_u64().unwrap_or_else(|| panic!("{name}: {file}"));
        let found = [count("read"), count("kept") + count("repeated"), count("refused")];
        assert_eq!(found, [*rows, *kept, *spoilt], "{name}");
    }
    assert_eq!(load["files"].as_array().unwrap().len(), refused.len() + read.len());
    assert!(load["peak_memory_bytes"].as_u64().unwrap() < 2 << 30);
    let (holds, verified) = madeja(&case, &["verify", "--rebuild"], &[]);
    assert!(holds, "{verified}");
    let texts = read.iter().filter(|f| f.0.ends_with(".csv")).count() as u64;
    assert_eq!(verified["rebuilt"]["files"].as_u64(), Some(texts));
}
