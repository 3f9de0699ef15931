//! What holds the house together: rules over manifests, sources and templates.
//!
//! A rule is a function from text to complaints. Each has a test on a sample that breaks it, beside
//! the rule, and is applied to the whole repository here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a rule that cannot read the repository has to fail"
)]

mod guides;
mod layers;
mod literals;
mod manifests;
mod sources;
mod templates;
mod tracked;

use std::collections::BTreeSet;
use std::path::Path;

use tracked::File;

/// Fails with all complaints, one a line.
fn expect_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Applies a rule on one file's text to every file that the filter takes.
fn each(takes: impl Fn(&File) -> bool, rule: impl Fn(&str) -> Vec<String>) {
    let files: Vec<_> = tracked::files().into_iter().filter(takes).collect();
    let complaints = files.iter().flat_map(|file| {
        rule(&file.text).into_iter().map(|complaint| format!("{}: {complaint}", file.path))
    });
    expect_none(&complaints.collect::<Vec<_>>());
}

fn rust_of(crates: &'static [&'static str]) -> impl Fn(&File) -> bool {
    |file| file.is("rs") && crates.iter().any(|name| file.in_folder(&format!("crates/{name}")))
}

#[test]
fn dependencies_point_one_way() {
    expect_none(&layers::against_the_arrows(&manifests::crates()));
}

#[test]
fn every_dependency_is_explained() {
    expect_none(&manifests::unexplained(
        &manifests::shared_dependencies(&tracked::read("Cargo.toml")),
        &tracked::read("docs/dependencies.md"),
    ));
}

#[test]
fn every_npm_package_is_explained() {
    let document = tracked::read("docs/dependencies.md");
    each(
        |file| file.path.ends_with("package.json"),
        |text| manifests::unexplained(&manifests::npm_packages(text), &document),
    );
}

#[test]
fn sql_stays_in_storage() {
    each(
        |file| file.is("rs") && file.in_folder("crates") && !file.in_folder("crates/storage"),
        sources::sql,
    );
}

#[test]
fn the_core_is_synchronous() {
    each(rust_of(&["domain", "credential", "journal", "storage", "app"]), sources::asynchronous);
}

/// The largest crate takes a minute; tests inside would double that in each build and check.
#[test]
fn the_web_crate_is_compiled_once() {
    each(|file| file.is("rs") && file.in_folder("crates/web/src"), sources::tests_inside);
    expect_none(&manifests::compiled_again(&tracked::read("crates/web/Cargo.toml")));
}

#[test]
fn files_are_about_one_thing() {
    each(|file| file.is_source() && !file.is_test(), sources::too_long);
}

#[test]
fn nothing_is_left_for_later() {
    each(File::is_source, sources::left_for_later);
}

#[test]
fn every_test_runs() {
    each(File::is_source, sources::tests_that_do_not_run);
}

#[test]
fn no_registry_is_named() {
    each(|file| !file.is("md") && !file.path.ends_with("Cargo.lock"), tracked::registry_hosts);
}

#[test]
fn no_path_of_a_machine_is_named() {
    each(|_| true, tracked::machine_paths);
}

#[test]
fn lock_files_hold_no_download_addresses() {
    each(|file| file.path.ends_with("package-lock.json"), tracked::resolved);
}

#[test]
fn templates_obey_the_content_security_policy() {
    each(|file| file.is("html") && Path::new(&file.path).starts_with("crates"), templates::inline);
}

/// What people read beside the program.
fn is_guide(file: &File) -> bool {
    file.in_folder("docs/guides") && file.is("md")
}

#[test]
fn guides_show_what_the_script_takes_and_nothing_is_left_over() {
    let guides = tracked::files().into_iter().filter(is_guide);
    let shown: BTreeSet<_> = guides.flat_map(|file| guides::shown(&file.text)).collect();
    assert_eq!(shown, guides::taken(&tracked::read("e2e/guides/pictures.guide.ts")));
    let folder = std::fs::read_dir(tracked::root().join("docs/guides/images")).unwrap();
    let mut kept = BTreeSet::new();
    let mut size = 0;
    for picture in folder.map(Result::unwrap) {
        size += picture.metadata().unwrap().len();
        let name = picture.file_name().into_string().unwrap();
        kept.insert(name.strip_suffix(".png").unwrap_or(&name).to_owned());
    }
    assert_eq!(kept, shown, "pictures in the folder; `cargo xtask guides` takes them");
    assert!(size < 3 << 20, "the pictures have {size} bytes");
}

#[test]
fn pictures_of_guides_are_described() {
    each(is_guide, guides::wordless);
}

#[test]
fn guides_name_addresses_that_exist() {
    let sources = tracked::files().into_iter();
    let sources = sources.filter(|file| file.is("rs") && file.in_folder("crates/web/src"));
    let routes: BTreeSet<_> = sources.flat_map(|file| guides::declared(&file.text)).collect();
    let document = |file: &File| is_guide(file) || file.path == "docs/api.md";
    each(document, |text| guides::unknown_addresses(text, &routes));
}
