//! The arrows: `cli → web → presentation → app → {storage, credential, documents, …} → journal → domain`.

use crate::manifests::Manifest;

/// The height of each crate; a crate may use lower ones alone.
const LEVELS: [(&str, u8); 19] = [
    ("muster-domain", 0),
    ("muster-journal", 1),
    ("muster-credential", 2),
    ("muster-documents", 2),
    ("muster-notify", 2),
    ("muster-openid", 2),
    ("muster-storage", 2),
    ("muster-terminals", 2),
    ("muster-app", 3),
    ("muster-tls", 3),
    ("muster-typeset", 3),
    ("muster-demo", 4),
    ("muster-presentation", 4),
    ("muster-sync", 4),
    ("muster-web", 5),
    ("muster-cli", 6),
    ("muster-bench", 7),
    ("muster-simulation", 7),
    ("muster-testkit", 7),
];

/// Publishable on its own, so it uses nothing of ours.
const ALONE: &str = "muster-credential";

/// Complains about dependencies that go up or sideways, and about crates without a level.
pub fn against_the_arrows(crates: &[Manifest]) -> Vec<String> {
    let mut complaints = Vec::new();
    for own in crates {
        let Some(level) = level(&own.name) else {
            complaints.push(format!("{}: has no level in LEVELS", own.name));
            continue;
        };
        for used in &own.dependencies {
            let lower = self::level(used).is_some_and(|used| used < level);
            if own_kind(used) && (!lower || own.name == ALONE) {
                complaints.push(format!("{} must not depend on {used}", own.name));
            }
        }
        for used in &own.dev_dependencies {
            let fine = used == "muster-testkit" || self::level(used).is_some_and(|u| u < level);
            if own_kind(used) && !fine {
                complaints.push(format!("the tests of {} must not depend on {used}", own.name));
            }
        }
    }
    complaints
}

fn own_kind(name: &str) -> bool {
    name.starts_with("muster-")
}

fn level(name: &str) -> Option<u8> {
    LEVELS.iter().find(|(own, _)| *own == name).map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependencies: &[&str], dev_dependencies: &[&str]) -> Manifest {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Manifest {
            name: name.to_owned(),
            dependencies: owned(dependencies),
            dev_dependencies: owned(dev_dependencies),
        }
    }

    #[test]
    fn skipping_a_layer_is_fine() {
        let web = manifest("muster-web", &["muster-app", "muster-domain", "axum"], &[]);
        let storage = manifest("muster-storage", &["muster-journal"], &["muster-testkit"]);
        assert_eq!(against_the_arrows(&[web, storage]), [""; 0]);
    }

    #[test]
    fn going_back_or_sideways_is_not() {
        for (name, used) in [
            ("muster-app", "muster-web"),
            ("muster-storage", "muster-credential"),
            ("muster-domain", "muster-journal"),
            ("muster-credential", "muster-domain"),
            ("muster-cli", "muster-testkit"),
        ] {
            assert_eq!(against_the_arrows(&[manifest(name, &[used], &[])]).len(), 1, "{name}");
        }
        let tests = manifest("muster-storage", &[], &["muster-app"]);
        assert_eq!(against_the_arrows(&[tests]).len(), 1);
    }

    #[test]
    fn a_new_crate_needs_a_level() {
        assert_eq!(against_the_arrows(&[manifest("muster-helpers", &[], &[])]).len(), 1);
    }
}
