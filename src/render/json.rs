//! The JSON report, format 1: the report as it is. And how every JSON here is written: characters
//! that a terminal or the log of a CI job obeys stand as `\u` escapes, which mean the same to a
//! parser.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::text::{commands, hostile, plain};
use crate::report::Report;

/// Writes it with two spaces of indentation and a final line feed.
///
/// # Errors
/// What the writer says.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    pretty(report, out)
}

/// The JSON Schema of the report, as schema/report.schema.json publishes it.
#[must_use]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Report).to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".into(), "urn:sextant:report:1".into());
        schema.insert("title".into(), "Report of sextant, format 1".into());
    }
    format!("{schema:#}\n")
}

/// Indented, with a final line feed.
///
/// # Errors
/// What the writer says.
pub fn pretty<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Inert { layout: PrettyFormatter::new(), html: false };
    value.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    out.write_all(b"\n")
}

/// One line, with its line feed.
///
/// # Errors
/// What the writer says.
pub fn line<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Inert { layout: CompactFormatter, html: false };
    value.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    out.write_all(b"\n")
}

/// For a script element: neither `</script` nor `<!--` can be said.
///
/// # Errors
/// What the writer says.
pub fn embedded<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Inert { layout: CompactFormatter, html: true };
    Ok(value.serialize(&mut Serializer::with_formatter(out, formatter))?)
}

struct Inert<F> {
    layout: F,
    html: bool,
}

macro_rules! as_laid_out {
    ($($name:ident($($arg:ident: $type:ty)?)),*) => {$(
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $type)?) -> io::Result<()> {
            self.layout.$name(writer $(, $arg)?)
        }
    )*};
}

impl<F: Formatter> Formatter for Inert<F> {
    as_laid_out!(
        begin_array(),
        end_array(),
        begin_array_value(first: bool),
        end_array_value(),
        begin_object(),
        end_object(),
        begin_object_key(first: bool),
        end_object_key(),
        begin_object_value(),
        end_object_value()
    );

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let html = self.html;
        let hashes = fragment.contains("##");
        if !html && !hashes && plain(fragment) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(at, c)| {
            hostile(*c) || (html && matches!(c, '<' | '>' | '&')) || (hashes && *c == '[' && commands(&rest[..*at]))
        }) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}
