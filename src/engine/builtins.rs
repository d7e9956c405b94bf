//! Builtins of Rego that regorus gets wrong or slow, replaced by our own under the same name.
//!
//! `sprintf` of regorus is undefined where an argument has another type than its verb asks for,
//! which drops the whole rule in silence: a lost finding. Ours never is, and prints what OPA
//! prints. `regex.match` keeps its compiled expressions per worker.

use std::{cell::RefCell, collections::HashMap, fmt::Write as _};

use regorus::Value;

thread_local! {
    static EXPRESSIONS: RefCell<HashMap<String, Option<regex::Regex>>> = RefCell::new(HashMap::new());
}

/// Adds ours to an engine.
pub fn add(engine: &mut regorus::Engine) {
    // An extension can only be refused for a name that is taken, and these are taken once.
    let _ = engine.add_extension("sprintf".into(), 2, Box::new(|arguments| Ok(sprintf(&arguments))));
    let _ = engine.add_extension("regex.match".into(), 2, Box::new(|arguments| Ok(regex_match(&arguments))));
}

fn regex_match(arguments: &[Value]) -> Value {
    let (Some(Value::String(pattern)), Some(Value::String(text))) = (arguments.first(), arguments.get(1)) else {
        return Value::Undefined;
    };
    EXPRESSIONS.with_borrow_mut(|known| {
        let expression = known.entry(pattern.to_string()).or_insert_with(|| regex::Regex::new(pattern).ok());
        expression.as_ref().map_or(Value::Undefined, |expression| Value::from(expression.is_match(text)))
    })
}

/// Text of a value as OPA's `%v` prints it: strings bare, everything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn sprintf(arguments: &[Value]) -> Value {
    let (Some(Value::String(format)), Some(Value::Array(values))) = (arguments.first(), arguments.get(1)) else {
        return Value::Undefined;
    };
    let mut out = String::with_capacity(format.len() + 16);
    let mut values = values.iter();
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = rest.next_if(|c| matches!(c, '0'..='9' | '.' | '-' | '+' | '#' | ' ')) {
            flags.push(flag);
        }
        let Some(verb) = rest.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = values.next() else {
            let _ = write!(out, "%!{verb}(MISSING)");
            continue;
        };
        out.push_str(&one(verb, &flags, value));
    }
    Value::from(out)
}

fn one(verb: char, flags: &str, value: &Value) -> String {
    let number = if let Value::Number(number) = value { Some(number) } else { None };
    let text = match (verb, number) {
        ('d', Some(number)) => number.as_i64().map_or_else(|| plain(value), |n| n.to_string()),
        ('x', Some(number)) => number.as_i64().map_or_else(|| plain(value), |n| format!("{n:x}")),
        ('o', Some(number)) => number.as_i64().map_or_else(|| plain(value), |n| format!("{n:o}")),
        ('f', Some(number)) => {
            let digits = flags.split_once('.').and_then(|(_, d)| d.parse().ok()).unwrap_or(6);
            number.as_f64().map_or_else(|| plain(value), |n| format!("{n:.digits$}"))
        }
        ('q', _) => serde_json::to_string(&plain(value)).unwrap_or_default(),
        _ => plain(value),
    };
    let width: usize =
        flags.trim_start_matches(['-', '+', '0', '#', ' ']).split('.').next().and_then(|w| w.parse().ok()).unwrap_or(0);
    match (flags.contains('-'), flags.starts_with('0')) {
        (true, _) => format!("{text:<width$}"),
        (false, true) => format!("{text:0>width$}"),
        (false, false) => format!("{text:>width$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(format: &str, values: &str) -> String {
        plain(&sprintf(&[Value::from(format), Value::from_json_str(values).unwrap()]))
    }

    #[test]
    fn sprintf_prints_what_opa_prints_and_is_never_undefined() {
        assert_eq!(print("%s is %d of %v, %.1f%%", r#"["a",3,["x"],12.34]"#), "a is 3 of [\"x\"], 12.3%");
        assert_eq!(print("%d", r#"["three"]"#), "three");
        assert_eq!(print("%o %x", "[420, 255]"), "644 ff");
        assert_eq!(print("%s and %s", r#"["a"]"#), "a and %!s(MISSING)");
        assert_eq!(print("%q|%4d|%-4s|", r#"["a",7,"b"]"#), "\"a\"|   7|b   |");
    }
}
