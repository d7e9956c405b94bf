//! Globs as the Go library doublestar (v4) reads them; zot and Harbor match repositories with it.
//!
//! `**` crosses slashes only where it is a whole segment, else it is `*`; `a/**` fits `a` as well;
//! `{a,b}` may hold slashes and nest; `[!a]` and `[^a]` exclude; a backslash takes the meaning from
//! the next character; a pattern that is not well formed fits nothing.

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Letter(char),
    One,
    Star,
    /// `**` that is no whole segment.
    Stars,
    /// `**` as a whole segment.
    Globstar,
    Class {
        excludes: bool,
        ranges: Vec<(char, char)>,
    },
}

/// Stands where an alternative begins: the library takes that for the beginning of a segment.
const BEGIN: char = '\0';

/// Whether a pattern fits a path.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let letters: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let Some(plain) = expand(&letters) else { return false };
    let steps: Option<Vec<Vec<Step>>> = plain.iter().map(|one| steps(one)).collect();
    steps.is_some_and(|alternatives| alternatives.iter().any(|one| fits(one, &name)))
}

/// Whether a text is more than a name.
#[must_use]
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{', '\\'])
}

/// The alternatives of braces, each a pattern without any; none where braces do not close.
fn expand(pattern: &[char]) -> Option<Vec<Vec<char>>> {
    let mut at = 0;
    while let Some(letter) = pattern.get(at) {
        match letter {
            '\\' => at += 1,
            '[' => at = end_of_class(pattern, at)?,
            '}' => return None,
            '{' => {
                let (inside, end) = alternatives(pattern, at + 1)?;
                let mut all = Vec::new();
                for one in inside {
                    let joined = [&pattern[..at], &[BEGIN], one, &pattern[end + 1..]].concat();
                    all.extend(expand(&joined)?);
                }
                return Some(all);
            }
            _ => {}
        }
        at += 1;
    }
    Some(vec![pattern.to_vec()])
}

/// What stands between commas from here to the closing brace, and where that is.
fn alternatives(pattern: &[char], from: usize) -> Option<(Vec<&[char]>, usize)> {
    let (mut depth, mut begin, mut at) = (0, from, from);
    let mut found = Vec::new();
    while let Some(letter) = pattern.get(at) {
        match letter {
            '\\' => at += 1,
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                found.push(&pattern[begin..at]);
                return Some((found, at));
            }
            ',' if depth == 0 => {
                found.push(&pattern[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where a class closes that opens at `at`; none where it does not, or holds nothing.
fn end_of_class(pattern: &[char], at: usize) -> Option<usize> {
    let mut here = at + 1;
    here += usize::from(matches!(pattern.get(here), Some('!' | '^')));
    if pattern.get(here) == Some(&']') {
        return None;
    }
    while let Some(letter) = pattern.get(here) {
        match letter {
            '\\' => here += 1,
            ']' => return Some(here),
            _ => {}
        }
        here += 1;
    }
    None
}

fn steps(pattern: &[char]) -> Option<Vec<Step>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = pattern.get(at) {
        match letter {
            '*' if pattern.get(at + 1) == Some(&'*') => {
                let begins = at == 0 || matches!(pattern[at - 1], '/' | BEGIN);
                let ends = pattern[at + 2..].iter().find(|letter| **letter != BEGIN).is_none_or(|next| *next == '/');
                found.push(if begins && ends { Step::Globstar } else { Step::Stars });
                at += 1;
            }
            &BEGIN => {}
            '*' => found.push(Step::Star),
            '?' => found.push(Step::One),
            '[' => {
                let end = end_of_class(pattern, at)?;
                found.push(class(&pattern[at + 1..end]));
                at = end;
            }
            '\\' => {
                at += 1;
                found.push(Step::Letter(*pattern.get(at)?));
            }
            letter => found.push(Step::Letter(*letter)),
        }
        at += 1;
    }
    Some(found)
}

fn class(inside: &[char]) -> Step {
    let excludes = matches!(inside.first(), Some('!' | '^'));
    let mut rest = inside[usize::from(excludes)..].iter().copied().peekable();
    let mut ranges = Vec::new();
    while let Some(letter) = rest.next() {
        let first = if letter == '\\' { rest.next().unwrap_or(letter) } else { letter };
        let mut ahead = rest.clone();
        let last = match (ahead.next(), ahead.next()) {
            (Some('-'), Some('\\')) => ahead.next(),
            (Some('-'), last) => last,
            _ => None,
        };
        if let Some(last) = last {
            rest = ahead;
            ranges.push((first, last));
        } else {
            ranges.push((first, first));
        }
    }
    Step::Class { excludes, ranges }
}

/// Whether a rest of a pattern fits the end of a name: `a/**`, `a/**/` and `a**/` fit `a`.
fn fits_nothing(steps: &[Step]) -> bool {
    let slash = Step::Letter('/');
    match steps {
        [] | [Step::Star | Step::Stars | Step::Globstar] => true,
        [first, Step::Stars | Step::Globstar] | [Step::Stars | Step::Globstar, first] => *first == slash,
        [first, Step::Stars | Step::Globstar, last] => *first == slash && *last == slash,
        _ => false,
    }
}

fn fits(steps: &[Step], name: &[char]) -> bool {
    let (Some((step, rest)), Some(head)) = (steps.split_first(), name.first()) else {
        return name.is_empty() && fits_nothing(steps);
    };
    match step {
        Step::Globstar if rest.is_empty() => true,
        Step::Globstar => {
            // With the slash that follows: any number of whole segments.
            let rest = &rest[1..];
            let slashes = name.iter().enumerate().filter(|(_, letter)| **letter == '/');
            fits(rest, name) || slashes.into_iter().any(|(at, _)| fits(rest, &name[at + 1..]))
        }
        Step::Star | Step::Stars => {
            let segment = name.iter().position(|letter| *letter == '/').unwrap_or(name.len());
            (0..=segment).any(|taken| fits(rest, &name[taken..]))
        }
        Step::One => *head != '/' && fits(rest, &name[1..]),
        Step::Letter(wanted) => head == wanted && fits(rest, &name[1..]),
        Step::Class { excludes, ranges } => {
            let within = ranges.iter().any(|(first, last)| first <= head && head <= last);
            within != *excludes && fits(rest, &name[1..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_as_the_library_reads_them() {
        for (pattern, name, expected) in [
            ("**", "a/b", true),
            ("a/**", "a", true),
            ("a/**", "ab", false),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a**/b", "ax/y/b", false),
            ("a/*", "a/b/c", false),
            ("{a,b/{c,d}}/x", "b/d/x", true),
            ("[!a-c]x", "dx", true),
            ("[!a-c]x", "bx", false),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            ("[]a]", "a", false),
            ("{a", "a", false),
            ("a}", "a", false),
            ("[a", "a", false),
            ("a?", "a/", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
