//! YAML with its lines: what rules, waivers and policy headers are read with, and what turns a
//! path in a document back into a line of the user's file.

use granit_parser::{Event, Parser};
use serde::de::DeserializeOwned;

/// Why a text is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct YamlError {
    /// Line in the text, from 1; none where the parser does not say.
    pub line: Option<u32>,
    /// One line, without a position.
    pub reason: String,
}

/// Reads one document into a type.
///
/// # Errors
/// Text that is no YAML, unknown keys of strict types, values of another type.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let line = error.location().and_then(|l| u32::try_from(l.line()).ok()).filter(|line| *line > 0);
        let full = error.to_string();
        let reason = full.lines().next().unwrap_or("not YAML").trim_start_matches("error: ").to_owned();
        YamlError { line, reason: without_position(&reason) }
    })
}

fn without_position(reason: &str) -> String {
    reason.strip_prefix("line ").and_then(|rest| rest.split_once(": ")).map_or(reason, |(_, text)| text).to_owned()
}

/// One step of a path into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// An index of a sequence.
    Index(usize),
}

/// The steps of a JSON pointer (RFC 6901); digits are an index where the document has a sequence.
#[must_use]
pub fn steps_of_pointer(pointer: &str) -> Vec<Step> {
    pointer.split('/').skip(1).map(|part| Step::Key(part.replace("~1", "/").replace("~0", "~"))).collect()
}

/// The line, from 1, of the deepest step of a path that the text holds.
#[must_use]
pub fn line_of(text: &str, path: &[Step]) -> Option<u32> {
    struct Frame {
        is_map: bool,
        key: Option<String>,
        index: usize,
        /// Whether the path leads into this container.
        on_path: bool,
        depth: usize,
    }
    let mut stack: Vec<Frame> = Vec::new();
    let mut best: Option<(usize, u32)> = None;
    for next in Parser::new_from_str(text) {
        let Ok((event, span)) = next else { break };
        let line = u32::try_from(span.start.line()).ok()?;
        match event {
            Event::MappingEnd | Event::SequenceEnd => {
                stack.pop();
                continue;
            }
            Event::DocumentEnd => break,
            Event::Scalar(..) | Event::MappingStart(..) | Event::SequenceStart(..) | Event::Alias(..) => {}
            _ => continue,
        }
        // A scalar in key position names the entry whose value comes next.
        if let Some(top) = stack.last_mut()
            && top.is_map
            && top.key.is_none()
        {
            top.key = Some(if let Event::Scalar(value, ..) = &event { value.to_string() } else { String::new() });
            if top.on_path
                && let Some(Step::Key(wanted)) = path.get(top.depth)
                && top.key.as_deref() == Some(wanted)
                && best.is_none_or(|(depth, _)| depth <= top.depth)
            {
                best = Some((top.depth + 1, line));
            }
            continue;
        }
        let (on_path, depth) = match stack.last_mut() {
            None => (true, 0),
            Some(top) => {
                let reached = if top.is_map {
                    top.key
                        .take()
                        .is_some_and(|key| matches!(path.get(top.depth), Some(Step::Key(wanted)) if *wanted == key))
                } else {
                    let index = top.index;
                    top.index += 1;
                    match path.get(top.depth) {
                        Some(Step::Index(wanted)) => *wanted == index,
                        Some(Step::Key(wanted)) => wanted.parse::<usize>().is_ok_and(|wanted| wanted == index),
                        None => false,
                    }
                };
                (top.on_path && reached, top.depth + 1)
            }
        };
        if on_path && best.is_none_or(|(seen, _)| seen < depth) {
            best = Some((depth, line));
        }
        match event {
            Event::MappingStart(..) => stack.push(Frame { is_map: true, key: None, index: 0, on_path, depth }),
            Event::SequenceStart(..) => stack.push(Frame { is_map: false, key: None, index: 0, on_path, depth }),
            _ => {}
        }
    }
    best.map(|(_, line)| line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_line() {
        let text = "a:\n  b:\n  - x: 1\n  - x: 2\n    y: 3\nc: 4\n";
        assert_eq!(line_of(text, &steps_of_pointer("/a/b/1/y")), Some(5));
        assert_eq!(line_of(text, &steps_of_pointer("/c")), Some(6));
        // Not there: the nearest place above.
        assert_eq!(line_of(text, &steps_of_pointer("/a/b/0/z")), Some(3));
    }
}
