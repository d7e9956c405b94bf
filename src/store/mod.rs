//! Where bytes are kept: a folder, or a bucket of an object store. Nothing half-written is ever
//! seen under a name, and what a server says is never repeated in a message.

mod dir;
pub mod http;
pub mod patience;
mod s3;
mod s3_error;
pub mod secret;
mod trust;

use std::path::Path;

pub use dir::{Dir, write};
pub use patience::{Cause, Failure, Patience};
pub use s3::{Bucket, BucketOptions};

/// Whether a name may be taken already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// What was there is replaced, whole.
    Replace,
    /// A name that exists is left alone, and the caller told.
    New,
}

/// Names and bytes. Names are relative, with slashes.
pub trait Store {
    /// Writes. False: the name exists already, and [`Put::New`] was asked.
    ///
    /// # Errors
    /// A store that cannot be written.
    fn put(&self, name: &str, bytes: &[u8], how: Put) -> Result<bool, Failure>;
    /// Reads; none where there is nothing of that name.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure>;
    /// Every name below a folder ("" for all), sorted.
    ///
    /// # Errors
    /// A store that cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, Failure>;
    /// Removes a name; one that is gone is no error.
    ///
    /// # Errors
    /// A store that cannot be written.
    fn delete(&self, name: &str) -> Result<(), Failure>;
    /// The place as users know it, without any credential.
    fn place(&self) -> String;
}

/// Opens a folder, or a bucket by `s3://bucket/prefix`.
///
/// # Errors
/// A bucket without credentials or address.
pub fn open(place: &str, patience: Patience) -> Result<Box<dyn Store>, Failure> {
    if place.starts_with("s3://") {
        return Ok(Box::new(Bucket::open(place, &BucketOptions::default(), patience)?));
    }
    Ok(Box::new(Dir::new(Path::new(place))))
}

/// A name that every store and file system takes.
#[must_use]
pub fn safe(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    let safe = safe.trim_matches(['.', '-']);
    if safe.is_empty() { "cluster".into() } else { safe.chars().take(120).collect() }
}

/// Where tests let the process be killed; nothing in an optimised build.
///
/// `SEXTANT_TEST_DIES_AT` holds the name of a place, or `#N` for the N-th place that is passed,
/// whatever its name; `SEXTANT_TEST_PLACES` names a file that the places passed are written to.
pub fn failpoint(name: &str) {
    #[cfg(debug_assertions)]
    {
        use std::{io::Write as _, sync::atomic::AtomicUsize, sync::atomic::Ordering};
        static PASSED: AtomicUsize = AtomicUsize::new(0);
        let set = |name: &str| std::env::var(name).ok();
        let (dies, places) = (set("SEXTANT_TEST_DIES_AT"), set("SEXTANT_TEST_PLACES"));
        if dies.is_none() && places.is_none() {
            return;
        }
        let number = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(mut file) =
            places.and_then(|file| std::fs::File::options().append(true).create(true).open(file).ok())
        {
            let _ = writeln!(file, "{name}");
        }
        if dies.is_some_and(|wanted| wanted == name || wanted == format!("#{number}")) {
            // As the kernel ends a process that is out of memory or time: nothing is tidied up.
            let kill = format!("kill -KILL {}", std::process::id());
            let _ = std::process::Command::new("sh").args(["-c", &kill]).status();
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = name;
}
