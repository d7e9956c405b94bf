//! The standard output of `kubectl cluster-info dump`: documents with logs between them.

use std::io::{self, BufRead, Cursor, Read};

/// `kubectl cluster-info dump` mixes logs with its documents, and begins with the nodes.
pub fn without_logs<'r>(mut input: impl BufRead + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let first = input.fill_buf()?;
    let text: String = String::from_utf8_lossy(&first[..first.len().min(64)]).split_whitespace().collect();
    let is_dump = text.starts_with(r#"{"kind":"NodeList""#) || text.starts_with("apiVersion:v1items:");
    Ok(if is_dump { Box::new(Unlogged::new(input)) } else { Box::new(input) })
}

/// The standard output of `kubectl cluster-info dump` without the logs between its documents.
#[derive(Debug)]
pub struct Unlogged<R> {
    inner: R,
    line: Cursor<Vec<u8>>,
    /// The line that ends the log that we are in.
    end: Option<Vec<u8>>,
}

impl<R: BufRead> Unlogged<R> {
    /// Reads lines from here.
    pub fn new(inner: R) -> Self {
        Self { inner, line: Cursor::default(), end: None }
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
                // Objects may have come after it.
                return if self.end.is_none() { Ok(0) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            match &self.end {
                // A log need not end with its line.
                Some(end) if line.trim_ascii_end().ends_with(end) => self.end = None,
                Some(_) => {}
                None => match line.trim_ascii_end().strip_prefix(b"==== START logs") {
                    Some(of) => self.end = Some([b"==== END logs", of].concat()),
                    None => self.line = Cursor::new(line),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_cut_out() {
        let logs = "of container a of pod b/c ====\n";
        let dump = format!(
            "{{\n}}\n==== START logs {logs}{{\"kind\": 1\n==== END logs of another\nx==== END logs {logs}{{}}\n"
        );
        let read = |dump: &str| {
            let mut rest = String::new();
            Unlogged::new(dump.as_bytes()).read_to_string(&mut rest).map(|_| rest)
        };
        assert_eq!(read(&dump).unwrap(), "{\n}\n{}\n");
        assert!(read(&dump[..dump.len() - 12]).is_err(), "cut inside of a log");
    }
}
