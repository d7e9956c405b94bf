//! How the table is laid out: lines folded at the terminal's width, colours, columns.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::super::Style;
use crate::severity::Severity;

/// Writes a line that is folded at the width, further lines under the same indent; dim or not.
pub fn fold(style: Style, head: &str, indent: usize, text: &str, dim: bool, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(style.colour);
    let room = usize::from(style.width).saturating_sub(indent).max(20);
    for (at, line) in wrap(text, room).iter().enumerate() {
        let line = if dim { paint.dim(line) } else { line.clone() };
        if at == 0 { writeln!(out, "{head}{line}")? } else { writeln!(out, "{:indent$}{line}", "")? }
    }
    Ok(())
}

/// Words in lines of at most this width; a word without an end is cut.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    // East Asian characters take two columns.
    let width = |c: char| {
        if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}')
        {
            2
        } else {
            1
        }
    };
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for word in text.split(' ') {
        let long: usize = word.chars().map(width).sum();
        if used > 0 && used + 1 + long > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            if used + width(c) > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += width(c);
        }
    }
    lines.push(line);
    lines
}

/// Paints, or not.
#[derive(Clone, Copy, Debug)]
pub struct Paint(pub bool);

impl Paint {
    pub fn code(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    pub fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }
    pub fn dim(&self, text: &str) -> String {
        self.code("2", text)
    }
    pub fn severity(&self, severity: Severity) -> String {
        let text = format!("{severity:<8}");
        match severity {
            Severity::Critical => self.code("1;31", &text),
            Severity::High => self.code("31", &text),
            Severity::Medium => self.code("33", &text),
            Severity::Low | Severity::Info => self.code("36", &text),
        }
    }
}

/// Columns without lines between them.
pub fn grid(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width);
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}
