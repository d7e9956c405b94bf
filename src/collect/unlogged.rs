//! The standard output of `kubectl cluster-info dump`: documents with logs between them.

use std::{
    fs::File,
    io::{self, BufRead, Cursor, Read, Seek as _},
};

/// `kubectl cluster-info dump` mixes logs with its documents, and begins with the nodes.
pub fn without_logs(mut file: File) -> std::io::Result<Box<dyn Read>> {
    let mut first = [0; 64];
    let read = file.read(&mut first)?;
    file.rewind()?;
    let is_dump = first.get(..read).is_some_and(|first| {
        let text = String::from_utf8_lossy(first);
        text.split_whitespace().collect::<String>().starts_with(r#"{"kind":"NodeList""#)
    });
    Ok(if is_dump { Box::new(Unlogged::new(std::io::BufReader::new(file))) } else { Box::new(file) })
}

/// The standard output of `kubectl cluster-info dump` without the logs between its documents.
#[derive(Debug)]
pub struct Unlogged<R> {
    inner: R,
    line: Cursor<Vec<u8>>,
    inside: bool,
}

impl<R: BufRead> Unlogged<R> {
    /// Reads lines from here.
    pub fn new(inner: R) -> Self {
        Self { inner, line: Cursor::default(), inside: false }
    }
}

impl<R: BufRead> Read for Unlogged<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.line.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            let mut line = std::mem::take(&mut self.line).into_inner();
            line.clear();
            if self.inner.read_until(b'\n', &mut line)? == 0 {
                return Ok(0);
            }
            if line.starts_with(b"==== START logs") {
                self.inside = true;
            }
            if !self.inside {
                self.line = Cursor::new(line);
            } else if line.starts_with(b"==== END logs") {
                self.inside = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_cut_out() {
        let dump = "{\n}\n==== START logs for container a of pod b ====\n{\"kind\": 1\n==== END logs for container a ====\n{}\n";
        let mut rest = String::new();
        Unlogged::new(dump.as_bytes()).read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "{\n}\n{}\n");
    }
}
