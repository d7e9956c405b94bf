//! What the binary carries: policies, rules, the catalogue of systems and the sample cluster.

use include_dir::{Dir, include_dir};

/// `policies/`: Rego files.
pub static POLICIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies");
/// `rules/`: the default rule set, profiles, schemas and the catalogue.
pub static RULES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Every file below a folder of an embedded directory whose name ends so, sorted by path.
pub fn files(dir: &'static Dir<'static>, under: &str, suffix: &str) -> Vec<(String, &'static str)> {
    fn walk(dir: &'static Dir<'static>, under: &str, suffix: &str, found: &mut Vec<(String, &'static str)>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            if path.starts_with(under)
                && path.ends_with(suffix)
                && let Some(text) = file.contents_utf8()
            {
                found.push((path, text));
            }
        }
        for sub in dir.dirs() {
            walk(sub, under, suffix, found);
        }
    }
    let mut found = Vec::new();
    walk(dir, under, suffix, &mut found);
    found.sort();
    found
}
