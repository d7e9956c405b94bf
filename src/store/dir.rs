//! A folder. A name appears whole or not at all: written beside, flushed to the disk, then renamed.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::{Failure, Put, Store, failpoint};

/// A folder; made when something is written.
#[derive(Clone, Debug)]
pub struct Dir {
    root: PathBuf,
}

/// What a killed run left is removed once it is this much older than what is written now.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

impl Dir {
    /// Of this path.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn failure(&self, name: &str, error: &io::Error) -> Failure {
        let message = format!("{}: {}", self.root.join(name).display(), error.kind());
        let again = matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::StaleNetworkFileHandle);
        Failure { again, ..Failure::firm(message) }
    }
}

/// Writes a file whole: beside it first, flushed, then renamed. False where it exists and must not.
///
/// # Errors
/// What the disk says.
pub fn write(path: &Path, bytes: &[u8], how: Put) -> io::Result<bool> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_string_lossy();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let part = folder.join(format!(".{name}.{}-{number}.part", std::process::id()));
    let done = (|| {
        let mut file = File::create(&part)?;
        let half = bytes.len() / 2;
        file.write_all(bytes.get(..half).unwrap_or_default())?;
        failpoint("dir-half");
        file.write_all(bytes.get(half..).unwrap_or_default())?;
        file.sync_all()?;
        failpoint("dir-written");
        sweep(folder, &file);
        match how {
            Put::Replace => fs::rename(&part, path)?,
            Put::New => match fs::hard_link(&part, path) {
                Ok(()) => {
                    failpoint("dir-linked");
                    fs::remove_file(&part)?;
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    fs::remove_file(&part)?;
                    return Ok(false);
                }
                // Some volumes know no hard links.
                Err(_) if !path.exists() => fs::rename(&part, path)?,
                Err(error) => return Err(error),
            },
        }
        // The name is on the disk only when its folder is.
        File::open(folder).and_then(|folder| folder.sync_all()).or_else(|error| match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::PermissionDenied | ErrorKind::Unsupported => Ok(()),
            _ => Err(error),
        })?;
        failpoint("dir-renamed");
        Ok(true)
    })();
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

/// Removes parts that a killed run left an hour ago or more, by the file system's own clock.
fn sweep(folder: &Path, new: &File) {
    let Ok(now) = new.metadata().and_then(|data| data.modified()) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let old = || {
            let modified = entry.metadata().and_then(|data| data.modified()).ok()?;
            now.duration_since(modified).ok().filter(|age| *age > LEFT_BEHIND)
        };
        if name.starts_with('.') && name.ends_with(".part") && old().is_some() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Store for Dir {
    fn put(&self, name: &str, bytes: &[u8], how: Put) -> Result<bool, Failure> {
        write(&self.root.join(name), bytes, how).map_err(|error| self.failure(name, &error))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match fs::read(self.root.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failure(name, &error)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut todo = vec![folder.trim_end_matches('/').to_owned()];
        while let Some(folder) = todo.pop() {
            let entries = match fs::read_dir(self.root.join(&folder)) {
                Ok(entries) => entries,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(self.failure(&folder, &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| self.failure(&folder, &error))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') || name == "lost+found" {
                    continue;
                }
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => todo.push(path),
                    Ok(_) => found.push(path),
                    Err(error) => return Err(self.failure(&path, &error)),
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn delete(&self, name: &str) -> Result<(), Failure> {
        match fs::remove_file(self.root.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failure(name, &error)),
            _ => Ok(()),
        }
    }

    fn place(&self) -> String {
        self.root.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_whole_listed_read_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let dir = Dir::new(&home.path().join("deep"));
        assert_eq!(dir.list("").unwrap(), Vec::<String>::new());
        assert!(dir.put("a/1.json", b"one", Put::New).unwrap());
        assert!(!dir.put("a/1.json", b"two", Put::New).unwrap(), "a new name takes no other's place");
        assert_eq!(dir.get("a/1.json").unwrap().unwrap(), b"one");
        assert!(dir.put("a/1.json", b"three", Put::Replace).unwrap());
        assert_eq!(dir.get("a/1.json").unwrap().unwrap(), b"three");
        fs::write(home.path().join("deep/a/.1.json.9.part"), "half").unwrap();
        assert_eq!(dir.list("a").unwrap(), ["a/1.json"]);
        dir.delete("a/1.json").unwrap();
        dir.delete("a/1.json").unwrap();
        assert_eq!(dir.get("a/1.json").unwrap(), None);
    }
}
