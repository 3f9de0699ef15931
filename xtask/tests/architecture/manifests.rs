//! What the manifests say: who depends on whom, and that each outside dependency is explained.

use crate::tracked;

/// A crate's name and what it names as dependencies.
pub struct Manifest {
    pub name: String,
    /// For building and running.
    pub dependencies: Vec<String>,
    /// For tests.
    pub dev_dependencies: Vec<String>,
}

/// All crates below `crates/`.
pub fn crates() -> Vec<Manifest> {
    let manifests: Vec<_> = tracked::files()
        .iter()
        .filter(|file| file.in_folder("crates") && file.path.ends_with("/Cargo.toml"))
        .map(|file| manifest(&file.text))
        .collect();
    assert!(!manifests.is_empty(), "there are crates to judge");
    manifests
}

fn manifest(text: &str) -> Manifest {
    let table: toml::Table = text.parse().expect("a manifest is TOML");
    let mut dependencies = names(&table, "dependencies");
    dependencies.extend(names(&table, "build-dependencies"));
    let mut dev_dependencies = names(&table, "dev-dependencies");
    for target in table.get("target").and_then(toml::Value::as_table).into_iter().flatten() {
        let Some(table) = target.1.as_table() else { continue };
        dependencies.extend(names(table, "dependencies"));
        dependencies.extend(names(table, "build-dependencies"));
        dev_dependencies.extend(names(table, "dev-dependencies"));
    }
    let name = table["package"]["name"].as_str().expect("a package has a name").to_owned();
    Manifest { name, dependencies, dev_dependencies }
}

/// Complains about a crate that would be compiled once more for tests inside it.
pub fn compiled_again(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().expect("a manifest is TOML");
    let library = table.get("lib");
    let off = |key: &str| library.and_then(|own| own.get(key)?.as_bool()) == Some(false);
    let again = ["test", "doctest"].into_iter().filter(|key| !off(key));
    again.map(|key| format!("[lib] lacks `{key} = false`")).collect()
}

/// What the root manifest offers to all crates, our own left out.
pub fn shared_dependencies(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().expect("the root manifest is TOML");
    let workspace = table["workspace"].as_table().expect("the root manifest has a workspace");
    let mut names = names(workspace, "dependencies");
    names.retain(|name| !name.starts_with("muster-"));
    names
}

/// The packages that a manifest of npm names.
pub fn npm_packages(text: &str) -> Vec<String> {
    let manifest: serde_json::Value = serde_json::from_str(text).expect("package.json is JSON");
    ["dependencies", "devDependencies"]
        .iter()
        .filter_map(|kind| manifest[*kind].as_object())
        .flat_map(|packages| packages.keys().cloned())
        .collect()
}

/// Complains about names that no row of the document's tables has in its second column.
pub fn unexplained(names: &[String], document: &str) -> Vec<String> {
    let explained: Vec<_> = document
        .lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(|row| row.split('|').nth(2))
        .flat_map(|column| column.split('`').skip(1).step_by(2))
        .collect();
    names
        .iter()
        .filter(|name| !explained.contains(&name.as_str()))
        .map(|name| format!("`{name}` has no line in docs/dependencies.md"))
        .collect()
}

fn names(table: &toml::Table, kind: &str) -> Vec<String> {
    let entries = table.get(kind).and_then(toml::Value::as_table).into_iter().flatten();
    entries
        .map(|(key, value)| {
            // A renamed dependency counts under its real name.
            value.get("package").and_then(toml::Value::as_str).unwrap_or(key).to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_kind_are_read() {
        let manifest = manifest(
            r#"
            [package]
            name = "muster-app"
            [dependencies]
            muster-domain.workspace = true
            other = { package = "muster-web", path = "../web" }
            [target.'cfg(unix)'.dependencies]
            rustix = "1"
            [dev-dependencies]
            muster-testkit.workspace = true
            "#,
        );
        assert_eq!(manifest.dependencies, ["muster-domain", "muster-web", "rustix"]);
        assert_eq!(manifest.dev_dependencies, ["muster-testkit"]);
    }

    #[test]
    fn a_crate_that_is_compiled_twice_is_noticed() {
        assert_eq!(compiled_again("[package]\nname = \"x\"").len(), 2);
        assert_eq!(compiled_again("[lib]\ntest = false\ndoctest = true").len(), 1);
        assert!(compiled_again("[lib]\ntest = false\ndoctest = false").is_empty());
    }

    #[test]
    fn a_dependency_without_a_line_is_noticed() {
        let document = "| need | crate | why |\n| web | `axum`, `axum-extra` | `tokio` too |\n";
        let names = ["axum", "axum-extra", "tokio"].map(str::to_owned);
        assert_eq!(unexplained(&names, document), ["`tokio` has no line in docs/dependencies.md"]);
    }

    #[test]
    fn shared_dependencies_leave_out_our_own() {
        let root = "[workspace.dependencies]\nmuster-app = { path = \"a\" }\nclap = \"4\"\n";
        assert_eq!(shared_dependencies(root), ["clap"]);
    }

    #[test]
    fn npm_packages_of_both_kinds_are_read() {
        let text = r#"{"dependencies":{"htmx.org":"4"},"devDependencies":{"vitest":"4"}}"#;
        assert_eq!(npm_packages(text), ["htmx.org", "vitest"]);
    }
}
