//! A reader that knows its line, for errors that name it.

use std::io::{BufRead, BufReader, Read};

/// A reader that knows its line.
pub(super) struct Counted<R: Read> {
    inner: BufReader<R>,
    pub(super) line: u32,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(input: R) -> Self {
        Self { inner: BufReader::with_capacity(1 << 18, input), line: 1 }
    }

    pub(super) fn skip_byte_order_mark(&mut self) -> std::io::Result<()> {
        if self.inner.fill_buf()?.starts_with(&[0xef, 0xbb, 0xbf]) {
            self.inner.consume(3);
        }
        Ok(())
    }

    /// The next byte that is no white space, left unread.
    pub(super) fn peek_text(&mut self) -> std::io::Result<Option<u8>> {
        loop {
            let buffer = self.inner.fill_buf()?;
            let Some(&byte) = buffer.first() else { return Ok(None) };
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += u32::from(byte == b'\n');
            self.inner.consume(1);
        }
    }

    pub(super) fn read_until(&mut self, end: u8, line: &mut Vec<u8>) -> std::io::Result<usize> {
        let read = self.inner.read_until(end, line)?;
        self.line += u32::from(line.ends_with(b"\n"));
        Ok(read)
    }

    /// After a broken value: to the next line that can begin one.
    pub(super) fn skip_to_next_value(&mut self) -> std::io::Result<bool> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.read_until(b'\n', &mut line)? == 0 {
                return Ok(false);
            }
            if matches!(self.inner.fill_buf()?.first(), Some(b'{' | b'-')) {
                return Ok(true);
            }
        }
    }
}

/// Counts lines for the parser, which reads byte by byte out of the buffer.
pub(super) struct Tracked<'t, R: Read> {
    pub(super) inner: &'t mut Counted<R>,
    pub(super) line: &'t std::cell::Cell<u32>,
}

impl<R: Read> Read for Tracked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let wanted = buffer.len().min(1);
        let Some(buffer) = buffer.get_mut(..wanted) else { return Ok(0) };
        let available = self.inner.inner.fill_buf()?;
        let (Some(&byte), Some(slot)) = (available.first(), buffer.first_mut()) else { return Ok(0) };
        *slot = byte;
        self.inner.inner.consume(1);
        if byte == b'\n' {
            self.inner.line += 1;
            self.line.set(self.inner.line);
        }
        Ok(1)
    }
}
