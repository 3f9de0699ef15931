//! OneRoster bundles: a ZIP file with a manifest and a CSV file for each kind of record.
//!
//! Source: 1EdTech OneRoster, CSV binding, versions 1.1 and 1.2. Read are academic sessions,
//! courses, classes, users, their roles (1.2) and enrollments.

use crate::table::{Line, Table, TableError, archive, delimited};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The manifest's file.
const MANIFEST: &str = "manifest.csv";

/// How a file stands to the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// All that there is.
    Bulk,
    /// What has changed.
    Delta,
    /// The bundle has no such file.
    #[default]
    Absent,
}

/// One file of a bundle.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its name, for example `users.csv`.
    pub file: &'static str,
    /// How it stands to the one before it.
    pub mode: Mode,
    table: Table,
    columns: HashMap<String, usize>,
}

/// One line of a file.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    sheet: &'a Sheet,
    line: &'a Line,
}

/// A bundle.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// The version of the standard: `1.1` or `1.2`.
    pub version: String,
    /// The system that wrote it, by its own code or name; empty if it does not say.
    pub source: String,
    /// Terms, and the years and grading periods around and within them.
    pub sessions: Sheet,
    /// Courses.
    pub courses: Sheet,
    /// Classes.
    pub classes: Sheet,
    /// People.
    pub users: Sheet,
    /// What people are, in version 1.2; in 1.1 the users' file says it.
    pub roles: Sheet,
    /// Who is in which class, as what.
    pub enrollments: Sheet,
    /// Files that are not read: results, resources and the like.
    pub others: Vec<String>,
}

/// Why a file is not a bundle that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// No ZIP file at all.
    #[error("This is not a ZIP file: upload the bundle as the other system wrote it.")]
    NotAnArchive,
    /// A ZIP file without a manifest.
    #[error("This ZIP file has no manifest.csv: it is not a OneRoster bundle.")]
    NoManifest,
    /// A version that is not known.
    #[error("This bundle is of OneRoster “{0}”: versions 1.1 and 1.2 can be read.")]
    Version(String),
    /// The manifest has a line that can't be.
    #[error("manifest.csv says “{value}” of {file}: it may be bulk, delta or absent.")]
    Mode {
        /// The file.
        file: String,
        /// What it says.
        value: String,
    },
    /// The manifest promises a file that is not there.
    #[error("manifest.csv promises {0}, which is not in the bundle.")]
    Missing(&'static str),
    /// A file lacks a column.
    #[error("{file} has no column {column}.")]
    Column {
        /// The file.
        file: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A file can't be read.
    #[error("{file}: {error}")]
    Table {
        /// The file.
        file: String,
        /// What is wrong with it.
        error: TableError,
    },
    /// Nothing in it.
    #[error("This bundle holds no terms, people, classes or enrolments.")]
    Empty,
    /// Damaged, or too large once unpacked.
    #[error(transparent)]
    Archive(#[from] TableError),
}

/// Reads a bundle.
///
/// # Errors
/// Says which file is at fault, and what is wrong with it.
pub fn read(file: &[u8]) -> Result<Bundle, BundleError> {
    if !file.starts_with(b"PK\x03\x04") {
        return Err(BundleError::NotAnArchive);
    }
    archive::check(file)?;
    let mut files = unpacked(file)?;
    let manifest = files.remove("manifest").ok_or(BundleError::NoManifest)?;
    let manifest = Manifest::read(&table(MANIFEST, &manifest)?);
    if !["1.1", "1.2"].contains(&manifest.get("oneroster.version")) {
        return Err(BundleError::Version(manifest.get("oneroster.version").to_owned()));
    }
    let of_users = if manifest.get("oneroster.version") == "1.1" { &["role"][..] } else { &[] };
    let mut take = |file: &'static str, needed: &[&'static str]| {
        let content = files.remove(&file.trim_end_matches(".csv").to_lowercase());
        sheet(file, &manifest, content.as_deref(), needed)
    };
    let bundle = Bundle {
        version: manifest.get("oneroster.version").to_owned(),
        source: match manifest.get("source.systemcode") {
            "" => manifest.get("source.systemname"),
            code => code,
        }
        .to_owned(),
        sessions: take("academicSessions.csv", &["title", "type", "startDate", "endDate"])?,
        courses: take("courses.csv", &["title"])?,
        classes: take("classes.csv", &["title", "courseSourcedId", "termSourcedIds"])?,
        users: take("users.csv", &[&["givenName", "familyName"], of_users].concat())?,
        roles: take("roles.csv", &["userSourcedId", "role"])?,
        enrollments: take("enrollments.csv", &["classSourcedId", "userSourcedId", "role"])?,
        others: Vec::new(),
    };
    let mut others: Vec<_> = files.into_keys().map(|name| format!("{name}.csv")).collect();
    others.sort_unstable();
    let empty = bundle.sheets().into_iter().all(|sheet| sheet.table.lines.is_empty());
    if empty { Err(BundleError::Empty) } else { Ok(Bundle { others, ..bundle }) }
}

/// The CSV files by their names in lower case, `.csv` left out; a folder around them does no harm.
fn unpacked(file: &[u8]) -> Result<HashMap<String, Vec<u8>>, BundleError> {
    let mut zip = ZipArchive::new(Cursor::new(file)).map_err(|_| TableError::Broken)?;
    let mut files = HashMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).map_err(|_| TableError::Broken)?;
        let name = file.name().map_err(|_| TableError::Broken)?;
        let name = name.rsplit('/').next().unwrap_or_default().to_lowercase();
        // A Mac adds a hidden twin to each file.
        let Some(name) = name.strip_suffix(".csv").filter(|name| !name.starts_with("._")) else {
            continue;
        };
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(|_| TableError::Broken)?;
        files.insert(name.to_owned(), content);
    }
    Ok(files)
}

fn table(file: &str, content: &[u8]) -> Result<Table, BundleError> {
    delimited::read(content).map_err(|error| BundleError::Table { file: file.to_owned(), error })
}

fn sheet(
    file: &'static str,
    manifest: &Manifest,
    content: Option<&[u8]>,
    needed: &[&'static str],
) -> Result<Sheet, BundleError> {
    let said = manifest.get(&format!("file.{}", file.trim_end_matches(".csv")).to_lowercase());
    let mode = match said.to_lowercase().as_str() {
        "bulk" => Mode::Bulk,
        "delta" => Mode::Delta,
        "absent" | "" => return Ok(Sheet { file, ..Sheet::default() }),
        _ => {
            return Err(BundleError::Mode { file: file.to_owned(), value: said.to_owned() });
        }
    };
    let table = table(file, content.ok_or(BundleError::Missing(file))?)?;
    let named = table.headings.iter().enumerate();
    let columns: HashMap<_, _> = named.map(|(place, name)| (name.to_lowercase(), place)).collect();
    for column in ["sourcedId"].iter().chain(needed) {
        if !columns.contains_key(&column.to_lowercase()) {
            return Err(BundleError::Column { file, column });
        }
    }
    Ok(Sheet { file, mode, table, columns })
}

/// Names and values.
struct Manifest(HashMap<String, String>);

impl Manifest {
    fn read(table: &Table) -> Self {
        let entry = |line: &Line| (line.cell(0).to_lowercase(), line.cell(1).to_owned());
        Self(table.lines.iter().map(entry).collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl Bundle {
    /// The files that are read.
    pub fn sheets(&self) -> [&Sheet; 6] {
        let Self { sessions, courses, classes, users, roles, enrollments, .. } = self;
        [sessions, courses, classes, users, roles, enrollments]
    }
}

impl Sheet {
    /// Its lines.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.table.lines.iter().map(|line| Record { sheet: self, line })
    }

    /// How many lines it has.
    pub const fn len(&self) -> usize {
        self.table.lines.len()
    }

    /// Whether it has none.
    pub const fn is_empty(&self) -> bool {
        self.table.lines.is_empty()
    }
}

impl<'a> Record<'a> {
    /// The number of the line in its file, from 1.
    pub const fn number(self) -> u64 {
        self.line.number
    }

    /// The cell of a column; empty where the file has no such column.
    pub fn get(self, column: &str) -> &'a str {
        let place = self.sheet.columns.get(&column.to_lowercase());
        place.map_or("", |place| self.line.cell(*place))
    }

    /// The name by which other files refer to it.
    pub fn id(self) -> &'a str {
        self.get("sourcedId")
    }

    /// Whether a delta says that it is gone.
    pub fn is_gone(self) -> bool {
        self.get("status").eq_ignore_ascii_case("tobedeleted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    const USERS: &str = "sourcedId,status,dateLastModified,givenName,familyName,role\n\
        u1,active,2026-11-21,Ada,Lovelace,student\nu2,tobedeleted,2026-11-21,Bo,Diaz,student\n";

    fn bundle(files: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn manifest(lines: &str) -> String {
        format!("propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n{lines}")
    }

    #[test]
    fn files_are_read_by_the_manifest_whatever_their_columns_order_and_case() {
        let manifest = manifest("source.systemCode,SIS\nfile.users,delta\nfile.orgs,bulk\n");
        let users = USERS.replace("sourcedId", "SourcedID");
        let files = [
            ("school/manifest.csv", manifest.as_str()),
            ("school/users.csv", &users),
            ("school/orgs.csv", "sourcedId\no1\n"),
            ("__MACOSX/school/._users.csv", "\0"),
        ];
        let read = read(&bundle(&files)).unwrap();
        assert_eq!((read.version.as_str(), read.source.as_str()), ("1.1", "SIS"));
        assert_eq!((read.users.mode, read.classes.mode), (Mode::Delta, Mode::Absent));
        assert_eq!(read.others, ["orgs.csv"]);
        let found: Vec<_> = read.users.records().collect();
        let names: Vec<_> =
            found.iter().map(|user| (user.id(), user.get("givenName"), user.number())).collect();
        assert_eq!(names, [("u1", "Ada", 2), ("u2", "Bo", 3)]);
        assert_eq!(found.iter().map(|user| user.is_gone()).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_is_wrong_with_a_bundle_is_said_of_its_file() {
        let wrong = |files: &[(&str, &str)]| read(&bundle(files)).unwrap_err().to_string();
        let users = manifest("file.users,bulk\n");
        assert_eq!(read(b"Number,Name\n").unwrap_err(), BundleError::NotAnArchive);
        assert_eq!(read(b"PK\x03\x04").unwrap_err(), BundleError::Archive(TableError::Broken));
        assert_eq!(wrong(&[("users.csv", USERS)]), BundleError::NoManifest.to_string());
        let other = users.replace("1.1", "1.0");
        assert!(wrong(&[("manifest.csv", &other)]).contains("“1.0”"));
        assert!(wrong(&[("manifest.csv", &users)]).contains("promises users.csv"));
        let short = USERS.replace("role", "kind");
        let found = wrong(&[("manifest.csv", &users), ("users.csv", &short)]);
        assert_eq!(found, "users.csv has no column role.");
        let odd = manifest("file.users,some\n");
        assert!(wrong(&[("manifest.csv", &odd)]).contains("“some” of users.csv"));
        let nothing = manifest("file.users,absent\n");
        assert_eq!(wrong(&[("manifest.csv", &nothing)]), BundleError::Empty.to_string());
    }
}
