//! stub
use crate::report::Report;
use std::io::{self, Write};
/// stub
/// # Errors
/// What the writer says.
pub fn render(_report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"")
}
