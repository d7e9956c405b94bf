//! A folder or a tarball, as a sequence of named files in a fixed order.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _},
    path::{Path, PathBuf},
};

/// Where the files come from.
pub(super) enum Archive {
    Folder(PathBuf),
    Tar(PathBuf),
}

/// What is done with each file: its path with `/`, and its content.
pub(super) type Visit<'v> = dyn FnMut(&str, &mut dyn Read) -> io::Result<()> + 'v;

/// Whether a file is a tarball, packed with gzip or zstd or not at all.
pub(super) fn is_archive(path: &Path) -> io::Result<bool> {
    let mut block = Vec::new();
    // A broken stream is no tarball: whoever reads it next says what is wrong.
    let _ = unpacked(path)?.take(512).read_to_end(&mut block);
    Ok(block.get(257..262) == Some(b"ustar"))
}

fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut first = [0; 4];
    let read = file.read(&mut first)?;
    file.rewind()?;
    let file = BufReader::with_capacity(64 << 10, file);
    Ok(match first.get(..read) {
        Some([0x1f, 0x8b, ..]) => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some([0x28, 0xb5, 0x2f, 0xfd]) => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    })
}

impl Archive {
    pub fn open(path: &Path) -> io::Result<Self> {
        if path.is_dir() {
            Ok(Self::Folder(path.to_owned()))
        } else {
            File::open(path).map(|_| Self::Tar(path.to_owned()))
        }
    }

    /// Visits every file.
    pub fn each(&self, visit: &mut Visit<'_>) -> io::Result<()> {
        match self {
            Self::Folder(root) => {
                let mut files = Vec::new();
                walk(root, &mut files)?;
                files.sort();
                for path in files {
                    let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                    visit(&name, &mut File::open(&path)?)?;
                }
                Ok(())
            }
            Self::Tar(path) => {
                let mut tar = tar::Archive::new(unpacked(path)?);
                for entry in tar.entries()? {
                    let mut entry = entry?;
                    if !entry.header().entry_type().is_file() {
                        continue;
                    }
                    // Nothing is unpacked to the disk, so no path can lead astray.
                    let name = entry.path()?.to_string_lossy().into_owned();
                    visit(name.trim_start_matches("./"), &mut entry)?;
                }
                Ok(())
            }
        }
    }
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        // Links may lead out of the dump, or in circles.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}
