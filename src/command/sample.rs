//! The embedded sample cluster: what a newcomer audits first.

use include_dir::{Dir, include_dir};

use crate::{
    collect::{CollectError, Options, fixture},
    snapshot::Snapshot,
};

static SAMPLE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/clusters/menagerie");

/// Freezes the sample.
///
/// # Errors
/// A sample of ours that is broken; the tests hold that it is not.
pub fn snapshot(options: &Options) -> Result<Snapshot, CollectError> {
    let files = crate::embedded::files(&SAMPLE, "", ".yaml");
    let files: Vec<(&str, &str)> =
        files.iter().filter(|(path, _)| !path.contains('/')).map(|(path, text)| (path.as_str(), *text)).collect();
    fixture::from_files("sample", &files, options)
}
