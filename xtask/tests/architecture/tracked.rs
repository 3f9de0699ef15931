//! The repository's files as git lists them, new ones included, and rules on all of them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file of the repository.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| own == extension)
    }

    pub fn in_folder(&self, folder: &str) -> bool {
        Path::new(&self.path).starts_with(folder)
    }

    pub fn is_source(&self) -> bool {
        ["rs", "ts", "sql", "css", "html"].iter().any(|extension| self.is(extension))
    }

    /// Tests, their vectors and snapshots, and migrations, which only ever grow.
    pub fn is_test(&self) -> bool {
        let folders = ["test", "tests", "specs", "vectors", "snapshots", "migrations"];
        Path::new(&self.path).iter().any(|part| folders.iter().any(|folder| part == *folder))
            || self.path.ends_with(".test.ts")
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder");
    PathBuf::from(own).parent().expect("the package lies in the workspace").to_owned()
}

/// All text files that are tracked or about to be.
pub fn files() -> Vec<File> {
    let list = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(list.status.success(), "git could not list the files");
    let paths = String::from_utf8(list.stdout).unwrap();
    let files: Vec<_> = paths
        .split_terminator('\0')
        .filter_map(|path| {
            let text = std::fs::read_to_string(root().join(path)).ok()?;
            Some(File { path: path.to_owned(), text })
        })
        .collect();
    assert!(!files.is_empty(), "there are files to judge");
    files
}

/// One file that has to exist.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Complains about lines for which the function has something to say.
pub fn by_line(text: &str, judge: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let numbered = text.lines().enumerate();
    numbered
        .filter_map(|(index, line)| judge(line).map(|what| format!("line {}: {what}", index + 1)))
        .collect()
}

/// Addresses of package registries: where packages come from is the machine's choice.
pub fn registry_hosts(text: &str) -> Vec<String> {
    by_line(text, |line| {
        line.split("://").skip(1).find_map(|rest| {
            let host = rest.split(['/', ':', '"', '\'', ' ', '>', ')']).next()?;
            let registry = ["npm", "crates.", "pypi", "pythonhosted", "debian."];
            registry.iter().any(|name| host.contains(name)).then(|| format!("names {host}"))
        })
    })
}

/// Absolute paths into somebody's home or checkout.
pub fn machine_paths(text: &str) -> Vec<String> {
    let homes = ["home", "Users", "root", "work", "farm", "tmp/wt"];
    by_line(text, |line| {
        homes
            .iter()
            .map(|home| format!("/{home}/"))
            .find(|path| {
                line.match_indices(path.as_str()).any(|(at, _)| {
                    let before = line.get(..at).and_then(|before| before.chars().next_back());
                    // Within a longer path or an address it is a folder like any other.
                    !before.is_some_and(|c| c.is_alphanumeric() || "._-}~*/".contains(c))
                })
            })
            .map(|path| format!("names {path}"))
    })
}

/// Download addresses in a lock file of npm.
pub fn resolved(text: &str) -> Vec<String> {
    by_line(text, |line| {
        line.trim_start().starts_with("\"resolved\"").then(|| "records an address".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_noticed() {
        let address = concat!("cache = https://registry.", "npmjs.org/htmx");
        assert_eq!(registry_hosts(address).len(), 1);
        assert!(registry_hosts("see https://example.org/npm").is_empty());
    }

    #[test]
    fn a_machine_path_is_noticed() {
        assert_eq!(machine_paths(concat!("open(\"/ho", "me/ada/muster\")")).len(), 1);
        assert_eq!(machine_paths(concat!("/ro", "ot/.cargo")).len(), 1);
        assert!(machine_paths("https://example.org/work/1").is_empty());
        assert!(machine_paths("crates/home/mod.rs").is_empty());
    }

    #[test]
    fn a_download_address_is_noticed() {
        assert_eq!(resolved("  \"resolved\": \"x\"").len(), 1);
        assert!(resolved("  \"version\": \"1\"").is_empty());
    }
}
